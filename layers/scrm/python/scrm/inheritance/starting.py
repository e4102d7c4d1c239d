"""Storing plans with their audit line, and starting them: once, and with what somebody has agreed to (0029).

A plan is claimed first (CONFIRMED): whoever is second writes nothing. Then its batches are stored, then it
runs; killed in between it is CONFIRMED, and confirming it again goes on from there.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pynamodb.exceptions import TransactWriteError

from scrm.admin.audited import audited
from scrm.audit.dynamodb import Step
from scrm.http import problems
from scrm.http.request import Request
from scrm.inheritance import plans_dynamodb as stored
from scrm.inheritance.plan import KEPT_BACK, Plan, PlanStatus, outcome_of
from scrm.inheritance.planning import Preview
from scrm.table import in_transaction

DRAFTS: frozenset[PlanStatus] = frozenset({"DRAFT", "CONFIRMED"})
"""Nothing of these has been sent."""


def store(
    request: Request, action: str, before: Plan | None, after: Plan, steps: Sequence[Step] = (), **told: Any
) -> Plan:
    """Store a plan over what was read of it, with its audit line; return it as stored. 409 when changed.

    `steps` are what is written instead of the whole plan: of one that runs, workers write, too.
    """
    fresh = replace(after, version=after.version + 1)
    audited(
        request,
        action,
        f"PLAN#{after.plan_id}",
        told_of(before) if before else None,
        {**told_of(fresh), **told},
        steps or stored.plan_steps(fresh, is_new=before is None),
    )
    return fresh


def told_of(plan: Plan) -> dict[str, Any]:
    """Return what the audit log is told of a plan: members and numbers, no customers."""
    totals = {name: value for name, value in plan.totals.items() if name != "room"}
    return {
        "status": plan.status,
        "mode": plan.mode,
        "reason": plan.reason,
        "note": plan.note,
        "handovers": list(plan.terms["handovers"]),
        "takeovers": list(plan.takeovers),
        "selection_hash": plan.selection_hash,
        "totals": totals,
    }


def start(request: Request, plan: Plan, found: Preview, *, allow_partial: bool = False) -> Plan:
    """Start a draft as `found` says, agreed to by the caller; return it running, or over if nothing is sent.

    Raises a 409 problem when somebody else changed it. Safe to repeat after a crash.
    """
    claimed = replace(
        plan,
        status="CONFIRMED",
        selection_hash=found.selection_hash,
        totals=found.totals(),
        allow_partial=allow_partial,
        approved_by=request.staff.userid,
        approved_at=request.now,
    )
    if plan.status == "DRAFT":
        claimed = store(request, "inheritance_plan_confirmed", plan, claimed)
    try:
        return run(claimed, found, request.now)
    except stored.PlanChanged:
        raise problems.version_conflict() from None


def run(plan: Plan, found: Preview, now: datetime) -> Plan:
    """Store the batches of a confirmed plan and let it run; the stream queues them. Raises PlanChanged.

    One without anything to send is over at once. Safe to repeat.
    """
    batches = found.batches_of(plan.plan_id, now)
    stored.replace_batches(plan.plan_id, batches)
    kept_back = frozenset(each.number for each in batches if each.number.startswith(KEPT_BACK))
    running = replace(
        plan,
        status="RUNNING",
        batches=frozenset(each.number for each in batches),
        finished=kept_back,
        version=plan.version + 1,
    )
    if not found.items:
        running = replace(running, status=running.ends_as, ended_at=now, outcome=outcome_of(batches))
    try:
        with in_transaction() as transaction:
            for step in stored.plan_steps(running, is_new=False):
                step(transaction)
    except TransactWriteError as error:
        if any(each and each.code == "ConditionalCheckFailed" for each in error.cancellation_reasons):
            raise stored.PlanChanged from error
        raise
    return running
