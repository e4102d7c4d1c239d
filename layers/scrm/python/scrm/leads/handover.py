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
    """A lead that went to service: at which event, to whom, with the steps that held then.

    `handed_on` are the members who gave what they had of it to another since, (from, to), the first first.
    """

    lead_id: str
    event: str
    at: datetime
    service_owner: str
    sales_owner: str
    steps: tuple[Step, ...]
    external_userid: str = ""
    customer_id: str = ""
    handed_on: tuple[tuple[str, str], ...] = ()

    def owners(self, duty: Duty) -> list[str]:
        """Return who had, one after the other, and has now what is done by service or by sales."""
        chain = [self.service_owner if duty == "service" else self.sales_owner]
        for former, userid in self.handed_on:
            if former.lower() == chain[-1].lower():
                chain.append(userid)
        return chain


def service_owner(lead_id: str, owners: Sequence[str], active: Collection[str], otherwise: str) -> str:
    """Return who of the service owners takes a lead: each gets as many; none is active: the sales owner."""
    able = [each for each in owners if each.lower() in active]
    return able[crc32(lead_id.encode()) % len(able)] if able else otherwise


def task_of_step(handover: Handover, number: int, began: datetime, owner: str = "") -> Task | None:
    """Return the to-do of a step that begins at `began`, None after the last. The same ones give the same.

    It is for whoever has that part now, or for `owner`.
    """
    if number >= len(handover.steps):
        return None
    title, days, duty = handover.steps[number]
    return task(
        "service",
        owner or handover.owners(duty)[-1],
        began + timedelta(days=days),
        f"handover#{handover.lead_id}#{number}",
        created_at=began,
        external_userid=handover.external_userid or None,
        customer_id=handover.customer_id or None,
        payload={"title": title, "handover": handover.lead_id, "step": number},
    )
