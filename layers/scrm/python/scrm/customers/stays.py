"""The stretches of a relation with how each ended, for reports. Pure; times in unix seconds.

A period (`scrm.customers.relation`) knows the first of its ends. Retention asks for each of them: whoever was
deleted by staff is lost only once the customer has deleted, too (spec 6, M1).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from scrm.customers.relation import Fact, fold, turns

ASSIGNED_WAYS = frozenset({201, 202})
"""Shared by a colleague, or handed on by an administrator: no add (spec 6)."""

NEAR = 60
"""Seconds: both ends of a handover are told as of one time."""


@dataclass(frozen=True)
class Stay:
    """One stretch of friendship. `start` is None where no add is known.

    `left_at`: the customer deleted the member; `removed_at`: the member deleted the customer; `moved_at`: it
    was handed over. Several may be told of one stretch. `assigned`: it began by a handover, which is no add.
    """

    start: int | None
    channel_id: str = ""
    left_at: int | None = None
    removed_at: int | None = None
    moved_at: int | None = None
    assigned: bool = False

    @property
    def end(self) -> int | None:
        """Return when it ended, by whomever; None while it lasts."""
        ends = (self.left_at, self.removed_at, self.moved_at)
        return min((each for each in ends if each is not None), default=None)


def stays_of(facts: Iterable[Fact], add_way: int | None = None) -> tuple[Stay, ...]:
    """Return the stretches of a relation, oldest first; `add_way` is WeCom's, of the latest."""
    told, found = tuple(facts), list[Stay]()
    periods = iter(fold(told).periods)
    for turn in turns(told):
        if turn.status == "active":
            period = next(periods)
            found.append(Stay(turn.fact.at, period.channel_id or "", assigned=period.inherited))
            continue
        last = found.pop() if found else Stay(None)
        found.append(_ended(last, turn.fact))
    if found and add_way in ASSIGNED_WAYS:
        found[-1] = replace(found[-1], assigned=True)
    return tuple(found)


def _ended(stay: Stay, fact: Fact) -> Stay:
    if fact.kind == "deleted_by_customer":
        return replace(stay, left_at=fact.at)
    if fact.kind == "deleted_by_staff":
        return replace(stay, removed_at=fact.at)
    return replace(stay, moved_at=fact.at)


def text_of(stay: Stay) -> str:
    """Return a stretch as one text, which `stay_of` reads."""
    times = (stay.start, stay.left_at, stay.removed_at, stay.moved_at)
    said = ",".join("" if each is None else str(each) for each in times)
    return f"{said},{int(stay.assigned)},{stay.channel_id}"


def stay_of(text: str) -> Stay:
    """Return the stretch that `text_of` wrote."""
    *times, assigned, channel_id = text.split(",", 5)
    start, left_at, removed_at, moved_at = (int(each) if each else None for each in times)
    return Stay(start, channel_id, left_at, removed_at, moved_at, assigned == "1")


def taken_over(stays: tuple[Stay, ...], moved: Iterable[int]) -> tuple[Stay, ...]:
    """Return the stretches, assigned where one began as another member's was handed over (`moved`).

    WeCom tells how somebody was added of the latest stretch alone, and not always by the time of the add.
    """
    ends = tuple(moved)
    return tuple(
        replace(each, assigned=True)
        if each.start is not None and any(abs(at - each.start) <= NEAR for at in ends)
        else each
        for each in stays
    )


def told_apart(stays: tuple[Stay, ...], add_way: int | None) -> bool:
    """Return whether a card's status with its times and add way says less than these stretches."""
    return len(stays) > 1 or any(
        (each.left_at is not None and each.removed_at is not None)
        or (each.assigned and add_way not in ASSIGNED_WAYS)
        for each in stays
    )
