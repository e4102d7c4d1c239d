"""Storing the steps of a lead's life, together with how much its owners have (docs/decisions/0024)."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from scrm.leads import dynamodb as stored
from scrm.leads import last_dynamodb, loads_dynamodb, rules_dynamodb
from scrm.leads.assigning import next_look
from scrm.leads.dynamodb import LeadChanged, Step
from scrm.leads.loads import given, released
from scrm.leads.model import Lead
from scrm.leads.policy import Pool
from scrm.staff.model import key

ATTEMPTS = 5

Change = Callable[[Lead, Pool], Lead]
"""Makes of a lead, and the pool whose terms hold for it, what it is to be; may raise machine.NotAllowed."""

Also = Callable[[Lead, Lead], Iterable[Step]]
"""Returns what is to be stored with a change, of the lead before and after."""


def nothing_else(_before: Lead, _after: Lead) -> Iterable[Step]:
    """Return that nothing is stored beside the lead."""
    return ()


def change(lead_id: str, change_it: Change, now: datetime, also: Also = nothing_else) -> Lead:
    """Change a lead by a rule; return it as stored, or as it was where the rule changes nothing.

    `also` is stored in the same transaction, or nothing is; with it a version is stored even where the rule
    changes nothing. What an owner gains or loses is counted in it, too. Raises whatever the rule raises,
    LookupError where there is no such lead, LeadChanged when others kept changing it. 4 WRU with one owner,
    6 with two, and 2 for each index key that changes.
    """
    for _ in range(ATTEMPTS):
        before = stored.lead(lead_id)
        if before is None:
            raise LookupError(lead_id)
        pool = pool_of(before, now)
        after = _housed(change_it(before, pool), now)
        more = [*also(before, after)]
        if after == before and not more:
            return before
        try:
            steps = [*_loads(before, after, now), *_closed(before, after), *more]
            return stored.save(after, before, next_look(after, pool.protection), steps)
        except LeadChanged:
            continue
    raise LeadChanged


def pool_of(lead: Lead, now: datetime) -> Pool:
    """Return the pool whose terms hold for a lead: the default one's where its own is no longer in the rules.

    Without any in force: the usual terms.
    """
    rules = rules_dynamodb.in_force.get(now)
    return rules.pool(lead.pool_id) or rules.pool(rules.default_pool) or Pool(lead.pool_id, "公海")


def _housed(lead: Lead, now: datetime) -> Lead:
    """Return a lead that waits in a pool in one that there is, so that somebody finds it."""
    if lead.is_owned or lead.status not in {"POOLED", "NURTURE"}:
        return lead
    pool_id = pool_of(lead, now).pool_id
    return lead if pool_id == lead.pool_id else replace(lead, pool_id=pool_id)


def _loads(before: Lead, after: Lead, now: datetime) -> list[Step]:
    """Return the steps that count whom a lead was taken from and whom it was given to."""
    had = key(before.owner) if before.is_owned else ""
    has = key(after.owner) if after.is_owned else ""
    if had == has:
        return []
    steps = []
    if had:
        load = loads_dynamodb.load_of(had)
        steps.append(loads_dynamodb.load_step(load, released(load)))
    if has:
        load = loads_dynamodb.load_of(has)
        steps.append(loads_dynamodb.load_step(load, given(load, now)))
    return steps


def _closed(before: Lead, after: Lead) -> list[Step]:
    """Return the steps that note a lead that closes as the latest of its keys, and whose it is then (4.3)."""
    if before.status == "WON" and after.status == "LOST":
        return last_dynamodb.refunded_steps(after)
    if before.status == after.status == "WON" and before.owner != after.owner:
        return last_dynamodb.passed_on_steps(after)
    if after.is_open or not before.is_open:
        return []
    return [last_dynamodb.closed_step(after, each) for each in after.keys]
