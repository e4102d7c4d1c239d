"""Telling the bars of SOPs how a handover stands (spec 3.7); people are told by what follows from its batch.

Messages of one customer keep their order: the queue's group is the customer. Harmless to repeat.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from scrm.inheritance.model import Item
from scrm.inheritance.plan import Plan, PlanBatch
from scrm.moments import rfc3339
from scrm.sops.queueing import Told, tell_all
from scrm.sops.sops_dynamodb import defined

Phase = Literal["pending", "succeeded", "refused"]


def tell_pending(batch: PlanBatch, items: Sequence[Item], now: datetime) -> None:
    """Tell that customers are about to be handed over: their bars pause."""
    _tell(batch, items, "pending", now)


def tell_succeeded(batch: PlanBatch, item: Item, at: datetime) -> None:
    """Tell that a customer has moved at `at`: their bars go on under the takeover."""
    _tell(batch, [item], "succeeded", at)


def tell_over(plan: Plan, batch: PlanBatch, item: Item, now: datetime) -> None:
    """Tell that an item is over without success: bars go on, or end with a friendship nobody has any more.

    What WeCom never took changes nothing of it: bars go on as if nothing had been. So they do for one that
    another takeover is asked next for.
    """
    refused = item.status == "REFUSED" and plan.mode == "resigned"
    _tell(batch, [item], "refused", now, mode="resigned" if refused else "onjob")


def _tell(batch: PlanBatch, items: Sequence[Item], phase: Phase, at: datetime, mode: str = "") -> None:
    if not items or not defined.sops():
        return
    facts: dict[str, Any] = {
        "phase": phase,
        "handover": batch.handover,
        "takeover": batch.takeover,
        "mode": mode or batch.mode,
        "at": rfc3339(at),
    }
    tell_all(
        Told(
            each.customer_id,
            "transfer",
            f"{batch.plan_id}#{batch.number}#{each.external_userid}#{phase}#{each.attempt}",
            {**facts, "external_userid": each.external_userid},
        )
        for each in items
    )
