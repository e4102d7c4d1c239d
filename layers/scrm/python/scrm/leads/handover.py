"""From sales to service: what is to be done after a sale, step by step, and by whom (LED-28). Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zlib import crc32

from scrm.settings.model import Duty
from scrm.tasks.model import Task, task

Step = tuple[str, int, Duty]
"""What is to be done, within how many days after the step before, by whom."""


@dataclass(frozen=True)
class Handover:
    """A lead that went to service: at which event, to whom, with the steps that held then."""

    lead_id: str
    event: str
    at: datetime
    service_owner: str
    sales_owner: str
    steps: tuple[Step, ...]
    external_userid: str = ""
    customer_id: str = ""


def service_owner(lead_id: str, owners: Sequence[str], active: Collection[str], otherwise: str) -> str:
    """Return who of the service owners takes a lead: each gets as many; none is active: the sales owner."""
    able = [each for each in owners if each.lower() in active]
    return able[crc32(lead_id.encode()) % len(able)] if able else otherwise


def task_of_step(handover: Handover, number: int, began: datetime) -> Task | None:
    """Return the to-do of a step that begins at `began`, None after the last. The same ones give the same."""
    if number >= len(handover.steps):
        return None
    title, days, duty = handover.steps[number]
    owner = handover.service_owner if duty == "service" else handover.sales_owner
    return task(
        "service",
        owner,
        began + timedelta(days=days),
        f"handover#{handover.lead_id}#{number}",
        created_at=began,
        external_userid=handover.external_userid or None,
        customer_id=handover.customer_id or None,
        payload={"title": title, "handover": handover.lead_id, "step": number},
    )
