"""Giving a lead to somebody: reads, the decision, one transaction (spec 4.1, docs/decisions/0024).

Whoever loses a race reads again and decides again; after so many races the message comes back. A lead whose
epoch is over is left as it is, so that a redelivery changes nothing (G2).
"""

import random
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from scrm.leads import dynamodb as stored
from scrm.leads import leaves_dynamodb, loads_dynamodb, rules_dynamodb
from scrm.leads.deciding import Decision
from scrm.leads.dynamodb import LeadChanged
from scrm.leads.engine import decided_by, pool_for
from scrm.leads.explaining import folded
from scrm.leads.loads import Load, given
from scrm.leads.model import Lead
from scrm.leads.policy import Pool, RuleSet, Standing
from scrm.leads.protection import Held, Policy, Protection, began, next_limit, remind_at
from scrm.leads.worktime import due_after
from scrm.settings import dynamodb as settings
from scrm.settings.model import Settings
from scrm.staff.dynamodb import directory
from scrm.staff.model import key
from scrm.telemetry import count

ATTEMPTS = 12
LONGEST_WAIT = 0.2
SYSTEM = "system"
DECIDABLE = frozenset({"NEW", "POOLED"})


def assign(lead_id: str, epoch: int, now: datetime) -> Lead | None:
    """Decide whose a lead is, and record it; return the lead as stored, None where nothing is to decide.

    Safe to repeat: `epoch` is that of the lead when the decision was asked for. Raises LeadChanged when
    others were faster at each attempt; trying again helps. 4 requests and 8 WRU for a lead that is new, 9 for
    one that has waited.
    """
    for attempt in range(ATTEMPTS):
        lead = stored.lead(lead_id)
        if lead is None or lead.epoch != epoch or not _is_to_decide(lead, now):
            count("lead_already_decided")
            return None
        try:
            return _decided(lead, now)
        except LeadChanged:
            count("lead_race_lost")
            time.sleep(random.uniform(0, min(LONGEST_WAIT, 0.01 * 2**attempt)))  # noqa: S311  # nosec B311
    raise LeadChanged


def _is_to_decide(lead: Lead, now: datetime) -> bool:
    """Return whether nobody has decided yet; what waits for its pool to open is decided then."""
    waits = lead.queued_until is not None and now < lead.queued_until
    return lead.status in DECIDABLE and not lead.uncleaned and not waits


def _decided(lead: Lead, now: datetime) -> Lead:
    at = now.replace(microsecond=0)
    rules = rules_dynamodb.in_force.get(now)
    loads = loads_dynamodb.loads()
    cursors = rules_dynamodb.cursors((each.rule_id for each in rules.fitting(lead)), rules)
    decision = decided_by(rules, lead, _standing(rules, loads, now), cursors, now)
    explanation = folded(decision, rules.number)
    if decision.until:
        waiting = replace(_noted(lead, "queue", decision, at), queued_until=decision.until)
        return stored.save(waiting, lead, decision.until, decision=explanation)
    pool = pool_for(decision, rules, lead)
    if not decision.userid:
        count("lead_pooled", why=decision.why)
        there = _noted(lead, "pool", decision, at)
        pooled = replace(
            there, status="POOLED", pool_id=pool.pool_id, queued_until=None, epoch=lead.epoch + 1
        )
        return stored.save(pooled, lead, None, decision=explanation)
    before = loads.get(key(decision.userid), Load(key(decision.userid)))
    steps = [loads_dynamodb.load_step(before, given(before, now))]
    if decision.cursor:
        _, turn = cursors[decision.rule_id]
        steps.append(rules_dynamodb.cursor_step(decision.rule_id, decision.cursor, turn, rules))
    owned = owned_by(lead, decision.userid, pool, now, "assign", SYSTEM, decision.why)
    count("lead_assigned", why=decision.why)
    return stored.save(owned, lead, next_look(owned, pool.protection), steps, explanation)


def _noted(lead: Lead, trigger: str, decision: Decision, at: datetime) -> Lead:
    return replace(lead, trigger=trigger, reason=decision.why, updated_by=SYSTEM, updated_at=at)


def owned_by(
    lead: Lead, userid: str, pool: Pool, now: datetime, trigger: str, by: str, reason: str = ""
) -> Lead:
    """Return a lead as somebody's from `now` on, with its protection and the end of its first SLA."""
    at = now.replace(microsecond=0)
    protection = began(at, pool.protection)
    sla = pool.protection.first_sla
    return replace(
        lead,
        status="ASSIGNED",
        owner=userid,
        pool_id=pool.pool_id,
        owned_at=at,
        protect_until=protection.until,
        hard_until=protection.hard_until,
        first_due=due_after(at, sla, settings.load()) if sla else None,
        followed_at=None,
        advanced_at=None,
        queued_until=None,
        reminded_for=None,
        epoch=lead.epoch + 1,
        trigger=trigger,
        reason=reason,
        updated_by=by,
        updated_at=at,
    )


def held(lead: Lead) -> Held:
    """Return an owned lead as the rules of recycling ask it."""
    if lead.owned_at is None or lead.protect_until is None:
        raise ValueError("nobody owns the lead")
    protection = Protection(lead.protect_until, lead.hard_until)
    return Held(
        lead.status,
        lead.owned_at,
        protection,
        lead.first_due,
        lead.followed_at,
        lead.advanced_at,
        lead.locked,
    )


def next_look(lead: Lead, policy: Policy) -> datetime | None:
    """Return when the clock has to look at a lead: to decide on it, remind or recycle; None: never."""
    if waits_for_decision(lead):
        return lead.queued_until or lead.updated_at
    if not lead.is_owned or lead.status == "SIGNED" or lead.locked:
        return None
    limit = next_limit(held(lead), policy)
    reminder = remind_at(held(lead).protection, policy)
    waits = lead.reminded_for != lead.protect_until
    return min((each for each in (limit, reminder if waits else None) if each), default=None)


def waits_for_decision(lead: Lead) -> bool:
    """Return whether a lead has to be decided on: it is new, waits for its pool to open, or again by R1.

    One that has yet to be cleaned waits for that (LED-10).
    """
    if lead.status not in DECIDABLE or lead.uncleaned:
        return False
    return (
        lead.status == "NEW"
        or lead.queued_until is not None
        or (lead.trigger, lead.reason) == ("recycle", "R1")
    )


def _standing(rules: RuleSet, loads: Mapping[str, Load], now: datetime) -> Standing:
    active = [each.key for each in directory(now).members.values() if each.status == "active"]
    corp = settings.load() if rules.by_calendar else Settings()
    return Standing(loads, frozenset(active), leaves_dynamodb.on_leave(now), corp)
