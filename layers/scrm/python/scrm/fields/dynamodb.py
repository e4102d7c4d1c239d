"""Rows of custom fields: `FIELDS` holds one for each."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from scrm.fields.model import CustomField
from scrm.kept import Kept
from scrm.table import Row, rfc3339

FIELDS = "FIELDS"
PREFIX = "FIELD#"


class FieldRow(Row):
    """One custom field."""

    title = UnicodeAttribute()
    group = UnicodeAttribute()
    type = UnicodeAttribute()
    options: JSONAttribute = JSONAttribute(null=True)
    roles: JSONAttribute = JSONAttribute(null=True)
    masked = BooleanAttribute(default=False)
    mastered_by_crm = BooleanAttribute(default=False)
    filterable = BooleanAttribute(default=False)
    renewal = UnicodeAttribute(null=True)
    version = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> CustomField:
        """Return the row as the rest of the product knows it."""
        return CustomField(
            key=self.sk.removeprefix(PREFIX),
            title=self.title,
            group=self.group,
            type=self.type,  # type: ignore[arg-type]  # only our own writer fills it
            options=tuple(self.options or ()),
            roles=tuple(self.roles or ()),
            masked=self.masked,
            mastered_by_crm=self.mastered_by_crm,
            filterable=self.filterable,
            renewal=self.renewal or "",
            version=int(self.version),
            created_at=datetime.fromisoformat(self.created_at),
            updated_at=datetime.fromisoformat(self.updated_at),
        )

    @classmethod
    def of(cls, custom: CustomField, now: datetime) -> "FieldRow":
        """Return the row of a field, as its next version."""
        at = rfc3339(now.astimezone(UTC))
        return cls(
            FIELDS,
            PREFIX + custom.key,
            title=custom.title,
            group=custom.group,
            type=custom.type,
            options=list(custom.options) or None,
            roles=list(custom.roles) or None,
            masked=custom.masked,
            mastered_by_crm=custom.mastered_by_crm,
            filterable=custom.filterable,
            renewal=custom.renewal or None,
            version=custom.version + 1,
            created_at=rfc3339(custom.created_at.astimezone(UTC)) if custom.created_at else at,
            updated_at=at,
        )


def load() -> Mapping[str, CustomField]:
    """Return every custom field by key, as stored now: one query, by bytes."""
    rows = FieldRow.query(FIELDS, FieldRow.sk.startswith(PREFIX))
    return {each.key: each for each in (row.entity() for row in rows)}


_known = Kept(load)


def known(now: datetime) -> Mapping[str, CustomField]:
    """Return every custom field by key, at most a minute old."""
    return _known.get(now)


def fields(now: datetime) -> dict[str, str]:
    """Return the types of the fields that conditions may ask for, by key; at most a minute old.

    These are what cards carry, and what `scrm.conditions` takes as `custom`.
    """
    return {key: each.type for key, each in known(now).items() if each.filterable}


Step = Callable[[TransactWrite], None]


def put_step(custom: CustomField, now: datetime) -> tuple[CustomField, Step]:
    """Return the field as stored then, and the step that stores it over the version read (0: a new one)."""
    row = FieldRow.of(custom, now)
    unchanged = FieldRow.version == custom.version if custom.version else FieldRow.version.does_not_exist()

    def step(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unchanged)

    return row.entity(), step


def remove_step(custom: CustomField) -> Step:
    """Return the step that deletes a field in the version read; customers keep their values as plain ones."""
    row, unchanged = FieldRow(FIELDS, PREFIX + custom.key), FieldRow.version == custom.version

    def step(transaction: TransactWrite) -> None:
        transaction.delete(row, condition=unchanged)

    return step


def forget() -> None:
    """Drop what this process keeps, after a change."""
    _known.forget()
