"""Rows of facts in a customer's item collection: `FACTS`, and `TALK#<userid, lower case>` for each member."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.transactions import TransactWrite

from scrm.audit.dynamodb import Step
from scrm.customers.model import VersionConflict
from scrm.facts import stored
from scrm.facts.model import Facts, Talk
from scrm.facts.tally import Tally
from scrm.staff.model import key
from scrm.table import Row, rfc3339

FACTS = "FACTS"
TALK = "TALK#"


class FactsRow(Row):
    """What was counted of a customer."""

    orders: JSONAttribute = JSONAttribute(null=True)
    purchases: JSONAttribute = JSONAttribute(null=True)
    acts: JSONAttribute = JSONAttribute(null=True)
    message_days: JSONAttribute = JSONAttribute(null=True)
    chats: JSONAttribute = JSONAttribute(null=True)
    scores: JSONAttribute = JSONAttribute(null=True)
    touches: JSONAttribute = JSONAttribute(null=True)
    member_since = UnicodeAttribute(null=True)
    follows_official_account = BooleanAttribute(null=True)
    follows_at = UnicodeAttribute(null=True)
    version = NumberAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Tally:
        """Return the row as it is counted on with."""
        return Tally(
            orders=stored.orders(self.orders or {}),
            purchases=stored.interaction(self.purchases or {}),
            acts=stored.interaction(self.acts or {}),
            message_days=tuple(self.message_days or ()),
            chats=stored.chats(self.chats) if self.chats is not None else None,
            scores=tuple(stored.score(each) for each in self.scores or ()),
            touches=tuple((date, count) for date, count in self.touches or ()),
            member_since=stored.moment(self.member_since),
            follows_official_account=self.follows_official_account,
            follows_at=stored.moment(self.follows_at),
            version=int(self.version),
        )

    @classmethod
    def of(cls, customer_id: str, tally: Tally, now: datetime) -> "FactsRow":
        """Return the row of a tally, as its next version."""
        return cls(
            pk_of(customer_id),
            FACTS,
            orders=stored.plain_orders(tally.orders) or None,
            purchases=stored.plain_interaction(tally.purchases) or None,
            acts=stored.plain_interaction(tally.acts) or None,
            message_days=list(tally.message_days) or None,
            chats=stored.plain_chats(tally.chats) if tally.chats else None,
            scores=[stored.plain_score(each) for each in tally.scores] or None,
            touches=[list(each) for each in tally.touches] or None,
            member_since=stored.text(tally.member_since),
            follows_official_account=tally.follows_official_account,
            follows_at=stored.text(tally.follows_at),
            version=tally.version + 1,
            updated_at=rfc3339(now.astimezone(UTC)),
        )


class TalkRow(Row):
    """How far one member's talk with a customer is."""

    userid = UnicodeAttribute()
    customer_at = UnicodeAttribute(null=True)
    staff_at = UnicodeAttribute(null=True)
    followed_at = UnicodeAttribute(null=True)
    version = NumberAttribute()

    def entity(self) -> Talk:
        """Return the row as the rest of the product knows it."""
        moments = (stored.moment(each) for each in (self.customer_at, self.staff_at, self.followed_at))
        return Talk(self.userid, *moments)


def row_class(sk: str) -> type[FactsRow] | type[TalkRow] | None:
    """Return the class of a row of `CUSTOMER#<customer_id>` that holds facts, None for any other row."""
    if sk == FACTS:
        return FactsRow
    return TalkRow if sk.startswith(TALK) else None


class FactsCollectionRow(Row):
    """Any row of a customer that holds facts; one query reads them all."""

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Any:
        """Return the row in the class of its kind; a plain one for what holds no facts."""
        return (row_class(data["SK"]["S"]) or Row).from_raw_data(
            data if row_class(data["SK"]["S"]) else {name: data[name] for name in ("PK", "SK")}
        )


def load(customer_id: str, *, consistent: bool = False) -> Facts:
    """Return what is counted of one customer id; nothing yet has version 0. One query, by bytes.

    A merged customer's facts are those of the root and all it absorbed: `scrm.facts.model.combined`.
    """
    rows = FactsCollectionRow.query(
        pk_of(customer_id),
        FactsCollectionRow.sk.between(FACTS, TALK + "~"),
        consistent_read=consistent,
    )
    return of_rows(rows)


def of_rows(rows: Iterable[Any]) -> Facts:
    """Return the facts that rows of one customer's collection hold; other rows are passed over.

    The version is the sum of the rows' versions, so that it grows with each change of any of them.
    """
    tally, talks, version = Tally(), [], 0
    for row in rows:
        if isinstance(row, FactsRow):
            tally = row.entity()
            version += tally.version
        elif isinstance(row, TalkRow):
            talks.append(row.entity())
            version += int(row.version)
    return tally.facts(tuple(talks), version)


def tally_of(customer_id: str) -> Tally:
    """Return a customer's tally as it is now, to be counted on with. 1 RRU for each 4 KB."""
    try:
        return FactsRow.get(pk_of(customer_id), FACTS, consistent_read=True).entity()
    except FactsRow.DoesNotExist:
        return Tally()


def tally_step(customer_id: str, tally: Tally, now: datetime) -> Step:
    """Return the transaction step that stores a tally over the version it was read with (0: none)."""
    row = FactsRow.of(customer_id, tally, now)
    unchanged = FactsRow.version == tally.version if tally.version else FactsRow.version.does_not_exist()

    def step(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unchanged)

    return step


def save(customer_id: str, tally: Tally, now: datetime) -> None:
    """Store a tally over the version it was read with. Raises VersionConflict. 1 WRU for each KB."""
    row = FactsRow.of(customer_id, tally, now)
    unchanged = FactsRow.version == tally.version if tally.version else FactsRow.version.does_not_exist()
    try:
        row.save(condition=unchanged)
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            raise VersionConflict from None
        raise


def pk_of(customer_id: str) -> str:
    """Return the item collection of a customer."""
    return f"CUSTOMER#{customer_id}"


def talk_sk(userid: str) -> str:
    """Return the place of a member's talk in it."""
    return TALK + key(userid)
