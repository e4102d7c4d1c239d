"""Rows of files: `FILE#<file_id>`/`FILE`, in `by_due` while a media id of them has to be kept (CON-20)."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from scrm.materials.files import USES, File, Media, Use, wait_after
from scrm.table import DueRow, rfc3339

FILE = "FILE"
PREFIX = "FILE#"
DUE = "DUE#media#0"
UNFINISHED_KEPT = timedelta(days=2)
"""How long the row of an upload stays that nobody completed."""
LEASE = timedelta(seconds=120)
"""Longer than a function that uploads may run."""

Step = Callable[[TransactWrite], None]


class FileRow(DueRow):
    """One file."""

    name = UnicodeAttribute()
    kind = UnicodeAttribute()
    content_type = UnicodeAttribute()
    size = NumberAttribute()
    status = UnicodeAttribute()
    sha256 = UnicodeAttribute(null=True)
    width = NumberAttribute(null=True)
    height = NumberAttribute(null=True)
    created_by = UnicodeAttribute()
    created_at = UnicodeAttribute()
    used_by: UnicodeSetAttribute = UnicodeSetAttribute(null=True)
    asked: UnicodeSetAttribute = UnicodeSetAttribute(null=True)
    message_id = UnicodeAttribute(null=True)
    message_at = NumberAttribute(null=True)
    moment_id = UnicodeAttribute(null=True)
    moment_at = NumberAttribute(null=True)
    album_id = UnicodeAttribute(null=True)
    album_at = NumberAttribute(null=True)
    picture_id = UnicodeAttribute(null=True)
    picture_at = NumberAttribute(null=True)
    failure = UnicodeAttribute(null=True)
    failed_at = UnicodeAttribute(null=True)
    tries = NumberAttribute(null=True)
    leased_until = NumberAttribute(null=True)
    expires_at = NumberAttribute(null=True)

    def entity(self) -> File:
        """Return the row as the rest of the product knows it."""
        return File(
            file_id=self.pk.removeprefix(PREFIX),
            name=self.name,
            kind=cast("Any", self.kind),
            content_type=self.content_type,
            size=int(self.size),
            status=cast("Any", self.status),
            sha256=self.sha256 or "",
            width=int(self.width or 0),
            height=int(self.height or 0),
            created_by=self.created_by,
            created_at=_moment(self.created_at),
            used_by=frozenset(self.used_by or ()),
            asked=cast("frozenset[Use]", frozenset(self.asked or ())),
            held={use: held for use in USES if (held := self._held(use))},
            due=_moment((self.due_sk or "").partition("#")[0]),
            failure=self.failure or "",
            failed_at=_moment(self.failed_at),
            tries=int(self.tries or 0),
        )

    def _held(self, use: Use) -> Media | None:
        media_id, at = getattr(self, f"{use}_id"), getattr(self, f"{use}_at")
        return Media(media_id, datetime.fromtimestamp(int(at), UTC)) if media_id else None


def file(file_id: str, *, consistent: bool = False) -> File | None:
    """Return a file. 0.5 RRU, 1 when strongly read."""
    try:
        return FileRow.get(PREFIX + file_id, FILE, consistent_read=consistent).entity()
    except FileRow.DoesNotExist:
        return None


def files(file_ids: Iterable[str]) -> dict[str, File]:
    """Return the files of these ids that there are: one batch read of up to 100, 0.5 RRU each."""
    wanted = dict.fromkeys(file_ids)
    if not wanted:
        return {}
    rows = FileRow.batch_get([(PREFIX + each, FILE) for each in wanted])
    found = {each.file_id: each for each in (row.entity() for row in rows)}
    return {file_id: found[file_id] for file_id in wanted if file_id in found}


def put_new(begun: File, now: datetime) -> bool:
    """Store a file whose upload begins, unless it is known; return whether it was new. 1 WRU."""
    row = FileRow(
        PREFIX + begun.file_id,
        FILE,
        **begun_columns(begun, now),
    )
    try:
        row.save(FileRow.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def begun_columns(begun: File, now: datetime) -> dict[str, Any]:
    """Return what the row of a file says whose upload begins; nobody completes it: it goes by itself."""
    return {
        "name": begun.name,
        "kind": begun.kind,
        "content_type": begun.content_type,
        "size": begun.size,
        "status": begun.status,
        "sha256": begun.sha256 or None,
        "created_by": begun.created_by,
        "created_at": rfc3339(now),
        "expires_at": int((now + UNFINISHED_KEPT).timestamp()),
    }


def kept_step(kept: File) -> Step:
    """Return the step that says a file was checked and kept, over one that is still uploading."""
    actions: list[Action] = [
        FileRow.status.set("ready"),
        FileRow.size.set(kept.size),
        FileRow.sha256.set(kept.sha256),
        FileRow.expires_at.remove(),
    ]
    if kept.width:
        actions += [FileRow.width.set(kept.width), FileRow.height.set(kept.height)]
    return _step(kept.file_id, actions, FileRow.status == "uploading")


def refuse(file_id: str) -> None:
    """Say that what arrived may not be sent. Repeating is safe; one that is kept stays. 1 WRU."""
    _update(file_id, [FileRow.status.set("refused")], FileRow.status != "ready")


def use_step(file_id: str, item: str | set[str], now: datetime) -> Step:
    """Return the step by which an item says that it is published with a file, whose id is kept warm then.

    `item` is `scrm.materials.files.item_key`, or several. Repeating is safe. The transaction fails where the
    file is not ready. 2 WRU for each KB.
    """
    actions: list[Action] = [
        FileRow.used_by.add(_names(item)),
        FileRow.due_pk.set(FileRow.due_pk | DUE),
        FileRow.due_sk.set(FileRow.due_sk | _due_sk(file_id, now)),
    ]
    return _step(file_id, actions, FileRow.status == "ready")


def release_step(file_id: str, item: str | set[str]) -> Step:
    """Return the step by which an item says that it uses a file no longer. Repeating is safe.

    A file that nothing uses stays; its media id is kept warm no longer.
    """
    return _step(file_id, [FileRow.used_by.delete(_names(item))], FileRow.status.exists())


def _names(item: str | set[str]) -> set[str]:
    return {item} if isinstance(item, str) else item


def ask(file_id: str, use: Use, now: datetime) -> bool:
    """Ask for one upload for a use; it is made within seconds. Return False where no such file is ready."""
    actions = [FileRow.asked.add({use}), *_due(file_id, now)]
    return _update(file_id, actions, FileRow.status == "ready")


def hurry(file_id: str, now: datetime) -> None:
    """Make a file due now that is to be tried again later: somebody wants to send it. 1 WRU.

    Nothing changes for one that is due already, that nothing published uses, or that WeCom will not take.
    """
    waits = FileRow.due_sk > f"{rfc3339(now.astimezone(UTC))}$"
    _update(file_id, _due(file_id, now), (FileRow.status == "ready") & waits)


def media_refused(file_id: str, use: Use, media_id: str, now: datetime) -> None:
    """Tell that WeCom refused an id (40007): it is dropped, and the file uploaded again within seconds."""
    actions = [
        _attribute(use, "id").remove(),
        _attribute(use, "at").remove(),
        FileRow.asked.add({use}),
        *_due(file_id, now),
    ]
    _update(file_id, actions, _attribute(use, "id") == media_id)


def due_files(now: datetime, limit: int) -> list[str]:
    """Return the ids of up to `limit` files that are due, those longest due first. 0.5 RRU when none is."""
    rows = FileRow.by_due.query(DUE, FileRow.due_sk < f"{rfc3339(now.astimezone(UTC))}$", limit=limit)
    return [row.pk.removeprefix(PREFIX) for row in rows]


def claim(file_id: str, now: datetime) -> bool:
    """Claim a file for uploading, for as long as LEASE; return False while somebody else has it. 1 WRU."""
    free = FileRow.leased_until.does_not_exist() | (FileRow.leased_until <= int(now.timestamp()))
    until = int((now + LEASE).timestamp())
    return _update(file_id, [FileRow.leased_until.set(until)], FileRow.status.exists() & free)


def release(file_id: str) -> None:
    """Give a claimed file back."""
    _update(file_id, [FileRow.leased_until.remove()], FileRow.status.exists())


def record(file_id: str, use: Use, media: Media) -> None:
    """Record an upload, give the file back; a newer id is never replaced by an older. 1 WRU for each KB."""
    at = _attribute(use, "at")
    made = int(media.created_at.timestamp())
    actions = [
        _attribute(use, "id").set(media.media_id),
        at.set(made),
        FileRow.asked.delete({use}),
        FileRow.leased_until.remove(),
        FileRow.failure.remove(),
        FileRow.failed_at.remove(),
        FileRow.tries.remove(),
    ]
    if not _update(file_id, actions, FileRow.status.exists() & (at.does_not_exist() | (at <= made))):
        _update(
            file_id, [FileRow.asked.delete({use}), FileRow.leased_until.remove()], FileRow.status.exists()
        )


def look_again(known: File, at: datetime | None) -> bool:
    """Say when a file is to be looked at again, None for never; return False where that is for now again."""
    unchanged = (
        FileRow.due_sk == _due_sk(known.file_id, known.due) if known.due else FileRow.due_sk.does_not_exist()
    )
    unchanged = unchanged & FileRow.asked.does_not_exist() & FileRow.status.exists()
    if at:
        return _update(known.file_id, _due(known.file_id, at), unchanged)
    return _update(known.file_id, _never_due(), unchanged & FileRow.used_by.does_not_exist())


def failed(known: File, use: Use, told: str, now: datetime, *, for_good: bool) -> None:
    """Record that WeCom did not take a file, and give it back: `for_good` it is not tried again for this use.

    A file that is published anew is tried once more. `told` is what the people who use it are shown.
    """
    actions: list[Action] = [FileRow.tries.set(known.tries + 1), FileRow.leased_until.remove()]
    if told:
        actions += [FileRow.failure.set(told), FileRow.failed_at.set(rfc3339(now))]
    if for_good:
        actions += [FileRow.asked.delete({use}), *(_never_due() if use == "message" else ())]
    else:
        actions += _due(known.file_id, now + wait_after(known.tries))
    _update(known.file_id, actions, FileRow.status.exists())


def _due(file_id: str, at: datetime) -> list[Action]:
    return [FileRow.due_pk.set(DUE), FileRow.due_sk.set(_due_sk(file_id, at))]


def _never_due() -> list[Action]:
    return [FileRow.due_pk.remove(), FileRow.due_sk.remove()]


def _due_sk(file_id: str, at: datetime) -> str:
    return f"{rfc3339(at.astimezone(UTC))}#{file_id}"


def _attribute(use: Use, what: str) -> Any:
    return getattr(FileRow, f"{use}_{what}")


def _step(file_id: str, actions: list[Action], condition: Condition) -> Step:
    row = FileRow(PREFIX + file_id, FILE)

    def step(transaction: TransactWrite) -> None:
        transaction.update(row, actions=actions, condition=condition)

    return step


def _update(file_id: str, actions: list[Action], condition: Condition) -> bool:
    """Return whether the condition held."""
    try:
        FileRow(PREFIX + file_id, FILE).update(actions, condition)
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
