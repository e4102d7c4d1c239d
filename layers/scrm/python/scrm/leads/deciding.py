"""The decision on one lead: sticky sources, then rules by priority, then the pool (spec 4.1). Pure.

The same function decides when a lead arrives and when a set of rules is tried on leads of the past; what it
returns says of each stage what it came to, so that the lead's page can tell why.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from scrm.leads.algorithms import Algorithm, Cursor, pick
from scrm.leads.candidates import Candidate, Need, Reason, free, in_region, judged

OffHours = Literal["queue_until_open", "duty", "pool"]
StickySource = Literal["open_lead", "last_won", "friend"]
Why = Literal[
    "sticky", "rule", "duty", "queued", "no_rule", "nobody_free", "skill_unmet", "region_unmet", "off_hours"
]


@dataclass(frozen=True)
class Sticky:
    """A member whom the lead's person is used to; an inactive one falls through to the next source."""

    source: StickySource
    userid: str
    active: bool = True


@dataclass(frozen=True)
class Rule:
    """A rule that fits the lead, with the members it may choose as they stand now.

    `by_region` and `skills` narrow whom the algorithm chooses among. Off hours is when no member is on
    shift; `opens_at` is when the next shift begins, `duty` who takes leads meanwhile, "" for nobody who can.
    """

    rule_id: str
    algorithm: Algorithm
    members: Sequence[Candidate]
    cursor: Cursor = field(default_factory=Cursor)
    skills: Mapping[str, int] = field(default_factory=dict)
    by_region: bool = False
    off_hours: OffHours = "pool"
    opens_at: datetime | None = None
    duty: str = ""


@dataclass(frozen=True)
class Stage:
    """What one stage came to. `judgement` tells of each member why they might not; None: they might."""

    stage: Literal["sticky", "rule"]
    subject: str
    code: str
    judgement: Mapping[str, Reason | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """Who gets the lead ("": nobody yet), by which rule and why, and everything that was looked at.

    `cursor` is where the rule's turns stand afterwards, None where they have not moved. `until`: the lead
    waits for that moment and is decided again.
    """

    userid: str
    why: Why
    rule_id: str = ""
    cursor: Cursor | None = None
    until: datetime | None = None
    stages: tuple[Stage, ...] = ()


def decide(
    sticky: Sequence[Sticky], rules: Iterable[Rule], region: str, excluded: frozenset[str] = frozenset()
) -> Decision:
    """Return what becomes of a lead: `sticky` in the order of their sources, `rules` by priority.

    Rules behind the one that chooses are not asked for.

    A sticky assignment does not ask for capacity and moves no cursor. `excluded` are ex-owners in their
    cooldown, however their userid is spelled. No eligible member: the next rule; none at all: the pool, with
    the last rule's reason.
    """
    excluded = frozenset(each.lower() for each in excluded)
    stages: list[Stage] = []
    for each in sticky:
        if each.active and each.userid.lower() not in excluded:
            stages.append(Stage("sticky", each.userid, each.source))
            return Decision(each.userid, "sticky", stages=tuple(stages))
        code = "sticky_excluded" if each.active else "sticky_inactive"
        stages.append(Stage("sticky", each.userid, code))
    why: Why = "no_rule"
    for rule in rules:
        found = _by_rule(rule, region, excluded)
        stages += found.stages
        if found.userid or found.until:
            return Decision(found.userid, found.why, found.rule_id, found.cursor, found.until, tuple(stages))
        why = found.why
    return Decision("", why, stages=tuple(stages))


def _by_rule(rule: Rule, region: str, excluded: frozenset[str]) -> Decision:
    judgement = judged(rule.members, Need(rule.skills, excluded))
    eligible = free(rule.members, judgement)
    if rule.by_region and eligible:
        near = in_region(eligible, region)
        kept = {each.userid for each in near}
        for each in eligible:
            if each.userid not in kept:
                judgement[each.userid] = "region_unmet"
        eligible = near
    if eligible:
        chosen, cursor = pick(rule.algorithm, eligible, rule.cursor)
        stage = Stage("rule", rule.rule_id, rule.algorithm, judgement)
        return Decision(chosen.userid, "rule", rule.rule_id, cursor, stages=(stage,))
    return _by_nobody(rule, judgement, excluded)


def _by_nobody(rule: Rule, judgement: Mapping[str, Reason | None], excluded: frozenset[str]) -> Decision:
    """Return what a rule says where no member may have the lead."""
    if _is_closed(rule, judgement):
        if rule.off_hours == "duty" and rule.duty and rule.duty.lower() not in excluded:
            stage = Stage("rule", rule.rule_id, "duty", judgement)
            return Decision(rule.duty, "duty", rule.rule_id, stages=(stage,))
        if rule.off_hours == "queue_until_open" and rule.opens_at:
            stage = Stage("rule", rule.rule_id, "queued", judgement)
            return Decision("", "queued", rule.rule_id, until=rule.opens_at, stages=(stage,))
        return Decision("", "off_hours", stages=(Stage("rule", rule.rule_id, "off_hours", judgement),))
    why = _shortage(rule, judgement)
    return Decision("", why, stages=(Stage("rule", rule.rule_id, why, judgement),))


def _is_closed(rule: Rule, judgement: Mapping[str, Reason | None]) -> bool:
    """Return whether nobody is on shift who otherwise might work."""
    there = [each for each in rule.members if judgement[each.userid] not in {"inactive", "on_leave"}]
    return bool(there) and all(not each.on_shift for each in there)


def _shortage(rule: Rule, judgement: Mapping[str, Reason | None]) -> Why:
    """Return what the rule lacks: nobody with the skill who is free is a matter of the skill."""
    if rule.skills and "skill_unmet" in judgement.values():
        return "skill_unmet"
    if "region_unmet" in judgement.values():
        return "region_unmet"
    return "nobody_free"
