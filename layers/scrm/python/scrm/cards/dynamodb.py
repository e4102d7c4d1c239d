"""Rows of cards, and the two indexes that list them (docs/decisions/0010)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.exceptions import PutError
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from scrm.cards.model import Card
from scrm.cards.postings import EPOCH, place
from scrm.cards.stored import card_of, text_of
from scrm.segments.members_dynamodb import STATE, StateRow
from scrm.segments.model import State
from scrm.staff.model import key
from scrm.table import Row, rfc3339

CARDS = "CARDS"
MONTHS = "MONTHS"
# Longer than a message or a stream record that still speaks of the card may wait.
GONE_FOR = timedelta(days=15)
_PREFIX = "CARD#"
_FRIEND = '"status":"active"'
"""How the text of a card says so; no text in it can hold it, its quotes are escaped."""


class CardRow(Row):
    """A card. `basis` is made of its sources' versions: an older picture never replaces a newer one.

    Of two pictures of the same versions the later one stays (`made_at`): time alone changes what counts. A
    card that is no more keeps its row for a while without content (`expires_at`), so that an older picture
    does not bring it back.
    """

    class OwnerIndex(GlobalSecondaryIndex["CardRow"]):  # type: ignore[no-untyped-call]  # PynamoDB's own
        """A member's cards by the time of the latest add."""

        class Meta:
            index_name = "by_owner"
            projection = IncludeProjection(["card"])

        owner_pk = UnicodeAttribute(hash_key=True)
        owner_sk = UnicodeAttribute(range_key=True)

    class AddedIndex(GlobalSecondaryIndex["CardRow"]):  # type: ignore[no-untyped-call]  # PynamoDB's own
        """Everybody's cards by the time of the latest add, divided by month."""

        class Meta:
            index_name = "by_added"
            projection = IncludeProjection(["card"])

        added_pk = UnicodeAttribute(hash_key=True)
        added_sk = UnicodeAttribute(range_key=True)

    by_owner = OwnerIndex()
    by_added = AddedIndex()
    owner_pk = UnicodeAttribute(null=True)
    owner_sk = UnicodeAttribute(null=True)
    added_pk = UnicodeAttribute(null=True)
    added_sk = UnicodeAttribute(null=True)
    card = UnicodeAttribute(null=True)
    basis = NumberAttribute(default=0)
    made_at = UnicodeAttribute(default="")
    expires_at = NumberAttribute(null=True)

    def entity(self) -> Card | None:
        """Return the card, None for one that is no more."""
        return card_of(self.card) if self.card else None

    @classmethod
    def of(cls, card: Card, basis: int, now: datetime = EPOCH) -> "CardRow":
        """Return the row of a card; it is in `by_owner` when a member knows the customer, add time or not."""
        owned = bool(card.userid)
        return cls(
            card_pk(card.customer_id),
            card.card_id,
            owner_pk=owner_pk(card.userid) if owned else None,
            owner_sk=place(card) if owned else None,
            added_pk=added_pk(month_of(card)),
            added_sk=place(card),
            card=text_of(card),
            basis=basis,
            made_at=rfc3339(now.astimezone(UTC)),
        )

    @classmethod
    def gone(cls, customer_id: str, card_id: str, basis: int, now: datetime) -> "CardRow":
        """Return the row of a card that is no more."""
        return cls(
            card_pk(customer_id),
            card_id,
            basis=basis,
            made_at=rfc3339(now.astimezone(UTC)),
            expires_at=int((now + GONE_FOR).timestamp()),
        )

    def put(self) -> bool:
        """Store the card unless a newer picture is stored; return whether it was. 1 WRU, and the indexes'.

        An index costs 1 more when the card's content changed, 2 when its place did.
        """
        older = (CardRow.basis < self.basis) | (
            (CardRow.basis == self.basis) & (CardRow.made_at <= self.made_at)
        )
        try:
            self.save(condition=CardRow.basis.does_not_exist() | older)
        except PutError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                return False
            raise
        return True


class CardCollectionRow(Row):
    """Any row below `CARD#<customer_id>`; one query reads the state of the memberships and every card."""

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Any:
        """Return the row in the class of its kind; that of the state is no card's."""
        return (StateRow if data["SK"]["S"] == STATE else CardRow).from_raw_data(data)


class MonthsRow(Row):
    """The months that have cards, so that a list knows where everybody's begin."""

    months = UnicodeSetAttribute(null=True)


