"""Rows of accounts: `ACCOUNTS#<customer_id>` holds the company that a customer speaks for."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from scrm.accounts.model import Account, Person
from scrm.audit.dynamodb import Step
from scrm.table import Row, rfc3339

ACCOUNT = "ACCOUNT"
_PREFIX = "ACCOUNTS#"


class AccountRow(Row):
    """The company of one customer."""

    name = UnicodeAttribute()
    nature = UnicodeAttribute(null=True)
    size = UnicodeAttribute(null=True)
    funding = UnicodeAttribute(null=True)
    people: JSONAttribute = JSONAttribute(null=True)
    version = NumberAttribute()
    updated_by = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Account:
        """Return the row as the rest of the product knows it."""
        return Account(
            self.name,
            self.nature or "",
            self.size or "",
            self.funding or "",
            tuple(Person(**each) for each in self.people or ()),
            int(self.version),
            self.updated_by,
            datetime.fromisoformat(self.updated_at),
        )


def account(customer_id: str) -> Account | None:
    """Return the company that a customer id speaks for, None when none was noted. 1 RRU for each 4 KB."""
    try:
        return AccountRow.get(_pk(customer_id), ACCOUNT, consistent_read=True).entity()
    except AccountRow.DoesNotExist:
        return None


def names_of(customer_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of the companies these customers speak for, by id: a batch read for each 100."""
    keys = [(_pk(each), ACCOUNT) for each in dict.fromkeys(customer_ids)]
    return {row.pk.removeprefix(_PREFIX): row.name for row in AccountRow.batch_get(keys)} if keys else {}


def account_step(customer_id: str, wanted: Account, now: datetime) -> tuple[Account, Step]:
    """Return an account as stored then, and the step that stores it over the version read (0: a new one)."""
    at = now.astimezone(UTC).replace(microsecond=0)
    changed = replace(wanted, version=wanted.version + 1, updated_at=at)
    row = AccountRow(
        _pk(customer_id),
        ACCOUNT,
        name=changed.name,
        nature=changed.nature or None,
        size=changed.size or None,
        funding=changed.funding or None,
        people=[asdict(each) for each in changed.people] or None,
        version=changed.version,
        updated_by=changed.updated_by,
        updated_at=rfc3339(at),
    )
    unchanged = (
        AccountRow.version == wanted.version if wanted.version else AccountRow.version.does_not_exist()
    )

    def step(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unchanged)

    return changed, step


def _pk(customer_id: str) -> str:
    return f"{_PREFIX}{customer_id}"
