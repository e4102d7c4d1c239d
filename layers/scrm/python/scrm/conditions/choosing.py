"""Which of a plan's ways is taken: each is tried for a little, and the one that costs least goes on.

Every order of a list is walked in lanes: the cards of one lane all come before those of the next. In a lane
a read is native when its keys are in the lane's order; any other one is of use only when it is short enough
to be gathered whole and sorted here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from scrm.cards.dynamodb import months
from scrm.cards.model import Card
from scrm.cards.postings import place
from scrm.conditions.dynamodb import (
    Found,
    KeyStream,
    ListedStream,
    Meter,
    Stream,
    cards_by_key,
    cards_of_customer,
    opened,
)
from scrm.conditions.plan import Choice, Plan, Sort, Stretch, Together, Way, contact_place
from scrm.conditions.reads import Everybody, InRange, Owner, Read

TINY = 25.0
"""Read units below which a way is taken without a look at the others."""
_YEARS = 24.0 * 365 * 5


@dataclass(frozen=True)
class Limits:
    """How much one request reads: to choose, at most at once, and at most in all before it answers.

    `probes` is how many reads are tried; one that is not tried is of no use, and another way is taken.
    `gathered` is how many keys an unordered read may have, and `members_cards` how many cards a member, to be
    gathered whole.
    """

    probes: int = 200
    keys_probed: int = 200
    cards_probed: int = 60
    gathered: int = 200
    members_cards: int = 1000
    cards: int = 2000
    keys: int = 20_000
    batch: int = 100


@dataclass(frozen=True)
class Lane:
    """One stretch of a list's order: where it has a card (None: nowhere), and in which direction it runs."""

    name: str
    descending: bool
    stretch: Stretch
    place_of: Callable[[Card], str | None]

    def native(self, read: Read) -> bool:
        """Return whether the read's keys are in the lane's order."""
        if self.name == "contact":
            return isinstance(read, InRange) and read.field == "last_contact_at"
        return not isinstance(read, InRange)


def lanes(plan: Plan, sort: Sort) -> tuple[Lane, ...]:
    """Return the lanes of a list. By last contact, those without one come last, latest add first."""
    if sort.by == "added":
        return (Lane("added", sort.descending, plan.added, place),)
    contact = Lane("contact", sort.descending, plan.contact, contact_place)
    rest = Lane("rest", True, plan.added, lambda card: None if contact_place(card) else place(card))
    return (contact,) if plan.in_contact else (contact, rest)


@dataclass(frozen=True)
class Chosen:
    """A way that was tried: what it costs an hour of the list's order, and its streams."""

    cost: float
    picks: tuple[int, ...] = ()
    streams: tuple[Stream, ...] = ()


