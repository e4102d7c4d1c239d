"""Making a customer's cards and memberships true again, from strong reads of everything they follow from.

The state of the memberships is read first and changed only in that version, so that no decision made over
older sources is written over a newer one's; a changed state comes back through the stream and is looked at
once more. Cards are conditional on the versions they were made of. Killed at any line and repeated, the
same rows are left; nothing is written when nothing changed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from scrm.cards import dynamodb
from scrm.cards.dynamodb import CardRow
from scrm.cards.making import cards_of
from scrm.cards.model import Card
from scrm.cards.stored import text_of
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Contact, Customer, Relation
from scrm.customers.whole import united
from scrm.facts import dynamodb as facts_rows
from scrm.facts.model import Facts, combined
from scrm.fields.dynamodb import fields
from scrm.segments.dynamodb import Definitions
from scrm.segments.members_dynamodb import StateMoved, forget, move, state
from scrm.segments.membership import Rules, rules_of, segments_of
from scrm.segments.model import State
from scrm.staff.model import key
from scrm.telemetry import count

ATTEMPTS = 8
# Each part of a basis has room for so many changes of its sources.
_ROOM = 10**9


@dataclass(frozen=True)
class _Sources:
    """All that a customer's cards are made of."""

    parts: Sequence[Customer]
    contacts: tuple[Contact, ...]
    relations: tuple[Relation, ...]
    facts: Facts
    pinned: tuple[str, ...] = ()

    @property
    def customer(self) -> Customer:
        return united(self.parts)

    @property
    def awaited(self) -> bool:
        """Return whether a contact of theirs is not recorded yet; its row comes with the next change."""
        recorded = {each.external_userid for each in self.contacts}
        return any(each not in recorded for each in self.customer.external_userids)

    def basis(self, kept: State) -> int:
        """Return a number that grows with every change of a source, also when some of them go.

        Sources come and go only with a new version of the root or of one it absorbed; so those count first.
        """
        root, *absorbed = self.parts
        rest = self.facts.version + kept.version
        rest += sum(each.version for each in self.contacts)
        rest += sum(each.version for each in self.relations)
        return (root.version * _ROOM + sum(each.version for each in absorbed)) * _ROOM + rest


@dataclass
class Refresher:
    """Makes customers' cards anew. One per process: it keeps what definitions and months it has seen."""

    customers: Customers = field(default_factory=Customers)
    definitions: Definitions = field(default_factory=Definitions)
    months: set[str] = field(default_factory=set)
    _rules: tuple[tuple[int, Mapping[str, str]], Rules] | None = None

    def refresh(self, customer_id: str, now: datetime) -> str | None:
        """Make the cards of whom this id means today, and their memberships; return the root's id.

        None when there is no such customer (yet). Safe to repeat. About 6 RRU when nothing changed; raises
        StateMoved when others kept changing the memberships.
        """
        for _ in range(ATTEMPTS):
            try:
                return self._refresh(customer_id, now)
            except StateMoved:
                count("memberships_contended")
        raise StateMoved(customer_id)

    def _refresh(self, customer_id: str, now: datetime) -> str | None:
        kept, rows = dynamodb.collection(customer_id)
        rules = self._rules_at(now)
        parts = self.customers.whole(customer_id, consistent=True)
        if not parts:
            return None
        if parts[0].customer_id != customer_id:
            self._retire(customer_id, kept, rows, now)
            return self.refresh(parts[0].customer_id, now)
        sources = self._sources(parts, kept)
        cards = _made(sources, rows, now)
        if sources.customer.erased_at:
            kept = forget(customer_id, kept, now)
        else:
            kept = move(
                customer_id, kept, segments_of(rules, cards, sources.pinned, now) if cards else (), now
            )
        segments = tuple(sorted(kept.entered))
        self._write(
            customer_id, [replace(each, segments=segments) for each in cards], rows, sources.basis(kept), now
        )
        if self.definitions.moved():
            # Who asks everybody for the changed segment may have passed this customer by meanwhile.
            raise StateMoved(customer_id)
        return customer_id

    def _rules_at(self, now: datetime) -> Rules:
        version, definitions = self.definitions.current()
        custom = fields(now)
        if self._rules is None or self._rules[0] != (version, custom):
            self._rules = (version, custom), rules_of(definitions.values(), custom, version)
        return self._rules[1]

    def _sources(self, parts: Sequence[Customer], kept: State) -> _Sources:
        ids = {each.customer_id for each in parts}
        contacts: list[Contact] = []
        relations: list[Relation] = []
        for external_userid in united(parts).external_userids:
            contact, related = self.customers.collection(external_userid, consistent=True)
            if contact and contact.customer_id in ids:
                contacts.append(contact)
                relations += related
        known = [facts_rows.load(each.customer_id, consistent=True) for each in parts]
        # Where somebody was put before they were merged, they still are.
        put = [kept.pinned, *(state(each.customer_id, consistent=True).pinned for each in parts[1:])]
        pinned = tuple(dict.fromkeys(each for where in put for each in where))
        return _Sources(parts, tuple(contacts), tuple(relations), combined(known), pinned)

    def _retire(self, customer_id: str, kept: State, rows: Iterable[CardRow], now: datetime) -> None:
        """Take away cards and memberships of a customer who was merged into another."""
        move(customer_id, kept, (), now)
        gone = self.customers.customer(customer_id, consistent=True)
        if gone and gone.merged_into:
            self._write(customer_id, [], rows, gone.version * _ROOM * _ROOM, now)

    def _write(
        self, customer_id: str, cards: Iterable[Card], rows: Iterable[CardRow], basis: int, now: datetime
    ) -> None:
        stored = {row.sk: row for row in rows}
        for card in cards:
            before = stored.pop(card.card_id, None)
            if before and before.card == text_of(card) and int(before.basis) == basis:
                continue
            self._know_month(dynamodb.month_of(card))
            _put(CardRow.of(card, basis, now))
        for row in stored.values():
            if row.card:
                _put(CardRow.gone(customer_id, row.sk, basis, now))

    def _know_month(self, month: str) -> None:
        if month in self.months:
            return
        self.months |= set(dynamodb.months())
        if month not in self.months:
            dynamodb.add_month(month)
            self.months.add(month)


def _made(sources: _Sources, rows: Iterable[CardRow], now: datetime) -> list[Card]:
    """Return the cards as of now, without where the customer belongs.

    A friendship of which WeCom's answers are still open has none yet: they are recorded in a moment, and
    the card would be written twice. Until then a card that is there stays.
    """
    there = {row.sk for row in rows if row.card}
    settled = [each for each in sources.relations if not each.intents or _card_id(each) in there]
    unsettled = sources.awaited or len(settled) < len(sources.relations)
    if unsettled and not settled and f"#{sources.customer.customer_id}" not in there:
        return []
    return cards_of(sources.customer, sources.contacts, settled, sources.facts, fields(now), (), now)


def _card_id(relation: Relation) -> str:
    return f"{key(relation.userid)}#{relation.external_userid}"


def _put(row: CardRow) -> None:
    count("card_written" if row.put() else "card_outdated")
