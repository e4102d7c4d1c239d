"""The state machine of a follow relation: a fold over its distinct events in the order of their own time.

Source: spec 2.3 and 2.4. The order of arrival and repetitions make no difference, so that lost order,
duplicates and late callbacks all end in one state.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, get_args

FactKind = Literal[
    "add",  # both sides are friends
    "half",  # the customer added the member, who has not added them back
    "observed",  # reconciliation found the friendship; no callback told of it
    "inherited",  # the friendship came with a handover from another member; no new customer
    "edit",  # the member changed remark or tags in the client
    "deleted_by_staff",
    "transferred",  # removed from this member by a handover; no churn
    "deleted_by_customer",
    "transfer_failed",
    "archive_agreed",  # the customer agreed to message archiving
]
KINDS: frozenset[str] = frozenset(get_args(FactKind))

Status = Literal[
    "none", "active", "deleted_by_customer", "deleted_by_staff", "both_deleted", "transferred_out"
]

MAX_FACTS = 200
MAX_NOTES = 5

_OPENING = frozenset({"add", "half", "observed", "inherited"})
# WeCom's own event of a handover comes so long before or after the time it names at most.
_ONE_HANDOVER = 3600
NOTES = frozenset({"transfer_failed", "archive_agreed"})
"""Told of two who need not know each other: a customer may refuse a takeover whose friend they never were."""
# Within one second: add and half, edit, staff deletion, customer deletion (spec 2.3).
_RANK = {
    "add": 0,
    "half": 0,
    "observed": 0,
    "inherited": 0,
    "edit": 1,
    "deleted_by_staff": 2,
    "transferred": 2,
    "deleted_by_customer": 3,
    "transfer_failed": 4,
    "archive_agreed": 4,
}
# A deletion whose add is still unknown is told all the same: the later add falls before it.
_ENDING: dict[tuple[str, str], Status] = {
    ("none", "deleted_by_customer"): "deleted_by_customer",
    ("none", "deleted_by_staff"): "deleted_by_staff",
    ("none", "transferred"): "transferred_out",
    ("active", "deleted_by_customer"): "deleted_by_customer",
    ("active", "deleted_by_staff"): "deleted_by_staff",
    ("active", "transferred"): "transferred_out",
    ("deleted_by_customer", "deleted_by_staff"): "both_deleted",
    ("deleted_by_staff", "deleted_by_customer"): "both_deleted",
}


@dataclass(frozen=True)
class Fact:
    """One event of a relation. `at` is WeCom's CreateTime in unix seconds.

    `event_id` is the first half of the callback's id or longer; `about` is what the event says beyond
    its kind: the channel of an add, the reason of a failed transfer, the batch of a handover of ours.
    """

    kind: FactKind
    at: int
    event_id: str
    about: str = ""

    @property
    def order(self) -> tuple[int, int, str]:
        """Return what facts are sorted by."""
        return (self.at, _RANK[self.kind], self.event_id)


@dataclass(frozen=True)
class Period:
    """One stretch of friendship. `end` and `reason` are None while it lasts.

    `opened_by` is the event that began it, `channel_id` the channel code it came through, if any;
    `observed` says that only reconciliation knows of it, `inherited` that it came with a handover: it is
    neither a new customer's nor an add.
    """

    start: datetime
    end: datetime | None = None
    reason: Status | None = None
    opened_by: str = ""
    channel_id: str | None = None
    observed: bool = False
    inherited: bool = False


@dataclass(frozen=True)
class Standing:
    """Where a relation stands: the result of the fold."""

    status: Status = "none"
    periods: tuple[Period, ...] = ()
    ended_at: datetime | None = None


def fold(facts: Iterable[Fact]) -> Standing:
    """Return the standing after all distinct facts, in the order of their own time."""
    standing = Standing()
    for fact in sorted(set(facts), key=lambda each: each.order):
        standing = _after(standing, fact)
    return standing


@dataclass(frozen=True)
class Turn:
    """A fact that changed the status."""

    fact: Fact
    status: Status


def turns(facts: Iterable[Fact]) -> tuple[Turn, ...]:
    """Return the facts that changed the status, in the order of their own time."""
    standing, found = Standing(), list[Turn]()
    for fact in sorted(set(facts), key=lambda each: each.order):
        after = _after(standing, fact)
        if after.status != standing.status:
            found.append(Turn(fact, after.status))
        standing = after
    return tuple(found)


def _after(standing: Standing, fact: Fact) -> Standing:
    at = datetime.fromtimestamp(fact.at, UTC)
    if fact.kind in _OPENING:
        if standing.status == "active":
            return _inherited(standing, fact)
        return Standing("active", (*standing.periods, _opened(fact, at)))
    ending = _ENDING.get((standing.status, fact.kind))
    if ending is None:
        return standing
    if standing.status != "active":
        return Standing(ending, standing.periods, standing.ended_at or at)
    *earlier, last = standing.periods
    return Standing(ending, (*earlier, replace(last, end=at, reason=ending)), at)


def _opened(fact: Fact, at: datetime) -> Period:
    inherited = fact.kind == "inherited"
    return Period(
        at,
        opened_by=fact.event_id,
        channel_id=None if inherited else fact.about or None,
        observed=fact.kind == "observed",
        inherited=inherited,
    )


def _inherited(standing: Standing, fact: Fact) -> Standing:
    """Return the standing where WeCom's event of a friendship turns out to be of a handover."""
    *earlier, last = standing.periods
    if fact.kind != "inherited" or last.channel_id or not one_handover(fact.at, last.start):
        return standing
    return Standing("active", (*earlier, replace(last, observed=False, inherited=True)))


