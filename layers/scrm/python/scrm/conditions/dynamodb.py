"""Reads as streams: each yields what its collection holds, in order, a page of the table at a time."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from scrm.cards import dynamodb as cards
from scrm.cards.dynamodb import CardPage, CardRow, card_pk
from scrm.cards.model import Card
from scrm.cards.postings import place
from scrm.channel_codes.dynamodb import day
from scrm.conditions.plan import Stretch
from scrm.conditions.reads import Everybody, Has, InRange, Owner, Read, Through
from scrm.customers.dynamodb import Customers
from scrm.table import Row

LARGEST_CHUNK = 500
_TIME = len("2026-03-02T02:15:00Z")


class KeyRow(Row):
    """A posting or an add: all it says is in its key."""


@dataclass(frozen=True)
class Found:
    """A card's place in a stream's order. Without a `card_id` it names every card of the customer."""

    place: str
    customer_id: str
    card_id: str = ""
    card: Card | None = None


@dataclass
class Meter:
    """What a request has read so far: keys of postings, and cards."""

    keys: int = 0
    cards: int = 0


class Stream(ABC):
    """What one read meets between two places, in order. `weight` is what meeting one card costs, in units."""

    weight: float = 0.5

    def __init__(self, meter: Meter, stretch: Stretch, *, descending: bool, chunk: int) -> None:
        self.meter, self.stretch, self.descending = meter, stretch, descending
        self._chunk = chunk
        self._buffer: deque[Found] = deque()
        self._last: dict[str, Any] | None = None
        self._ended = False

    @property
    def ended(self) -> bool:
        """Return whether nothing is left, as far as is known without reading on."""
        return self._ended and not self._buffer

    @property
    def buffered(self) -> Found | None:
        """Return the next one if it has been read already."""
        return self._buffer[0] if self._buffer else None

    def head(self) -> Found | None:
        """Return the next one, None at the end."""
        while not self._buffer and not self._ended:
            self._read(self._chunk)
            self._chunk = min(2 * self._chunk, LARGEST_CHUNK)
        return self.buffered

    def pop(self) -> None:
        """Go on to the next one."""
        self._buffer.popleft()

    def probe(self, most: int) -> int | None:
        """Return how many there are, None when there are more than `most`."""
        while len(self._buffer) <= most and not self._ended:
            self._read(most + 1 - len(self._buffer))
        return len(self._buffer) if self._ended else None

    def hours(self) -> float:
        """Return over how many hours those extend that have been read."""
        if not self._buffer:
            return 0.0
        first, last = (_moment(self._buffer[at].place) for at in (0, -1))
        return abs((last - first).total_seconds()) / 3600

    def _keep(self, found: Iterable[Found]) -> None:
        self._buffer.extend(each for each in found if each.place in self.stretch)

    @abstractmethod
    def _read(self, most: int) -> None:
        """Read up to `most` more."""


class OwnerStream(Stream):
    """A member's cards."""

    weight = 0.07

    def __init__(self, member: str, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self._member = member

    def _read(self, most: int) -> None:
        page = cards.owned(self._member, most, self._last, **_how(self))
        self._take(page)
        self._ended = page.last_key is None

    def _take(self, page: CardPage) -> None:
        self._last = page.last_key
        self.meter.cards += len(page.cards)
        self._keep(Found(place(each), each.customer_id, each.card_id, each) for each in page.cards)


class EverybodyStream(OwnerStream):
    """Everybody's cards, month by month."""

    def __init__(self, months: list[str], *args: Any, **how: Any) -> None:
        super().__init__("", *args, **how)
        inside = [each for each in months if f"{each}~" > self.stretch.low and each < self.stretch.high]
        self._months = deque(sorted(inside, reverse=self.descending))
        self._ended = not self._months

    def _read(self, most: int) -> None:
        page = cards.added_in(self._months[0], most, self._last, **_how(self))
        self._take(page)
        if page.last_key is None:
            self._months.popleft()
            self._ended = not self._months


class KeyStream(Stream):
    """Postings of one collection."""

    def __init__(self, read: Has | InRange, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self._pk = read.pk
        self._of_customers = isinstance(read, InRange) and read.names_customers

    def _read(self, most: int) -> None:
        rows, self._last = _keys(
            self._pk, self.stretch.low or " ", self.stretch.high, most, self._last, descending=self.descending
        )
        self._ended = self._last is None
        self.meter.keys += len(rows)
        self._keep(map(self._found, rows))

    def _found(self, sk: str) -> Found:
        _, customer_id, *card_id = sk.split("#", 1 if self._of_customers else 2)
        return Found(sk, customer_id, card_id[0] if card_id else "")


class ThroughStream(Stream):
    """The cards that came through a channel. An add names a contact; the contact's card tells its place.

    Adds of one second stay together, since their order among themselves is not that of places. An add that is
    not the card's latest is none of the card's places.
    """

    weight = 1.0

    def __init__(self, channel_id: str, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self._pk = f"CHANNEL#{channel_id}"
        self._adds: deque[tuple[str, str, str]] = deque()
        self._read_all = False

    def probe(self, most: int) -> int | None:
        """Return how many adds there are; their cards are not read."""
        while len(self._adds) <= most and not self._read_all:
            self._more(most + 1 - len(self._adds))
        return len(self._adds) + len(self._buffer) if self._read_all else None

    def hours(self) -> float:
        """Return over how many hours the adds extend that have been read."""
        if not self._adds:
            return 0.0
        first, last = (_moment(self._adds[at][0]) for at in (0, -1))
        return abs((last - first).total_seconds()) / 3600

    def _more(self, most: int) -> None:
        low, high = (_add_bound(each) for each in (self.stretch.low, self.stretch.high))
        rows, self._last = _keys(self._pk, low, f"{high}$", most, self._last, descending=self.descending)
        self._read_all = self._last is None
        self.meter.keys += len(rows)
        for sk in rows:
            _, _, at, userid, external_userid, *_ = sk.split("#")
            self._adds.append((at, userid, external_userid))

    def _read(self, most: int) -> None:
        while not self._read_all and (len(self._adds) <= most or self._adds[0][0] == self._adds[-1][0]):
            self._more(most)
        held_back = None if self._read_all else self._adds[-1][0]
        adds: list[tuple[str, str, str]] = []
        while self._adds and self._adds[0][0] != held_back and (len(adds) <= most or self._same(adds[-1])):
            adds.append(self._adds.popleft())
        self._ended = self._read_all and not self._adds
        found = {each.place: each for each in self._cards_of(adds)}
        self._keep(sorted(found.values(), key=lambda each: each.place, reverse=self.descending))

    def _same(self, add: tuple[str, str, str]) -> bool:
        return self._adds[0][0] == add[0]

    def _cards_of(self, adds: list[tuple[str, str, str]]) -> Iterator[Found]:
        """Yield the card of each add that is the card's latest."""
        self.meter.cards += len(adds)
        wanted = {(at, f"{userid}#{external_userid}") for at, userid, external_userid in adds}
        for card in _cards_of_contacts({(external, card_id) for _, card_id, external in _named(adds)}):
            if (place(card)[:_TIME], card.card_id) in wanted:
                yield Found(place(card), card.customer_id, card.card_id, card)


class ListedStream(Stream):
    """Cards that have been gathered already."""

    def __init__(self, found: Iterable[Found], *args: Any, **how: Any) -> None:
        super().__init__(*args, chunk=1, **how)
        self._ended = True
        self._keep(sorted(found, key=lambda each: each.place, reverse=self.descending))

    def _read(self, most: int) -> None:
        """Read nothing: all is there."""


def opened(
    read: Read, months: list[str], meter: Meter, stretch: Stretch, *, descending: bool, chunk: int
) -> Stream:
    """Return the stream of a read between two places; nothing is read yet."""
    how: dict[str, Any] = {"descending": descending, "chunk": chunk}
    if isinstance(read, InRange):
        stretch = stretch.within(Stretch(read.low, read.high))
    if stretch.is_empty:
        return ListedStream((), meter, stretch, descending=descending)
    match read:
        case Owner(member):
            return OwnerStream(member, meter, stretch, **how)
        case Everybody():
            return EverybodyStream(months, meter, stretch, **how)
        case Through(channel_id):
            return ThroughStream(channel_id, meter, stretch, **how)
        case Has() | InRange():
            return KeyStream(read, meter, stretch, **how)


def cards_by_key(keys: list[tuple[str, str]]) -> list[Card]:
    """Return the cards that exist by (customer_id, card_id): a batch read for each 100. 0.5 RRU each."""
    found = CardRow.batch_get([(card_pk(customer_id), card_id) for customer_id, card_id in keys])
    return [card for row in found if (card := row.entity())]


def cards_of_customer(customer_id: str, members: frozenset[str] | None) -> list[Card]:
    """Return a customer's cards, of one member those of this member alone: one query."""
    if members is None or len(members) != 1:
        return cards.of_customer(customer_id)
    (member,) = members
    rows = CardRow.query(card_pk(customer_id), CardRow.sk.startswith(f"{member}#"))
    return [card for row in rows if (card := row.entity())]


def _named(adds: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """Yield (time, card id, external_userid) of adds."""
    return ((at, f"{userid}#{external}", external) for at, userid, external in adds)


def _cards_of_contacts(wanted: set[tuple[str, str]]) -> list[Card]:
    """Return the cards by (external_userid, card id); those of merged customers are under their root."""
    rows = Customers()
    contacts = rows.contacts(external_userid for external_userid, _ in wanted)
    keys = {(contacts[external].customer_id, card_id) for external, card_id in wanted if external in contacts}
    found = cards_by_key(list(keys))
    missing = keys - {(each.customer_id, each.card_id) for each in found}
    roots = {customer_id: rows.root(customer_id) for customer_id, _ in missing}
    moved = {
        (root.customer_id, card_id)
        for customer_id, card_id in missing
        if (root := roots[customer_id]) and root.customer_id != customer_id
    }
    return found + cards_by_key(list(moved))


def _keys(
    pk: str, low: str, high: str, most: int, start: dict[str, Any] | None, *, descending: bool
) -> tuple[list[str], dict[str, Any] | None]:
    found = KeyRow.query(
        pk,
        KeyRow.sk.between(low, high),
        limit=most,
        page_size=most,
        scan_index_forward=not descending,
        last_evaluated_key=start,
    )
    return [row.sk for row in found], found.last_evaluated_key


def _how(stream: Stream) -> dict[str, Any]:
    high = stream.stretch.high
    return {
        "before": stream.stretch.low or None,
        "until": None if high == "~" else high,
        "newest_first": stream.descending,
    }


def _moment(place_text: str) -> datetime:
    return datetime.fromisoformat(place_text[:_TIME])


def _add_bound(text: str) -> str:
    """Return where a channel's adds of a place's second begin."""
    try:
        return f"ADD#{day(_moment(text))}#{text[:_TIME]}"
    except ValueError:
        return f"ADD#{text}"
