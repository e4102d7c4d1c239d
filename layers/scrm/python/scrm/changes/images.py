"""Stream records, read into what changed, and what follows from it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from scrm import clock
from scrm.changes.channels import channel_changed, code_in_trouble, needs_channels, staff_changed
from scrm.changes.effects import (
    Acted,
    CampaignAnswered,
    Effect,
    FriendshipBegan,
    Happening,
    OrderChanged,
    OrderPaid,
    OrdersChanged,
    ProductKnown,
    Refreshed,
    Shared,
    Signalled,
)
from scrm.changes.escalation import escalated
from scrm.changes.files import file_due, file_in_trouble
from scrm.changes.jobs import chunk_followed, job_started
from scrm.changes.lead_work import (
    customer_acted,
    member_gone,
    relation_lost,
)
from scrm.changes.phones import phones_noted
from scrm.changes.products import product_named, products_missing
from scrm.changes.relations import effects_of
from scrm.changes.segments import friendship_began, segments_moved
from scrm.changes.sends import send_changed, send_used
from scrm.changes.stages import stage_changed
from scrm.changes.tags import rules_met, tags_used
from scrm.changes.tasks import task_changed
from scrm.channel_codes.dynamodb import ChannelRow, channels
from scrm.customers.rows_dynamodb import RelationRow
from scrm.intentions.model import PLACES
from scrm.jobs.rows_dynamodb import CHUNK, JOB, ChunkRow, JobRow
from scrm.leads.saying import SHORT
from scrm.leads.signals import PLACE as SIGNALS
from scrm.library.rows_dynamodb import ITEM, ItemRow, library_pk
from scrm.materials.files_dynamodb import FILE, FileRow
from scrm.materials.files_dynamodb import PREFIX as FILES
from scrm.notices.dynamodb import NoticeRow, delivery_of
from scrm.orders.dynamodb import ORDER, ORDERS, OrderRow
from scrm.orders.model import Order
from scrm.privacy.person import PSEUDONYM
from scrm.products.dynamodb import PREFIX as PRODUCT
from scrm.products.dynamodb import PRODUCTS
from scrm.segments.dynamodb import Definitions
from scrm.segments.members_dynamodb import STATE, StateRow
from scrm.segments.model import State
from scrm.sends.rows_dynamodb import SEND, SHARES, SendRow
from scrm.settings.dynamodb import load as load_settings
from scrm.staff.dynamodb import STAFF, StaffRow, directory
from scrm.stages.dynamodb import MoveRow
from scrm.table import Row
from scrm.tagging.rules import KINDS as RULED
from scrm.tagging.rules_dynamodb import rules
from scrm.tasks.dynamodb import TaskRow, task_of
from scrm.timeline.dynamodb import TIMELINE, EntryRow
from scrm.timeline.model import Entry
from scrm.webhooks.model import OF_KINDS

R = TypeVar("R", bound=Row)

PRODUCT_LIBRARY = library_pk("product")

_definitions = Definitions()

SENT = "SEND#"
CARD = "CARD#"


def effects_of_record(record: dict[str, Any]) -> list[Effect]:
    """Return what follows from one stream record; nothing for rows that nothing follows from.

    A member whose ability changed costs one query over the channels, a notice the settings once a minute, a
    new friendship and a change of segments 1 RRU; the rest reads nothing.
    """
    keys = record["dynamodb"]["Keys"]
    pk, place = keys["PK"]["S"], keys["SK"]["S"]
    # The place of an order begins with a name that its source chose.
    if pk.startswith(ORDERS):
        customer_id = pk.removeprefix(ORDERS)
        return [] if customer_id.startswith(PSEUDONYM) else [OrdersChanged(customer_id)]
    if pk.startswith(SHARES):
        at = place.partition("#")[0]
        # What is only prepared stands before all times.
        is_news = at and record["eventName"] == "INSERT"
        return [Shared(pk.removeprefix(SHARES), datetime.fromisoformat(at))] if is_news else []
    if pk.startswith(TIMELINE):
        return _of_trace(Change(pk, place, record["eventName"] == "INSERT", record["dynamodb"]))
    if pk.startswith(SENT):
        return _of_send(Change(pk, place, record["eventName"] == "INSERT", record["dynamodb"]))
    if pk.startswith(CARD) and place != STATE:
        return _of_card(Change(pk, place, record["eventName"] == "INSERT", record["dynamodb"]))
    for start, follows in _FOLLOWS:
        if place.startswith(start):
            return follows(Change(pk, place, record["eventName"] == "INSERT", record["dynamodb"]))
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


def _of_order(change: Change) -> list[Effect]:
    if change.place != ORDER:
        return []
    source, order_no = change.pk.split("#", 2)[1:]
    before, after = (each.entity() if each else None for each in change.images(OrderRow))
    paid = [OrderPaid(source, order_no)] if _is_or_was_paid(before) or _is_or_was_paid(after) else []
    return [OrderChanged(source, order_no), *paid, *products_missing(before, after)]


def _is_or_was_paid(order: Order | None) -> bool:
    return order is not None and order.sale().paid_at is not None


def _of_item(change: Change) -> list[Effect]:
    if change.pk != PRODUCT_LIBRARY:
        return []
    before, after = (each.entity() if each else None for each in change.images(ItemRow))
    return [*product_named(before, after)]


def _of_product(change: Change) -> list[Effect]:
    known = change.is_new and change.pk == PRODUCTS
    return [ProductKnown(change.place.removeprefix(PRODUCT))] if known else []


def _of_relation(change: Change) -> list[Effect]:
    before, after = (each.entity() if each else None for each in change.images(RelationRow))
    began = friendship_began(before, after)
    friends = [FriendshipBegan(after.external_userid)] if after and began and _tags_show_segments() else []
    return [
        *effects_of(before, after),
        *friends,
        *tags_used(before, after),
        *phones_noted(before, after),
        *relation_lost(before, after),
    ]


def _tags_show_segments() -> bool:
    return any(each.tag_id and each.status == "active" for each in _definitions.current()[1].values())


def _of_state(change: Change) -> list[Effect]:
    before, after = change.images(StateRow)
    if after is None or after.moved_at is None:
        return []
    at = datetime.fromisoformat(after.moved_at)
    old, new = before.entity() if before else State(), after.entity()
    if old.entered.keys() == new.entered.keys():
        return []
    return segments_moved(change.pk.partition("#")[2], old, new, at, _definitions.current()[1])


def _of_channel(change: Change) -> list[Effect]:
    old, new = (each.entity() if each else None for each in change.images(ChannelRow))
    return [*channel_changed(old, new), *code_in_trouble(old, new)]


def _of_serial(change: Change) -> list[Effect]:
    state = change.pk.partition("#")[2]
    return [Refreshed(state, "serial", state)] if change.is_new else []


def _of_stage(change: Change) -> list[Effect]:
    _, moved = change.images(MoveRow)
    return [stage_changed(moved.customer_id, moved.entity())] if moved and change.is_new else []


def _of_trace(change: Change) -> list[Effect]:
    _, row = change.images(EntryRow)
    if row is None or not change.is_new:
        return []
    customer_id, entry = change.pk.removeprefix(TIMELINE), row.entity()
    acted: list[Effect] = [Acted(customer_id, entry)] if row.kind in PLACES else []
    signalled: list[Effect] = [Signalled(customer_id, entry)] if row.kind in SIGNALS else []
    told: list[Effect] = [Happening(customer_id, entry)] if row.kind in OF_KINDS else []
    ruled = rules_met(customer_id, entry, rules(clock.now())) if row.kind in RULED else []
    scanned = _scanned(customer_id, entry) if row.kind == "scan" else []
    return [*acted, *signalled, *scanned, *told, *ruled, *customer_acted(customer_id, entry)]


def _scanned(customer_id: str, entry: Entry) -> list[Effect]:
    campaign = str(entry.facts.get("code", ""))[:SHORT]
    act = f"{customer_id}#{entry.at.isoformat()}#{entry.entry_id}"
    return [CampaignAnswered(campaign, "scan", act, entry.at)] if campaign else []


def _of_send(change: Change) -> list[Effect]:
    send_id = change.pk.removeprefix(SENT)
    if change.place != SEND:
        return [*send_used(send_id, change.place)] if change.is_new else []
    before, after = (each.entity() if each else None for each in change.images(SendRow))
    return [*send_changed(before, after)]


def _of_task(change: Change) -> list[Effect]:
    old, new = (task_of(each) if each else None for each in change.images(TaskRow))
    return task_changed(old, new)


def _of_job(change: Change) -> list[Effect]:
    _, started = change.images(JobRow)
    return [*job_started(started.entity())] if started and change.is_new and change.place == JOB else []


def _of_chunk(change: Change) -> list[Effect]:
    """A job's first chunks are stored before the job, which alone says that they are to be done."""
    _, chunk = change.images(ChunkRow)
    if chunk is None or chunk.follows is None or not change.is_new:
        return []
    return [*chunk_followed(change.pk.partition("#")[2], chunk.entity())]


