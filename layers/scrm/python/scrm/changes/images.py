"""Stream records, read into what changed, and what follows from it."""

from typing import Any, TypeVar

from scrm.changes.channels import channel_changed, code_in_trouble, needs_channels, staff_changed
from scrm.changes.effects import Effect, Refreshed
from scrm.changes.escalation import escalated
from scrm.changes.jobs import chunk_followed, job_started
from scrm.changes.relations import effects_of
from scrm.changes.stages import stage_changed
from scrm.changes.tasks import task_opened
from scrm.channel_codes.dynamodb import ChannelRow, channels
from scrm.customers.rows_dynamodb import RelationRow
from scrm.jobs.dynamodb import CHUNK, JOB, ChunkRow, JobRow
from scrm.notices.dynamodb import NoticeRow, delivery_of
from scrm.settings.dynamodb import load as load_settings
from scrm.staff.dynamodb import StaffRow, directory
from scrm.stages.dynamodb import MoveRow
from scrm.table import Row
from scrm.tasks.dynamodb import TaskRow, task_of

R = TypeVar("R", bound=Row)


def effects_of_record(record: dict[str, Any]) -> list[Effect]:
    """Return what follows from one stream record; nothing for rows that nothing follows from.

    A member whose ability changed costs one query over the channels, a notice the settings once a minute;
    the rest reads nothing.
    """
    change = record["dynamodb"]
    place = change["Keys"]["SK"]["S"]
    if place.startswith("RELATION#"):
        before, after = _images(RelationRow, change)
        return effects_of(before.entity() if before else None, after.entity() if after else None)
    if place.startswith("CHANNEL#"):
        old, new = (each.entity() if each else None for each in _images(ChannelRow, change))
        return [*channel_changed(old, new), *code_in_trouble(old, new)]
    if place == "SERIAL" and record["eventName"] == "INSERT":
        state = change["Keys"]["PK"]["S"].partition("#")[2]
        return [Refreshed(state, "serial", state)]
    # A reconciliation keeps rows of members too, below its own key.
    if place.startswith("STAFF#") and change["Keys"]["PK"]["S"] == "STAFF":
        return _of_staff(*_images(StaffRow, change))
    if place.startswith("STAGE#") and record["eventName"] == "INSERT":
        _, moved = _images(MoveRow, change)
        return [stage_changed(moved.customer_id, moved.entity())] if moved else []
    if place.startswith("TASK#") and record["eventName"] == "INSERT":
        _, opened = _images(TaskRow, change)
        return [*task_opened(task_of(opened))] if opened else []
    if place.startswith("NOTICE#"):
        return _of_notice(*_images(NoticeRow, change))
    if place == JOB and record["eventName"] == "INSERT":
        _, started = _images(JobRow, change)
        return [*job_started(started.entity())] if started else []
    if place.startswith(CHUNK) and record["eventName"] == "INSERT":
        return _of_chunk(change["Keys"]["PK"]["S"], _images(ChunkRow, change)[1])
    return []


def _of_chunk(pk: str, chunk: ChunkRow | None) -> list[Effect]:
    """A job's first chunks are stored before the job, which alone says that they are to be done."""
    if chunk is None or chunk.follows is None:
        return []
    return [*chunk_followed(pk.partition("#")[2], chunk.entity())]


def _of_notice(old: NoticeRow | None, new: NoticeRow | None) -> list[Effect]:
    before, after = (delivery_of(each) if each else None for each in (old, new))
    if after is None or after.settled_at is None:
        return []
    corp = load_settings()
    if not corp.escalate_after_minutes:
        return []
    return [*escalated(before, after, corp, directory(after.settled_at))]


def _of_staff(old: StaffRow | None, new: StaffRow | None) -> list[Effect]:
    before, after = (each.entity() if each else None for each in (old, new))
    member = after or before
    if member is None or not needs_channels(before, after):
        return []
    return [*staff_changed(member, channels(), f"{member.key}#{member.updated_at}#{after is not None}")]


def _images(kind: type[R], change: dict[str, Any]) -> tuple[R | None, R | None]:
    old, new = change.get("OldImage"), change.get("NewImage")
    return (
        kind.from_raw_data(old) if old else None,
        kind.from_raw_data(new) if new else None,
    )
