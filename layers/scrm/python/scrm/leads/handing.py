"""Handing a customer from sales to service, once a lead, step after step (LED-28)."""

from datetime import datetime

from scrm.leads import dynamodb as stored
from scrm.leads.handover import Handover, service_owner, task_of_step
from scrm.leads.handover_dynamodb import handover, note_handed_on, record
from scrm.leads.model import Lead
from scrm.settings.dynamodb import load as load_settings
from scrm.settings.model import Duty
from scrm.staff.dynamodb import directory
from scrm.tasks.dynamodb import DynamoTasks
from scrm.tasks.model import Task, task

DUTIES: tuple[Duty, ...] = ("service", "sales")
ATTEMPTS = 5
tasks = DynamoTasks()


class HandoverContended(Exception):
    """Others kept changing it; trying again goes on from there."""


def hand_over(lead_id: str, event: str, at: datetime, now: datetime) -> None:
    """Hand a lead's customer to service where the event is the one for it. Safe to repeat: once a lead."""
    settings, lead = load_settings(), stored.lead(lead_id)
    if settings.handover_event != event or lead is None:
        return
    active = {each.key for each in directory(now).members.values() if each.status == "active"}
    external_userid = next((value for kind, value in lead.keys if kind == "external_userid"), "")
    told = Handover(
        lead_id,
        event,
        at,
        service_owner(lead_id, settings.handover_owners, active, lead.owner),
        lead.owner,
        settings.handover_steps,
        external_userid,
        lead.customer_id,
    )
    record(told)
    go_on(lead_id, 0, at)


def go_on(lead_id: str, number: int, began: datetime) -> None:
    """Open the to-do of a step; nothing after the last. Safe to repeat. 1 RRU, 1 WRU."""
    known = handover(lead_id)
    if known and (opened := task_of_step(known, number, began if number else known.at)):
        tasks.open(opened)


def progress(known: Handover) -> list[Task | None]:
    """Return the to-do of each step that has begun, then None for each that has not. 0.5 RRU a step.

    As much again for each time it was handed on. A to-do is kept for 90 days after it was closed; later it
    stands as not begun.
    """
    found: list[Task | None] = []
    began: datetime | None = known.at
    for number in range(len(known.steps)):
        there = _latest(known, number, began) if began else None
        began = there.closed_at if there and there.status == "done" else None
        found.append(there)
    return found


def _latest(known: Handover, number: int, began: datetime) -> Task | None:
    """Return the to-do of a step of whoever had it last: those of former owners were cancelled."""
    for owner in reversed(known.owners(known.steps[number][2])):
        meant = task_of_step(known, number, began, owner)
        if meant and (there := tasks.get(meant.id)):
            return there
    return None


def hand_on(lead_id: str, former: str, userid: str) -> bool:
    """Give what a member has of a lead's service to another; return whether they had any. Safe to repeat.

    1 RRU, 1 WRU where they had. Their open to-dos are the caller's to move (`moved_step`).
    """
    for _ in range(ATTEMPTS):
        known = handover(lead_id)
        if known is None or former.lower() not in _current(known):
            return False
        if note_handed_on(known, former, userid):
            return True
    raise HandoverContended(lead_id)


def moved_step(to_do: Task, userid: str) -> Task:
    """Return the to-do of a step under another member: of the same step, as `progress` looks for it."""
    payload = to_do.payload
    return task(
        "service",
        userid,
        to_do.due,
        f"handover#{payload['handover']}#{payload['step']}",
        created_at=to_do.created_at,
        external_userid=to_do.external_userid,
        customer_id=to_do.customer_id,
        payload={**payload, "handed_over_by": to_do.owner},
    )


def _current(known: Handover) -> set[str]:
    return {known.owners(each)[-1].lower() for each in DUTIES}


def sees_handover(known: Handover, lead: Lead, userid: str) -> bool:
    """Return whether a member takes part in a handover."""
    took_part = {each.lower() for duty in DUTIES for each in known.owners(duty)}
    return userid.lower() in took_part | {lead.owner.lower()}