def _of_notice(change: Change) -> list[Effect]:
    before, after = (delivery_of(each) if each else None for each in change.images(NoticeRow))
    if after is None or after.settled_at is None:
        return []
    corp = load_settings()
    if not corp.escalate_after_minutes:
        return []
    return [*escalated(before, after, corp, directory(after.settled_at))]


def _of_staff(change: Change) -> list[Effect]:
    # A reconciliation keeps rows of members too, below its own key.
    if change.pk != STAFF:
        return []
    before, after = (each.entity() if each else None for each in change.images(StaffRow))
    member = after or before
    gone: list[Effect] = [*member_gone(before, after)]
    if member is None or not needs_channels(before, after):
        return gone
    cause = f"{member.key}#{member.updated_at}#{after is not None}"
    return [*staff_changed(member, channels(), cause), *gone]


def _of_file(change: Change) -> list[Effect]:
    # A part of an export is called a file, too.
    if not change.pk.startswith(FILES):
        return []
    before, after = (each.entity() if each else None for each in change.images(FileRow))
    return [*file_due(before, after, clock.now()), *file_in_trouble(before, after)]


def _of_lead(change: Change) -> list[Effect]:
    """Rows of leads bring modules of their own: they are imported when the first comes."""
    from scrm.changes.lead_images import follows

    return follows(change)


def _of_card(change: Change) -> list[Effect]:
    from scrm.changes.sop_images import card_moved

    return card_moved(change)


def _of_progress(change: Change) -> list[Effect]:
    """Bars of SOPs bring modules of their own: they are imported when the first comes."""
    if not change.pk.startswith("PROGRESS#"):
        return []
    from scrm.changes.sop_images import follows

    return follows(change)


_FOLLOWS: tuple[tuple[str, Callable[[Change], list[Effect]]], ...] = (
    ("SOP#", _of_progress),
    ("RELATION#", _of_relation),
    ("CHANNEL#", _of_channel),
    ("SERIAL", _of_serial),
    ("STAFF#", _of_staff),
    (STATE, _of_state),
    ("STAGE#", _of_stage),
    ("TASK#", _of_task),
    ("NOTICE#", _of_notice),
    (CHUNK, _of_chunk),
    (JOB, _of_job),
    (ORDER, _of_order),
    (ITEM, _of_item),
    (PRODUCT, _of_product),
    (FILE, _of_file),
    *((start, _of_lead) for start in ("LEAD", "FOLLOW#", "TOUCH#", "ACCOUNT#")),
)
"""What follows from a row, by how its place begins."""