@dataclass(frozen=True)
class CardPage:
    """Cards in the order of an index, and the key to go on after; None at the end."""

    cards: tuple[Card, ...]
    last_key: dict[str, Any] | None


def collection(customer_id: str) -> tuple[State, list[CardRow]]:
    """Return what a customer id is in and the rows of its cards, as of now: one query, by bytes."""
    state, rows = State(), list[CardRow]()
    found: Iterable[Any] = CardCollectionRow.query(card_pk(customer_id), consistent_read=True)
    for row in found:
        if isinstance(row, StateRow):
            state = row.entity()
        else:
            rows.append(row)
    return state, rows


def of_customer(customer_id: str, *, consistent: bool = False) -> list[Card]:
    """Return the cards of a customer: one query, by bytes. `STATE` sorts apart and is not one of them."""
    rows = CardRow.query(card_pk(customer_id), consistent_read=consistent)
    cards = (row.entity() for row in rows if "#" in row.sk)
    return [card for card in cards if card]


def owned(
    userid: str,
    limit: int,
    start_after: dict[str, Any] | None = None,
    *,
    before: str | None = None,
    until: str | None = None,
    newest_first: bool = True,
) -> CardPage:
    """Return up to `limit` of a member's cards in the order of the add time, one query of `by_owner`.

    `before` and `until` bound the place: `before` ≤ place < `until`, texts that sort with places.
    """
    index = CardRow.by_owner
    where = _bounded(CardRow.owner_sk, before, until)
    found = index.query(
        owner_pk(userid),
        where,
        limit=limit,
        page_size=limit,
        scan_index_forward=not newest_first,
        last_evaluated_key=_typed(start_after),
    )
    return _page(found)


def held_by(userid: str) -> Iterator[str]:
    """Yield the customer ids of a member's friends, one for each relation: a query of `by_owner`, by bytes.

    The cards are not made of their texts: a member may have ten thousand.
    """
    wanted = ["PK", "card"]
    for row in CardRow.by_owner.query(owner_pk(userid), attributes_to_get=wanted):
        if row.card and _FRIEND in row.card:
            yield row.pk.removeprefix(_PREFIX)


def added_in(
    month: str,
    limit: int,
    start_after: dict[str, Any] | None = None,
    *,
    before: str | None = None,
    until: str | None = None,
    newest_first: bool = True,
) -> CardPage:
    """Return up to `limit` of everybody's cards of a month (YYYY-MM) as `owned` does: one query."""
    found = CardRow.by_added.query(
        added_pk(month),
        _bounded(CardRow.added_sk, before, until),
        limit=limit,
        page_size=limit,
        scan_index_forward=not newest_first,
        last_evaluated_key=_typed(start_after),
    )
    return _page(found)


def months() -> list[str]:
    """Return the months that have or had cards, oldest first. 0.5 RRU."""
    try:
        return sorted(MonthsRow.get(CARDS, MONTHS).months or ())
    except MonthsRow.DoesNotExist:
        return []


def add_month(month: str) -> None:
    """Record that a month has cards. Repeating is safe. 1 WRU."""
    MonthsRow(CARDS, MONTHS).update([MonthsRow.months.add({month})])


def month_of(card: Card) -> str:
    """Return the month of a card's place in UTC, e.g. 2026-03."""
    return place(card)[:7]


def card_pk(customer_id: str) -> str:
    """Return the item collection of a customer's cards."""
    return f"{_PREFIX}{customer_id}"


def owner_pk(userid: str) -> str:
    """Return the partition of `by_owner` that holds a member's cards."""
    return f"OWNER#{key(userid)}"


def added_pk(month: str) -> str:
    """Return the partition of `by_added` that holds a month's cards."""
    return f"ADDED#{month}"


def _bounded(place_of: Any, before: str | None, until: str | None) -> Any:
    if before and until:
        # BETWEEN takes both ends; no place equals a bound that is a time alone.
        return place_of.between(before, until)
    if before:
        return place_of >= before
    return place_of < until if until else None


def _page(found: Any) -> CardPage:
    cards = tuple(card for row in found if (card := row.entity()))
    last = found.last_evaluated_key
    return CardPage(cards, {name: value["S"] for name, value in last.items()} if last else None)


def _typed(plain: dict[str, Any] | None) -> dict[str, Any] | None:
    return {name: {"S": str(value)} for name, value in plain.items()} if plain else None
