"""What follows from a change of a file: it is uploaded where that is due now, and trouble is told. Pure."""

from datetime import datetime

from scrm.changes.effects import FileDue, Told
from scrm.materials.files import File
from scrm.notices.model import notice


def file_due(old: File | None, new: File | None, now: datetime) -> list[FileDue]:
    """Return that a file became due and is due now: it was published, asked for, or WeCom refused its id.

    What becomes due later is found by the clock.
    """
    if new is None or new.due is None or new.due > now:
        return []
    return [FileDue(new.file_id)] if old is None or old.due != new.due else []


def file_in_trouble(old: File | None, new: File | None) -> list[Told]:
    """Return the alert to who uploaded a file that WeCom does not take."""
    if old is None or new is None or not new.failure or not new.created_by or new.failed_at is None:
        return []
    if (old.failure, old.failed_at) == (new.failure, new.failed_at):
        return []
    title = f"素材文件「{new.name}」无法用于发送：{new.failure}"
    source = f"{new.file_id}#failure#{new.failure}"
    return [Told(notice("alert", new.created_by, new.failed_at, source, facts={"title": title}))]
