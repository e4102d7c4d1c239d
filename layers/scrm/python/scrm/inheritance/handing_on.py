"""What a successful handover moves (spec 2.3, SETTLED): the relation, the leads and the bars of a customer.

Every step may be repeated. Leads go first: whose friendship ends without them would lose them to the pool.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from scrm.customers.dynamodb import Customers
from scrm.customers.model import Relation, VersionConflict
from scrm.customers.relation import Fact, FactKind, knows, learn
from scrm.inheritance.model import Item
from scrm.inheritance.plan import Plan, PlanBatch
from scrm.inheritance.telling import tell_succeeded
from scrm.leads.inheriting import inherit

BY_HANDOVER = 202
"""WeCom's add_way of a friendship that a handover made."""
ATTEMPTS = 6
customers = Customers()


def hand_on(plan: Plan, batch: PlanBatch, item: Item, now: datetime) -> None:
    """Move everything of ours that belongs to a customer to the takeover. Safe to repeat."""
    at = item.at or now
    inherit(item.customer_id, batch.handover, batch.takeover, now, plan.reason)
    _end_friendship(batch, item, at, now)
    _begin_friendship(batch, item, at, now)
    tell_succeeded(batch, item, at)


def _end_friendship(batch: PlanBatch, item: Item, at: datetime, now: datetime) -> None:
    """Let the handover's friendship end as transferred; one that had ended otherwise stays so (2.4)."""
    fact = _fact("transferred", batch, at)
    _learnt(item.external_userid, batch.handover, fact, now, only_if=lambda it: it.status == "active")


def _begin_friendship(batch: PlanBatch, item: Item, at: datetime, now: datetime) -> None:
    """Let the takeover be a friend from then on, unless they were: WeCom tells of no add of theirs."""
    _learnt(
        item.external_userid,
        batch.takeover,
        _fact("observed", batch, at),
        now,
        only_if=lambda it: it.status != "active",
        add_way=BY_HANDOVER,
    )


def _fact(kind: FactKind, batch: PlanBatch, at: datetime) -> Fact:
    return Fact(kind, int(at.timestamp()), f"{batch.plan_id}.{batch.number}")


def _learnt(
    external_userid: str,
    userid: str,
    fact: Fact,
    now: datetime,
    *,
    only_if: Callable[[Relation], bool],
    add_way: int | None = None,
) -> None:
    for attempt in range(ATTEMPTS):
        there = customers.relation(external_userid, userid, consistent=True)
        before = there or Relation(external_userid, userid)
        if not only_if(before) or knows(before.facts, fact, before.forgotten_until):
            return
        facts, forgotten = learn(before.facts, fact, before.forgotten_until)
        after = replace(before, facts=facts, forgotten_until=forgotten)
        if add_way is not None:
            after = replace(after, add_way=add_way)
        try:
            customers.save_relation(after, now)
        except VersionConflict:
            if attempt + 1 == ATTEMPTS:
                raise
        else:
            return
