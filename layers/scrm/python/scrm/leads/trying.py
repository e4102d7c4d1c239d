"""A set of rules tried on leads of the past: what the engine would do with each, in its order (LED-12). Pure.

The clock runs from event to event: leads that come, leads whose pool opens, leads that were closed in fact.
The decision is `scrm.leads.engine.decided_by`, the same that gives leads.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from scrm.leads.algorithms import Algorithm, Cursor
from scrm.leads.deciding import Decision
from scrm.leads.engine import decided_by, pool_for
from scrm.leads.loads import Load, given, released
from scrm.leads.model import Lead, shard_of
from scrm.leads.policy import RuleSet, Standing, members_of

StandingAt = Callable[[Mapping[str, Load], datetime], Standing]
"""Returns how the members stand at a moment, with these loads."""

_CLOSES, _COMES, _OPENS = range(3)
Event = tuple[datetime, int, int, str, str]
"""When, what, the shard in which the clock finds it, which lead, and whose it is that closes."""


@dataclass(frozen=True)
class Tried:
    """What the rules would do with one lead: at `at`, for `until` where it still waits then."""

    lead: Lead
    at: datetime
    decision: Decision
    pool_id: str


@dataclass(frozen=True)
class Share:
    """How many leads of a rule a member would get."""

    userid: str
    weight: int
    given: int


@dataclass(frozen=True)
class Fairness:
    """How evenly a rule would give; `jain` is 1 where everybody gets by their weight (spec 4.7 F3)."""

    rule_id: str
    algorithm: Algorithm
    members: tuple[Share, ...]
    spread: int
    jain: float


def tried(
    rules: RuleSet,
    leads: Iterable[Lead],
    standing_at: StandingAt,
    loads: Mapping[str, Load],
    cursors: Mapping[str, Cursor],
    now: datetime,
) -> list[Tried]:
    """Return what rules would do with leads, in the order of their creation.

    `loads` and `cursors` are where the members and the turns stand at first. What still waits at `now` has
    the decision to wait.
    """
    desk = _Desk(rules, standing_at, loads, cursors, now)
    for each in leads:
        desk.expect(each)
    return desk.worked_off()


class _Desk:
    """Gives one lead after the other, as the engine does."""

    def __init__(
        self,
        rules: RuleSet,
        standing_at: StandingAt,
        loads: Mapping[str, Load],
        cursors: Mapping[str, Cursor],
        now: datetime,
    ) -> None:
        self._rules, self._standing_at, self._now = rules, standing_at, now
        self._loads = dict(loads)
        self._cursors = {each.rule_id: cursors.get(each.rule_id, Cursor()) for each in rules.rules}
        self._leads: dict[str, Lead] = {}
        self._found: dict[str, Tried] = {}
        self._events: list[Event] = []

    def expect(self, lead: Lead) -> None:
        """Let a lead come when it came."""
        if lead.created_at is None:
            return
        self._leads[lead.lead_id] = as_it_came(lead)
        heapq.heappush(self._events, (lead.created_at, _COMES, 0, lead.lead_id, ""))

    def worked_off(self) -> list[Tried]:
        """Return what became of every lead."""
        while self._events:
            at, kind, _, lead_id, userid = heapq.heappop(self._events)
            if kind == _CLOSES:
                self._loads[userid] = released(self._loads[userid])
            else:
                self._decide(self._leads[lead_id], at)
        return sorted(self._found.values(), key=lambda each: (each.lead.created_at, each.lead.lead_id))

    def _decide(self, lead: Lead, at: datetime) -> None:
        turns = {rule_id: (cursor, 0) for rule_id, cursor in self._cursors.items()}
        decision = decided_by(self._rules, lead, self._standing_at(self._loads, at), turns, at)
        pool_id = pool_for(decision, self._rules, lead).pool_id
        self._found[lead.lead_id] = Tried(lead, at, decision, pool_id)
        if decision.until and decision.until <= self._now:
            opens = (decision.until, _OPENS, shard_of(lead.lead_id), lead.lead_id, "")
            heapq.heappush(self._events, opens)
        if decision.userid:
            self._give(lead, decision, at)

    def _give(self, lead: Lead, decision: Decision, at: datetime) -> None:
        name = decision.userid.lower()
        self._loads[name] = given(self._loads.get(name, Load(name)), at)
        if decision.cursor:
            self._cursors[decision.rule_id] = decision.cursor
        if lead.closed_at and lead.closed_at > at:
            heapq.heappush(self._events, (lead.closed_at, _CLOSES, 0, lead.lead_id, name))


def as_it_came(lead: Lead) -> Lead:
    """Return a lead as it was when it came: nobody's, and nobody's before."""
    return replace(
        lead, status="NEW", owner="", pool_id="", cooldowns=(), queued_until=None, recycle_count=0, epoch=0
    )


def fairness(rules: RuleSet, outcomes: Iterable[Tried]) -> list[Fairness]:
    """Return how evenly each rule gave, those that gave nothing included."""
    by_rule: dict[str, Counter[str]] = {each.rule_id: Counter() for each in rules.rules}
    for each in outcomes:
        if each.decision.userid and each.decision.rule_id in by_rule:
            by_rule[each.decision.rule_id][each.decision.userid.lower()] += 1
    pools = {each.pool_id: each for each in rules.pools}
    found = []
    for rule in rules.rules:
        if rule.pool_id in pools:
            counts = by_rule[rule.rule_id]
            shares = [
                Share(each.userid, each.weight, counts[each.userid.lower()])
                for each in members_of(rule, pools[rule.pool_id])
            ]
            found.append(Fairness(rule.rule_id, rule.algorithm, tuple(shares), _spread(shares), jain(shares)))
    return found


def jain(shares: Sequence[Share]) -> float:
    """Return Jain's index of leads by weight; 1 where there are none."""
    parts = [Fraction(each.given, each.weight) for each in shares]
    total, squares = sum(parts), sum(each * each for each in parts)
    return round(float(total * total / (len(parts) * squares)), 4) if squares else 1.0


def _spread(shares: Sequence[Share]) -> int:
    counts = [each.given for each in shares]
    return max(counts, default=0) - min(counts, default=0)
