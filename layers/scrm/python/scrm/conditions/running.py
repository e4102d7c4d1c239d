"""A page of the cards that a condition selects, and their exact number, within what one request may read.

What a request does not reach it leaves to the next one: a page may be short, even empty, and still name where
to go on, and a count adds up over several requests. A place to go on from names no card but those of the
caller's own scope: it is the shortest text between the last key looked at and the next.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scrm.cards.dynamodb import months
from scrm.cards.model import Card
from scrm.cards.postings import place, postings
from scrm.conditions.choosing import Chooser, Lane, Limits, lanes, met
from scrm.conditions.dynamodb import Found, Meter, opened
from scrm.conditions.plan import Plan, Sort, Stretch, Together, meets, reads_of
from scrm.conditions.reads import Everybody, InRange, Read
from scrm.conditions.tree import selects
from scrm.conditions.walking import Walk, parting

LIMITS = Limits()


@dataclass(frozen=True)
class Position:
    """Where a list goes on: in which lane, and from (ascending) or before (descending) which place in it."""

    lane: int = 0
    at: str = ""


@dataclass(frozen=True)
class Listed:
    """A page, and where the next one begins; None at the end."""

    cards: tuple[Card, ...]
    next: Position | None


@dataclass(frozen=True)
class CountPosition:
    """Where a count goes on: what was taken of each choice, in which of the reads, from which key."""

    picks: tuple[int, ...]
    read: int = 0
    at: str = ""


class UnknownPosition(ValueError):
    """A place to go on from that is not one of this plan's."""


@dataclass(frozen=True)
class Counted:
    """How many cards were counted by this request, and where to go on; None when that is all."""

    count: int
    next: CountPosition | None


def search(
    plan: Plan, sort: Sort, limit: int, after: Position | None = None, limits: Limits = LIMITS
) -> Listed:
    """Return up to `limit` selected cards in the order of `sort`, from `after` on.

    Units: a card of a posting 0.5, of an index its bytes, keys by their bytes; at most `limits` in all.
    """
    meter, page = Meter(), list[Card]()
    start = after or Position()
    every = lanes(plan, sort)
    for number in range(start.lane, len(every)):
        lane = every[number]
        from_here = _from(lane, start.at if number == start.lane else "")
        streams = Chooser(plan, lane, from_here, limits, meter, limit - len(page)).streams()
        at = _walked(Walk(streams, lane), plan, meter, limits, page, limit)
        if at is not None:
            return Listed(tuple(page), Position(number, at))
        if number + 1 < len(every) and (len(page) == limit or _over(meter, limits)):
            return Listed(tuple(page), Position(number + 1))
    return Listed(tuple(page), None)


def _from(lane: Lane, at: str) -> Stretch:
    if not at:
        return lane.stretch
    return lane.stretch.within(Stretch(high=at) if lane.descending else Stretch(low=at))


def _walked(
    walk: "Walk", plan: Plan, meter: Meter, limits: Limits, page: list[Card], limit: int
) -> str | None:
    """Add what the lane has to the page; return where to go on in this lane, None when it is at its end."""
    size = limit - len(page)
    ends: int | None = None
    while batch := walk.take(size):
        selected = {found.place: card for found, card in _checked(batch, walk.lane, plan, meter)}
        for number, found in enumerate(batch):
            if found.place not in selected:
                continue
            if len(page) == limit:
                # There is one more: the page ends behind the last it has.
                return walk.between(batch[ends or 0], batch[(ends or 0) + 1])
            page.append(selected[found.place])
            ends = number
        if len(page) == limit or _over(meter, limits):
            following = walk.next_of(batch[-1], plan)
            return None if walk.ended else walk.between(batch[-1], following)
        size = limits.batch
    return None


def _checked(batch: Sequence[Found], lane: Lane, plan: Plan, meter: Meter) -> Iterator[tuple[Found, Card]]:
    """Yield those of the batch whose card is where its key says, and is selected."""
    cards = {(each.customer_id, each.card_id): each for each in met(batch, plan, meter)}
    for found in batch:
        card = cards.get((found.customer_id, found.card_id))
        if card and lane.place_of(card) == found.place and selects(plan.node, card, plan.now):
            yield found, card


def _over(meter: Meter, limits: Limits) -> bool:
    return meter.cards >= limits.cards or meter.keys >= limits.keys


def count(plan: Plan, after: CountPosition | None = None, limits: Limits = LIMITS) -> Counted:
    """Return how many cards are selected, or how many this request met and where to go on.

    The parts add up to the exact number while nothing changes. Where the postings alone tell, keys are
    counted and no card is read.
    """
    meter = Meter()
    if plan.keys_tell and plan.driven and plan.scope is None:
        return _counted_by_keys(plan, after, meter, limits)
    if after is None:
        lane = Lane("added", False, plan.added, place)
        picks = Chooser(plan, lane, lane.stretch, limits, meter, limits.batch).chosen().picks
        after = CountPosition(picks)
    reads = _reads(plan, after)
    total, at = 0, after.at
    for number in range(after.read, len(reads)):
        found, at = _counted(plan, reads, number, at, meter, limits)
        total += found
        if at or (_over(meter, limits) and number + 1 < len(reads)):
            return Counted(total, CountPosition(after.picks, number if at else number + 1, at))
    return Counted(total, None)


def _reads(plan: Plan, after: CountPosition) -> list[Read]:
    try:
        return list(dict.fromkeys(reads_of(plan.ways, iter(after.picks))))
    except (IndexError, RuntimeError):
        raise UnknownPosition from None


def _counted(
    plan: Plan, reads: list[Read], number: int, start: str, meter: Meter, limits: Limits
) -> tuple[int, str]:
    """Return how many cards one read meets that none before it does, and where to go on, "" at its end."""
    read, earlier, total = reads[number], reads[:number], 0
    stretch = (Stretch() if isinstance(read, InRange) else plan.added).within(Stretch(low=start))
    known = months() if isinstance(read, Everybody) else []
    stream = opened(read, known, meter, stretch, descending=False, chunk=limits.batch)
    lane = Lane("added", False, stretch, place)
    walk = Walk([stream], lane)
    while batch := walk.take(limits.batch):
        places = {each.place for each in batch}
        for card in met(batch, plan, meter):
            total += (
                not places.isdisjoint(_places(card, read))
                and selects(plan.node, card, plan.now)
                and not any(meets(each, card) for each in earlier)
            )
        if _over(meter, limits):
            following = walk.head()
            return total, parting(batch[-1].place, following.place) if following else ""
    return total, ""


def _places(card: Card, read: Read) -> set[str]:
    """Return where a read meets the card as it is now; a key that says otherwise is left from before."""
    if isinstance(read, InRange):
        return {each.sk for each in postings(card) if each.pk == read.pk}
    return {place(card)}


def _counted_by_keys(plan: Plan, after: CountPosition | None, meter: Meter, limits: Limits) -> Counted:
    stretch = Stretch(low=after.at if after else "")
    reads = dict.fromkeys(reads_of(plan.driven or Together(), iter(())))
    streams = [opened(each, [], meter, stretch, descending=False, chunk=1000) for each in reads]
    walk, total = Walk(streams, Lane("added", False, stretch, place)), 0
    while batch := walk.take(1000):
        total += len(batch)
        if _over(meter, limits) and (following := walk.head()):
            return Counted(total, CountPosition((), 0, parting(batch[-1].place, following.place)))
    return Counted(total, None)
