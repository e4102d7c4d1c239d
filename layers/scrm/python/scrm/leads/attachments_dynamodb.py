"""Files that staff attach to follow-ups: `LEAD#<lead_id>` / `ATTACHED#<file_id>`; no library looks there."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, cast

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from scrm.leads.dynamodb import pk_of
from scrm.materials.files import File
from scrm.materials.files_dynamodb import begun_columns
from scrm.table import Row

ATTACHED = "ATTACHED#"


class AttachedRow(Row):
    """One file of a lead."""

    name = UnicodeAttribute()
    kind = UnicodeAttribute()
    content_type = UnicodeAttribute()
    size = NumberAttribute()
    status = UnicodeAttribute()
    sha256 = UnicodeAttribute(null=True)
    created_by = UnicodeAttribute()
    created_at = UnicodeAttribute()
    expires_at = NumberAttribute(null=True)

    def entity(self) -> File:
        """Return the row as the rest of the product knows it."""
        return File(
            file_id=self.sk.removeprefix(ATTACHED),
            name=self.name,
            kind=cast("Any", self.kind),
            content_type=self.content_type,
            size=int(self.size),
            status=cast("Any", self.status),
            sha256=self.sha256 or "",
            created_by=self.created_by,
            created_at=datetime.fromisoformat(self.created_at),
        )


def attached(lead_id: str, file_id: str) -> File | None:
    """Return a file of a lead, strongly read. 1 RRU."""
    try:
        return AttachedRow.get(pk_of(lead_id), ATTACHED + file_id, consistent_read=True).entity()
    except AttachedRow.DoesNotExist:
        return None


def ready(lead_id: str, file_ids: Iterable[str]) -> set[str]:
    """Return which of these files of a lead are kept: one strong batch read, 1 RRU each."""
    wanted = [(pk_of(lead_id), ATTACHED + each) for each in dict.fromkeys(file_ids)]
    found = (row.entity() for row in AttachedRow.batch_get(wanted, consistent_read=True)) if wanted else ()
    return {each.file_id for each in found if each.is_ready}


def put_new(lead_id: str, begun: File, now: datetime) -> None:
    """Store a file whose upload begins, unless it is known. 1 WRU."""
    row = AttachedRow(
        pk_of(lead_id),
        ATTACHED + begun.file_id,
        **begun_columns(begun, now),
    )
    try:
        row.save(AttachedRow.sk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def keep(lead_id: str, kept: File) -> None:
    """Record a file that was checked and kept. Repeating is safe; one that was erased stays so. 1 WRU."""
    actions: list[Action] = [
        AttachedRow.status.set("ready"),
        AttachedRow.size.set(kept.size),
        AttachedRow.sha256.set(kept.sha256),
        AttachedRow.expires_at.remove(),
    ]
    _update(lead_id, kept.file_id, actions, AttachedRow.status == "uploading")


def refuse(lead_id: str, file_id: str) -> None:
    """Say that what arrived is not kept. Repeating is safe; one that is kept stays. 1 WRU."""
    _update(lead_id, file_id, [AttachedRow.status.set("refused")], AttachedRow.status == "uploading")


def _update(lead_id: str, file_id: str, actions: list[Action], condition: Condition) -> None:
    try:
        AttachedRow(pk_of(lead_id), ATTACHED + file_id).update(actions, condition)
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