@dataclass
class Chooser:
    """Opens the reads of one plan in one lane, each once, from a place on."""

    plan: Plan
    lane: Lane
    stretch: Stretch
    limits: Limits
    meter: Meter
    chunk: int
    _months: list[str] | None = None
    _costs: dict[Read, Chosen | None] = field(default_factory=dict)
    _unordered: set[Stream] = field(default_factory=set)

    def streams(self) -> list[Stream]:
        """Return the streams of the way to take, each in the lane's order."""
        return [self._ready(each) for each in dict.fromkeys(self.chosen().streams)]

    def chosen(self) -> Chosen:
        """Return the way to take, as it was tried; the last of the plan's ways can always be taken."""
        return self._by_contact() if self.lane.name == "contact" else self._by_place()

    def _by_place(self) -> Chosen:
        *driven, fallback = self.plan.ways.ways
        tried = self._tried(driven[0]) if driven else None
        if tried and tried.cost < 0:
            return replace(tried, picks=(0, *tried.picks))
        if tried is None:
            return self._untried(fallback, len(driven))
        other = self._tried(fallback)
        if other is None or tried.cost <= other.cost:
            return replace(tried, picks=(0, *tried.picks))
        return replace(other, picks=(1,))

    def _by_contact(self) -> Chosen:
        """Return the shortest way that can be gathered, else the order of the last contact itself."""
        known = [found for each in self.plan.ways.ways if (found := self._tried(each))]
        native = InRange("last_contact_at")
        return min(known, key=lambda each: each.cost) if known else self._untried(native, 0)

    def _untried(self, way: Way, pick: int) -> Chosen:
        reads = way.ways if isinstance(way, Together) else (way,)
        streams = [self._stream(each) for each in reads if not isinstance(each, Choice | Together)]
        return Chosen(0.0, (pick,), tuple(streams))

    def _tried(self, way: Way) -> Chosen | None:
        """Return the way with what it costs, None when it is of no use here.

        A cost below 0 says that all of it is cheap.
        """
        match way:
            case Choice(ways):
                tried = [(found, at) for at, each in enumerate(ways) if (found := self._tried(each))]
                if not tried:
                    return None
                best, at = min(tried, key=lambda each: each[0].cost)
                return replace(best, picks=(at, *best.picks))
            case Together(ways):
                parts = [self._tried(each) for each in ways]
                known = [each for each in parts if each]
                return _together(known) if len(known) == len(parts) else None
            case _:
                if way not in self._costs:
                    tries = len(self._costs) < self.limits.probes
                    self._costs[way] = self._probed(way) if tries else None
                return self._costs[way]

    def _probed(self, read: Read) -> Chosen | None:
        stream, native = self._stream(read), self.lane.native(read)
        count = stream.probe(self._most(read, stream))
        if count is None and not native:
            return None
        if count is None:
            most = self._most(read, stream)
            return Chosen(most * stream.weight / max(stream.hours(), 0.001), (), (stream,))
        units = count * stream.weight
        return Chosen(units - TINY if units < TINY else units / self._horizon(), (), (stream,))

    def _most(self, read: Read, stream: Stream) -> int:
        """Return up to how many of a read are counted; a card costs as much as some ten keys."""
        share = len(self.plan.scope or (None,)) if isinstance(read, Owner) else 1
        if isinstance(read, Owner) and not self.lane.native(read):
            return self.limits.members_cards // max(share, 1)
        if stream.weight < KeyStream.weight:
            return max(self.limits.cards_probed // max(share, 1), 5)
        return self.limits.keys_probed if self.lane.native(read) else self.limits.gathered

    def _stream(self, read: Read) -> Stream:
        """Return a new stream of the read; one that is not native runs over all it has."""
        native = self.lane.native(read)
        within = self.stretch if native else Stretch() if isinstance(read, InRange) else self.plan.added
        known = self.months if isinstance(read, Everybody) else []
        stream = opened(read, known, self.meter, within, descending=self.lane.descending, chunk=self.chunk)
        if not native:
            self._unordered.add(stream)
        return stream

    @property
    def months(self) -> list[str]:
        """Return the months that have cards, read when they are first asked for."""
        if self._months is None:
            self._months = months()
        return self._months

    def _ready(self, stream: Stream) -> Stream:
        """Return a stream in the lane's order: one that is not is gathered whole."""
        if stream not in self._unordered:
            return stream
        found: list[Found] = []
        while head := stream.head():
            found.append(head)
            stream.pop()
        listed = [
            Found(at, card.customer_id, card.card_id, card)
            for card in met(found, self.plan, self.meter)
            if (at := self.lane.place_of(card))
        ]
        return ListedStream(listed, self.meter, self.stretch, descending=self.lane.descending)

    def _horizon(self) -> float:
        """Return over how many hours what is there may be spread."""
        if not self.months:
            return _YEARS
        first = datetime.fromisoformat(f"{max(self.months[0], self.stretch.low[:7])}-01T00:00:00+00:00")
        return max((self.plan.now - first).total_seconds() / 3600, 1.0)


def met(found: Iterable[Found], plan: Plan, meter: Meter) -> list[Card]:
    """Return the cards within scope that these name; those of others are not read."""
    every = list(found)
    cards = [each.card for each in every if each.card and plan.reaches(each.card.card_id)]
    named = [each for each in every if each.card is None]
    keys = {(each.customer_id, each.card_id) for each in named if each.card_id}
    reached = [key for key in keys if plan.reaches(key[1])]
    customers = {each.customer_id for each in named if not each.card_id}
    meter.cards += len(reached) + len(customers)
    cards += cards_by_key(reached) if reached else []
    for customer_id in sorted(customers):
        cards += [each for each in cards_of_customer(customer_id, plan.scope) if plan.reaches(each.card_id)]
    return cards


def _together(parts: list[Chosen]) -> Chosen:
    cheap = all(each.cost < 0 for each in parts)
    costs = [each.cost + TINY if cheap else max(each.cost, 0.0) for each in parts]
    total = sum(costs)
    picks = tuple(pick for each in parts for pick in each.picks)
    streams = tuple(stream for each in parts for stream in each.streams)
    return Chosen(total - TINY if cheap and total < TINY else total, picks, streams)
