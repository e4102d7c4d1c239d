"""Stream records, read into what changed, and what follows from it."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from scrm.changes.effects import Effect
from scrm.table import Row

R = TypeVar("R", bound=Row)


def effects_of_record(record: dict[str, Any]) -> list[Effect]:
    """Return what follows from one stream record; nothing for rows that nothing follows from.

    A member whose ability changed costs one query over the channels, a notice the settings once a minute, a
    new friendship and a change of segments 1 RRU; the rest reads nothing.
    """
    keys = record["dynamodb"]["Keys"]
    change = Change(keys["PK"]["S"], keys["SK"]["S"], record["eventName"] == "INSERT", record["dynamodb"])
    # The place of an order begins with a name that its source chose: collections are looked at first.
    for start, kind in _COLLECTIONS:
        if change.pk.startswith(start) and change.place != "STATE":
            return _following(kind)(change)
    for start, kind in _PLACES:
        if change.place.startswith(start):
            return _following(kind)(change)
    return []


@dataclass(frozen=True)
class Change:
    """One stream record: whose row it is of, whether that is new, and its images."""

    pk: str
    place: str
    is_new: bool
    record: dict[str, Any]

    def images(self, kind: type[R]) -> tuple[R | None, R | None]:
        """Return the row before and after."""
        old, new = self.record.get("OldImage"), self.record.get("NewImage")
        return kind.from_raw_data(old) if old else None, kind.from_raw_data(new) if new else None


@cache
def _following(kind: str) -> Callable[[Change], list[Effect]]:
    """Return what reads a kind of change: a cold process does without its module until the first comes."""
    module, _, name = kind.partition(":")
    found: Callable[[Change], list[Effect]] = getattr(importlib.import_module(f"scrm.changes.{module}"), name)
    return found


_COLLECTIONS = (
    ("ORDERS#", "sale_images:of_order_of_customer"),
    ("SHARES#", "sale_images:of_share"),
    ("TIMELINE#", "trace_images:of_trace"),
    ("SEND#", "sale_images:of_send"),
    ("CARD#", "sop_images:card_moved"),
)
"""What reads a row, by how its collection begins; the segments of a customer stand beside their cards."""

_PLACES = (
    ("SOP#", "sop_images:follows"),
    ("RELATION#", "relation_images:of_relation"),
    ("CHANNEL#", "corp_images:of_channel"),
    ("SERIAL", "corp_images:of_serial"),
    ("STAFF#", "corp_images:of_staff"),
    ("CALL#", "mass_images:of_call"),
    ("HEAD", "mass_images:of_head"),
    ("STATE", "trace_images:of_state"),
    ("CUSTOMER", "sop_images:customer_changed"),
    ("STAGE#", "trace_images:of_stage"),
    ("PLAN", "inheritance_images:of_plan"),
    ("GONE#", "offboarding_images:of_departure"),
    ("BATCH#", "inheritance_images:of_batch"),
    ("TASK#", "work_images:of_task"),
    ("VISIT#", "visits:of_visit"),
    ("NOTICE#", "work_images:of_notice"),
    ("CHUNK#", "work_images:of_chunk"),
    ("JOB", "work_images:of_job"),
    ("ORDER", "sale_images:of_order"),
    ("ITEM#", "sale_images:of_item"),
    ("PRODUCT#", "sale_images:of_product"),
    ("FILE", "work_images:of_file"),
    *((start, "lead_images:follows") for start in ("LEAD", "FOLLOW#", "TOUCH#", "ACCOUNT#")),
)
"""What reads a row, by how its place begins."""