def one_handover(at: int, start: datetime) -> bool:
    """Return whether a friendship that began at `start` may be the one of a handover at `at`."""
    return abs(at - start.timestamp()) <= _ONE_HANDOVER


def by_handover(fact: Fact, facts: Iterable[Fact]) -> str | None:
    """Return by which handover a turn came about: the batch of ours, "" by one of others', None by none."""
    kind = "inherited" if fact.kind in _OPENING else fact.kind
    if kind not in {"inherited", "transferred"} or (fact.kind in _OPENING - {"inherited"} and fact.about):
        return None
    near = [each for each in facts if each.kind == kind and abs(each.at - fact.at) <= _ONE_HANDOVER]
    return max((each.about for each in near), default=None)


def knows(facts: Iterable[Fact], fact: Fact, forgotten_until: int = 0) -> bool:
    """Return whether taking in `fact` could change nothing.

    True for an event already kept, for an edit of a second before a kept one's (the detail was read after
    both), and for events older than what has been forgotten.
    """
    return fact.at <= forgotten_until or any(
        known.event_id == fact.event_id or (fact.kind == known.kind == "edit" and fact.at < known.at)
        for known in facts
    )


def learn(facts: Iterable[Fact], fact: Fact, forgotten_until: int = 0) -> tuple[tuple[Fact, ...], int]:
    """Return the facts with `fact` among them, and the time up to which facts are forgotten.

    Only what the fold and the recognition of duplicates need is kept: of edits those of the latest second,
    of notes the latest few of a kind. Beyond MAX_FACTS first facts without effect go, then whole periods,
    oldest first: some 60 bytes a fact keep a row far below DynamoDB's 400 KB.
    """
    kept = tuple(facts)
    if knows(kept, fact, forgotten_until):
        return kept, forgotten_until
    every = sorted((*kept, fact), key=lambda each: each.order)
    lasting = [each for each in every if _lasts(each, every)]
    if len(lasting) <= MAX_FACTS:
        return tuple(lasting), forgotten_until
    return _forget(lasting, forgotten_until)


def _lasts(fact: Fact, every: list[Fact]) -> bool:
    alike = [each for each in every if each.kind == fact.kind]
    if fact.kind == "edit":
        return fact.at == alike[-1].at and fact in alike[-MAX_NOTES:]
    return fact.kind not in NOTES or fact in alike[-MAX_NOTES:]


def _forget(facts: list[Fact], forgotten_until: int) -> tuple[tuple[Fact, ...], int]:
    standing, effective = Standing(), list[Fact]()
    openings = list[int]()
    for fact in facts:
        after = _after(standing, fact)
        if len(after.periods) > len(standing.periods):
            openings.append(len(effective))
        if after != standing or _RANK[fact.kind] in {1, 4}:
            effective.append(fact)
        standing = after
    excess = len(effective) - MAX_FACTS // 2
    cut = next((at for at in openings if at >= excess), openings[-1] if openings else 0)
    if len(effective) <= MAX_FACTS or not cut:
        return tuple(effective), forgotten_until
    return tuple(effective[cut:]), max(forgotten_until, effective[cut - 1].at)


def observe(
    facts: Iterable[Fact], createtime: int, channel_id: str = "", forgotten_until: int = 0
) -> Fact | None:
    """Return the fact that reconciliation adds for a friendship WeCom lists, or None when nothing is missing.

    `createtime` is WeCom's time of the add. Only a period that no event tells of is added: an add event of
    about the same time, earlier or later to arrive, joins the same period, and a friendship older than a
    deletion never revives what has ended.
    """
    kept = tuple(facts)
    seen = Fact("observed", createtime, f"observed-{createtime}", channel_id)
    if knows(kept, seen, forgotten_until):
        return None
    known = fold(kept)
    with_it = fold((*kept, seen))
    grown = len(with_it.periods) > len(known.periods)
    return seen if grown else None
