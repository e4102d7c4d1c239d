"""What a successful handover moves (spec 2.3, SETTLED): everything of ours that a customer's owner has.

Every step may be repeated. Leads go first: whose friendship ends without them would lose them to the pool.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from scrm.customers.dynamodb import Customers
from scrm.customers.model import ASSIGNED, Relation, VersionConflict
from scrm.customers.relation import Fact, FactKind, knows, learn, one_handover
from scrm.customers.stays import ASSIGNED_WAYS
from scrm.inheritance.handing_work import move, of_customer
from scrm.inheritance.model import Item
from scrm.inheritance.plan import Plan, PlanBatch
from scrm.inheritance.telling import tell_succeeded
from scrm.leads.inheriting import inherit
from scrm.tasks.model import Task

ATTEMPTS = 6
customers = Customers()


def hand_on(plan: Plan, batch: PlanBatch, item: Item, to_dos: Sequence[Task], now: datetime) -> None:
    """Move everything of ours that belongs to a customer to the takeover. Safe to repeat.

    `to_dos` are the open ones of the handover. What people are told follows from the batch.
    """
    at = item.at or now
    leads = inherit(item.customer_id, batch.handover, batch.takeover, now, plan.reason)
    theirs = of_customer(to_dos, item, _ids_of(item, to_dos), leads.lead_ids)
    move(theirs, batch.takeover, at, now)
    _end_friendship(batch, item, at, now)
    _begin_friendship(batch, item, at, now)
    tell_succeeded(batch, item, at)


def _ids_of(item: Item, to_dos: Sequence[Task]) -> set[str]:
    """Return every id of an item's customer, where any to-do names a customer and no contact."""
    if all(each.external_userid for each in to_dos):
        return {item.customer_id}
    return {item.customer_id, *(each.customer_id for each in customers.whole(item.customer_id))}


def _end_friendship(batch: PlanBatch, item: Item, at: datetime, now: datetime) -> None:
    """Let the handover's friendship end as transferred; one that had ended otherwise stays so (2.4).

    WeCom's own event may tell of the same end, before or after: the earlier of the two is when it ended.
    """
    for attempt in range(ATTEMPTS):
        there = customers.relation(item.external_userid, batch.handover, consistent=True)
        if there is None or there.status not in {"active", "transferred_out"}:
            return
        after = _with(there, _fact("transferred", batch, at))
        if after is None or _saved(after, now, last=attempt + 1 == ATTEMPTS):
            return


def _begin_friendship(batch: PlanBatch, item: Item, at: datetime, now: datetime) -> None:
    """Let the takeover be a friend from then on, unless they were: WeCom tells of no add of theirs then.

    Whoever's contact is gone was erased meanwhile: a friendship of theirs comes with WeCom's own word.
    """
    fact = _fact("inherited", batch, at)
    for attempt in range(ATTEMPTS):
        there = customers.relation(item.external_userid, batch.takeover, consistent=True)
        if there is None:
            contact = customers.contact(item.external_userid, consistent=True)
            if contact is None:
                return
            there = Relation(item.external_userid, batch.takeover, name=contact.name)
        if there.status == "active" and _added_otherwise(there, fact):
            return
        after = _with(there, fact)
        if after and after.status == "active" and after.periods[-1].inherited:
            after = replace(after, add_way=ASSIGNED)
        if after is None or _saved(after, now, last=attempt + 1 == ATTEMPTS):
            return


def _added_otherwise(there: Relation, fact: Fact) -> bool:
    """Return whether the takeover was a friend before: since long, or by an add that WeCom says was theirs.

    WeCom tells of the latest add how it came about; where there were others, it may be of an earlier one.
    """
    own_way = there.add_way not in {None, 0, *ASSIGNED_WAYS} and len(there.periods) == 1
    return own_way or not one_handover(fact.at, there.periods[-1].start)


def _fact(kind: FactKind, batch: PlanBatch, at: datetime) -> Fact:
    name = f"{batch.plan_id}.{batch.number}"
    return Fact(kind, int(at.timestamp()), name, name)


def _with(before: Relation, fact: Fact) -> Relation | None:
    """Return the relation with a fact, None where it is known."""
    if knows(before.facts, fact, before.forgotten_until):
        return None
    facts, forgotten = learn(before.facts, fact, before.forgotten_until)
    return replace(before, facts=facts, forgotten_until=forgotten)


def _saved(after: Relation, now: datetime, *, last: bool) -> bool:
    """Store a relation; return whether nobody had changed it meanwhile. Raises VersionConflict at `last`."""
    try:
        customers.save_relation(after, now)
    except VersionConflict:
        if last:
            raise
        return False
    return True
