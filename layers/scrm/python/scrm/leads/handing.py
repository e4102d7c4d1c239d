"""Handing a customer from sales to service, once a lead, step after step (LED-28)."""

from datetime import datetime

from scrm.leads import dynamodb as stored
from scrm.leads.handover import Handover, service_owner, task_of_step
from scrm.leads.handover_dynamodb import handover, record
from scrm.leads.model import Lead
from scrm.settings.dynamodb import load as load_settings
from scrm.staff.dynamodb import directory
from scrm.tasks.dynamodb import DynamoTasks
from scrm.tasks.model import Task

tasks = DynamoTasks()


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

    A to-do is kept for 90 days after it was closed; later it stands as not begun.
    """
    found: list[Task | None] = []
    began: datetime | None = known.at
    for number in range(len(known.steps)):
        meant = task_of_step(known, number, began) if began else None
        there = tasks.get(meant.id) if meant else None
        began = there.closed_at if there and there.status == "done" else None
        found.append(there)
    return found


def sees_handover(known: Handover, lead: Lead, userid: str) -> bool:
    """Return whether a member takes part in a handover."""
    return userid.lower() in {known.service_owner.lower(), known.sales_owner.lower(), lead.owner.lower()}
