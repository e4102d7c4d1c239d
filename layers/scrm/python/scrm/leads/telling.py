"""Why a lead is where it is and what happens next: what its page shows (spec 4.1, docs/decisions/0024)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from scrm.leads import rules_dynamodb
from scrm.leads.dynamodb import LEAD, LeadRow, pk_of
from scrm.leads.explaining import unfolded
from scrm.leads.history_dynamodb import HistoryRow, history
from scrm.leads.living import pool_of
from scrm.leads.model import Lead
from scrm.leads.pipeline import stages_of
from scrm.leads.policy import RuleSet, members_of
from scrm.leads.sentences import (
    DecisionTold,
    Explained,
    Names,
    StepTold,
    comes_next,
    decision_told,
    step_told,
)
from scrm.staff.dynamodb import directory


def explained(lead_id: str, now: datetime) -> Explained:
    """Return why a lead is where it is, its history and what happens next.

    The decision is the latest there was, told by the version of the rules it was made with. Raises
    LookupError where there is no such lead. 1 RRU, the history by bytes, and the version of the rules.
    """
    try:
        row = LeadRow.get(pk_of(lead_id), LEAD, consistent_read=True)
    except LeadRow.DoesNotExist:
        raise LookupError(lead_id) from None
    lead, steps = row.entity(), history(lead_id)
    names = {name: each.name for name, each in directory(now).members.items()}
    pool = pool_of(lead, now)
    decided = row.decision or next((each.decision for each in reversed(steps) if each.decision), None)
    return Explained(
        decision_of(decided, lead, names) if decided else None,
        steps_of(steps, names),
        tuple(comes_next(lead, pool.protection, pool.name, names, now)),
    )


def decision_of(folded: Mapping[str, Any], lead: Lead, names: Names) -> DecisionTold:
    """Return a decision as it was kept, unfolded by its version of the rules, which is read by bytes."""
    rules = rules_dynamodb.version(folded["rules"]) or RuleSet()
    told = decision_told(unfolded(folded, members_by_rule(rules)), names)
    return replace(told, stages=stages_of(lead, told, rules))


def members_by_rule(rules: RuleSet) -> dict[str, list[str]]:
    """Return whom each rule of a version chooses among, in the order of an explanation's letters."""
    pools = {each.pool_id: each for each in rules.pools}
    return {
        each.rule_id: [member.userid for member in members_of(each, pools[each.pool_id])]
        for each in rules.rules
        if each.pool_id in pools
    }


def steps_of(rows: Sequence[HistoryRow], names: Names) -> tuple[StepTold, ...]:
    """Return the steps of a history for a reader, the first first."""
    return tuple(step_told({name: getattr(each, name) for name in _SHOWN}, names) for each in rows)


_SHOWN = ("at", "trigger", "by", "reason", "to", "former", "owner")
