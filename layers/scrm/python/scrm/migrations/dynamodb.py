"""Rows of migrations: `MIGRATIONS` / `MIGRATION#<id>`, and `MIGRATION#<id>` / `PHONE#<phone>` for its phones.

A phone's row is its key: an import that died is simply done again.
"""

from collections.abc import Callable, Iterable

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from scrm.migrations.model import Listed, Migration
from scrm.table import Row

MIGRATIONS = "MIGRATIONS"
PREFIX = "MIGRATION#"
PHONE = "PHONE#"

Step = Callable[[TransactWrite], None]


class MigrationRow(Row):
    """One migration."""

    name = UnicodeAttribute()
    imported = NumberAttribute()
    invalid = NumberAttribute()
    duplicate = NumberAttribute()
    created_by = UnicodeAttribute()
    created_at = UnicodeAttribute()
    expires_at = NumberAttribute()

    def entity(self) -> Migration:
        """Return the row as the rest of the product knows it."""
        return Migration(
            self.sk.removeprefix(PREFIX),
            self.name,
            int(self.imported),
            int(self.invalid),
            int(self.duplicate),
            self.created_by,
            self.created_at,
            int(self.expires_at),
        )


class PhoneRow(Row):
    """One phone of a migration, and its place in the list."""

    row = NumberAttribute()


def begin_step(migration: Migration) -> Step:
    """Return the transaction step that stores a new migration, before its phones: they are found by it."""
    values = {name: value for name, value in migration.__dict__.items() if name != "migration_id"}
    row = MigrationRow(MIGRATIONS, PREFIX + migration.migration_id, **values)
    return lambda transaction: transaction.save(row, condition=MigrationRow.pk.does_not_exist())


def remove_step(migration_id: str) -> Step:
    """Return the transaction step that removes a migration that is there, after its phones."""
    row = MigrationRow(MIGRATIONS, PREFIX + migration_id)
    return lambda transaction: transaction.delete(row, condition=MigrationRow.pk.exists())


def migration(migration_id: str) -> Migration | None:
    """Return a migration, strongly read, or None. 1 RRU."""
    try:
        return MigrationRow.get(MIGRATIONS, PREFIX + migration_id, consistent_read=True).entity()
    except MigrationRow.DoesNotExist:
        return None


def load() -> list[Migration]:
    """Return every migration: one query, by bytes."""
    return [row.entity() for row in MigrationRow.query(MIGRATIONS, consistent_read=True)]


def put_phones(migration_id: str, phones: Iterable[Listed]) -> None:
    """Store phones of a migration. Safe to repeat. 1 WRU each, 25 in a request."""
    with PhoneRow.batch_write() as batch:
        for each in phones:
            batch.save(PhoneRow(PREFIX + migration_id, PHONE + each.phone, row=each.row))


def phones(migration_id: str) -> list[Listed]:
    """Return the phones of a migration as the list had them: one query, 10,000 are about 1 MB."""
    rows = PhoneRow.query(PREFIX + migration_id, PhoneRow.sk.startswith(PHONE), consistent_read=True)
    found = [Listed(row.sk.removeprefix(PHONE), int(row.row)) for row in rows]
    return sorted(found, key=lambda each: each.row)


def delete_phones(migration_id: str) -> None:
    """Delete the phones of a migration. Safe to repeat. 1 WRU each."""
    with PhoneRow.batch_write() as batch:
        for each in phones(migration_id):
            batch.delete(PhoneRow(PREFIX + migration_id, PHONE + each.phone))
