"""/admin/lead-rules:preview: what a set of rules would do with the leads of a past period (LED-12)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from scrm.admin.audited import no_effect
from scrm.admin.rights import KEEP_LEAD_RULES
from scrm.http import problems
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.leads import leaves_dynamodb, loads_dynamodb, rules_dynamodb
from scrm.leads.algorithms import Cursor
from scrm.leads.created_dynamodb import created_between, leads_of
from scrm.leads.leaves_dynamodb import Leave, away
from scrm.leads.loads import Load
from scrm.leads.model import Lead
from scrm.leads.policy import Pool, RuleSet, Standing
from scrm.leads.rule_checking import wrong_pool
from scrm.leads.rule_models import FairnessOut, TriedOut, TriedPoolIn, TriedRulesIn, TriedRulesOut
from scrm.leads.rule_routes import RULES, checked, rules_of
from scrm.leads.sentences import WHY
from scrm.leads.trying import Tried, fairness, tried
from scrm.settings import dynamodb as settings
from scrm.settings.model import Settings
from scrm.staff.dynamodb import directory

MOST = 500
"""Leads of one preview."""
LONGEST = timedelta(days=31)


def declare(api: Api) -> None:
    """Add the route."""
    api.route(
        "POST",
        RULES + ":preview",
        roles=KEEP_LEAD_RULES,
        scope="corp",
        body=TriedRulesIn,
        answers=TriedRulesOut,
    )(preview)


def preview(request: Request) -> TriedRulesOut:
    """Try rules on leads of the past as the engine would give them; nothing is written.

    Leads that staff made by hand are their makers' and are not asked of rules, nor are blacklisted ones.
    """
    no_effect(request)
    asked: TriedRulesIn = request.body
    if not asked.since < asked.until <= asked.since + LONGEST:
        raise problems.invalid_field("until", f"应晚于 since，最多 {LONGEST.days} 天")
    rules = _rules(request, asked)
    ids = created_between(asked.since, asked.until, MOST + 1)
    leads = [each for each in leads_of(ids[:MOST]) if _is_decided(each)]
    loads, turns = _start(asked, rules)
    now = request.now.replace(microsecond=0)
    outcomes = tried(rules, leads, _standing_at(rules, now), loads, turns, now)
    return TriedRulesOut(
        leads=len(outcomes),
        complete=len(ids) <= MOST,
        by_why=Counter(each.decision.why for each in outcomes),
        outcomes=[_shown(each, lead.owner) for each, lead in zip(outcomes, leads, strict=True)],
        fairness=[FairnessOut.model_validate(each) for each in fairness(rules, outcomes)],
    )


def _rules(request: Request, asked: TriedRulesIn) -> RuleSet:
    """Return the rules to try, beside the pools asked for or those in force."""
    there = rules_of(rules_dynamodb.head())
    if asked.pools is not None:
        pools = tuple(_pool(request, each, place) for place, each in enumerate(asked.pools))
        there = replace(there, pools=pools)
    return checked(request, asked, there)


def _pool(request: Request, asked: TriedPoolIn, place: int) -> Pool:
    pool = asked.pool(asked.pool_id, 0)
    if wrong := wrong_pool(pool, directory(request.now).members):
        raise problems.invalid(*(replace(each, field=f"pools.{place}.{each.field}") for each in wrong))
    return pool


def _is_decided(lead: Lead) -> bool:
    return lead.source != "manual" and (lead.status, lead.reason) != ("INVALID", "blacklist")


def _start(asked: TriedRulesIn, rules: RuleSet) -> tuple[Mapping[str, Load], Mapping[str, Cursor]]:
    """Return the loads and turns to begin with: none, or those of now."""
    if not asked.from_now:
        return {}, {}
    turns = rules_dynamodb.cursors(each.rule_id for each in rules.rules)
    return loads_dynamodb.loads(), {rule_id: cursor for rule_id, (cursor, _) in turns.items()}


def _standing_at(rules: RuleSet, now: datetime) -> partial[Standing]:
    active = frozenset(each.key for each in directory(now).members.values() if each.status == "active")
    corp = settings.load() if rules.by_calendar else Settings()
    return partial(_standing, active, leaves_dynamodb.all_of_them(now), corp)


def _standing(
    active: frozenset[str], leaves: list[Leave], corp: Settings, loads: Mapping[str, Load], at: datetime
) -> Standing:
    return Standing(loads, active, away(leaves, at), corp)


def _shown(each: Tried, owner_now: str) -> TriedOut:
    decision = each.decision
    return TriedOut(
        lead_id=each.lead.lead_id,
        created_at=each.lead.created_at or each.at,
        decided_at=each.at,
        userid=decision.userid,
        pool_id=each.pool_id,
        rule_id=decision.rule_id,
        why=decision.why,
        sentence=WHY[decision.why],
        until=decision.until,
        owner_now=owner_now,
    )
