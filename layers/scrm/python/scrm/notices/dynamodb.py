"""Notices and outboxes in their member's item collection (docs/data-model.md)."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.update import Action

from scrm.notices.model import from_plain, group_of, to_plain
from scrm.notices.plan import Waiting
from scrm.notices.releasing import DueMember
from scrm.notices.sending import Delivery, Outbox, Sending
from scrm.notices.window import SendWindow
from scrm.table import DueRow, Row, rfc3339

SHARDS = 4
# The delivery log keeps this long.
KEPT = timedelta(days=90)

OUTBOX = "OUTBOX"
PREFIX = "NOTICE#"


class OutboxChanged(Exception):
    """Another run changed the member's outbox; nothing was written. Repeating helps."""


class NoticeRow(Row):
    """One notice to one member and what became of it."""

    notice: JSONAttribute = JSONAttribute()
    status = UnicodeAttribute()
    since = UnicodeAttribute()
    settled_at = UnicodeAttribute(null=True)
    msgid = UnicodeAttribute(null=True)
    errcode = NumberAttribute(null=True)
    acknowledged_at = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()


class OutboxRow(DueRow):
    """What a member's sending needs to remember; in `by_due` while something waits."""

    userid = UnicodeAttribute()
    window: JSONAttribute = JSONAttribute(null=True)
    waiting_from = UnicodeAttribute(null=True)
    sending: JSONAttribute = JSONAttribute(null=True)
    failures = NumberAttribute(null=True)
    muted: JSONAttribute = JSONAttribute(null=True)
    version = NumberAttribute()


class DynamoNotices:
    """The notices of all members."""

    def outbox(self, userid: str) -> Outbox:
        """Return the member's outbox, strongly read; a fresh one when there is none. 1 RRU."""
        try:
            row = OutboxRow.get(collection(userid), OUTBOX, consistent_read=True)
        except OutboxRow.DoesNotExist:
            return Outbox(userid)
        return _outbox(row)

    def save_outbox(self, outbox: Outbox) -> Outbox:
        """Store the outbox over the version it was read with; raises OutboxChanged.

        1 WRU for each KB, and 2 more when the due time changes (1 when it appears or goes).
        """
        row = _row(outbox)
        unchanged = (
            OutboxRow.version == outbox.version if outbox.version else OutboxRow.version.does_not_exist()
        )
        try:
            row.save(unchanged)
        except PutError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                raise OutboxChanged from None
            raise
        return replace(outbox, version=outbox.version + 1)

    def delivery(self, userid: str, notice_id: str) -> Delivery | None:
        """Return a notice's delivery, strongly read, or None. 1 RRU."""
        try:
            return delivery_of(NoticeRow.get(collection(userid), PREFIX + notice_id, consistent_read=True))
        except NoticeRow.DoesNotExist:
            return None

    def seen(self, userid: str, notice_id: str) -> bool:
        """Return whether the member has acknowledged the notice. 0.5 RRU."""
        try:
            row = NoticeRow.get(collection(userid), PREFIX + notice_id)
        except NoticeRow.DoesNotExist:
            return False
        return row.acknowledged_at is not None

    def waiting(self, userid: str, from_id: str) -> list[Waiting]:
        """Return the member's waiting notices from an id on, strongly read; units by the bytes since then."""
        rows = NoticeRow.query(
            collection(userid),
            NoticeRow.sk.between(PREFIX + from_id, PREFIX + "~"),
            filter_condition=NoticeRow.status == "waiting",
            consistent_read=True,
        )
        found = (delivery_of(row) for row in rows)
        return [Waiting(each.notice, each.since) for each in found]

    def put(self, delivery: Delivery) -> bool:
        """Store a delivery unless it is settled, a waiting one only if there is none; say which. 1 WRU."""
        notice = delivery.notice
        row = NoticeRow(collection(notice.userid), PREFIX + notice.id)
        actions: list[Action] = [
            NoticeRow.notice.set(to_plain(notice)),
            NoticeRow.status.set(delivery.status),
            NoticeRow.since.set(NoticeRow.since | rfc3339(delivery.since.astimezone(UTC))),
            NoticeRow.expires_at.set(int((delivery.since + KEPT).timestamp())),
        ]
        if delivery.settled_at:
            actions.append(NoticeRow.settled_at.set(rfc3339(delivery.settled_at.astimezone(UTC))))
        if delivery.msgid:
            actions.append(NoticeRow.msgid.set(delivery.msgid))
        if delivery.errcode:
            actions.append(NoticeRow.errcode.set(delivery.errcode))
        allowed = NoticeRow.status.does_not_exist()
        if delivery.settled:
            allowed = allowed | (NoticeRow.status == "waiting")
        try:
            row.update(actions, allowed)
        except UpdateError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def log(
        self, userid: str, *, limit: int = 50, before: str | None = None
    ) -> tuple[list[Delivery], str | None]:
        """Return the member's notices, newest first, and the id to continue `before`, or None."""
        upper = PREFIX + (before or "~")
        where = NoticeRow.sk.between(PREFIX, upper)
        rows = NoticeRow.query(collection(userid), where, scan_index_forward=False, limit=limit + 2)
        found = [delivery_of(row) for row in rows if row.sk != upper]
        return found[:limit], found[limit - 1].notice.id if len(found) > limit else None

    def mute(self, userid: str, kinds: Iterable[str]) -> None:
        """Set the kinds the member does not want. Safe to repeat; a sending in hand repeats itself. 1 WRU."""
        row = OutboxRow(collection(userid), OUTBOX)
        version = OutboxRow.version.set((OutboxRow.version | 0) + 1)
        row.update([OutboxRow.muted.set(sorted(kinds)), OutboxRow.userid.set(userid), version])


def due_members(shard: int, now: datetime, limit: int) -> Iterator[DueMember]:
    """Yield up to `limit` members of one shard with something due, those longest due first.

    One query of `by_due`: 0.5 RRU when nothing is due.
    """
    rows = DueRow.by_due.query(
        _shard_key(shard),
        DueRow.due_sk < f"{rfc3339(now.astimezone(UTC))}$",
        limit=limit,
        page_size=limit,
    )
    for row in rows:
        yield DueMember(row.pk.removeprefix("MEMBER#"), str(row.due_sk).partition("#")[0])


def collection(userid: str) -> str:
    """Return the item collection of a member: notices, outbox and tasks."""
    return f"MEMBER#{group_of(userid)}"


def _shard_key(shard: int) -> str:
    return f"DUE#notice#{shard}"


def _row(outbox: Outbox) -> OutboxRow:
    member = group_of(outbox.userid)
    due = _text(outbox.due)
    return OutboxRow(
        collection(member),
        OUTBOX,
        userid=outbox.userid,
        window=_plain_window(outbox.window),
        waiting_from=outbox.waiting_from,
        sending=_plain_sending(outbox.sending),
        failures=outbox.failures or None,
        muted=sorted(outbox.muted) or None,
        version=outbox.version + 1,
        due_pk=_shard_key(crc32(member.encode()) % SHARDS) if due else None,
        due_sk=f"{due}#{member}" if due else None,
    )


def _outbox(row: OutboxRow) -> Outbox:
    return Outbox(
        userid=row.userid,
        window=_window(row.window or {}),
        waiting_from=row.waiting_from,
        due=_moment(row.due_sk.partition("#")[0]) if row.due_sk else None,
        sending=_sending(row.sending, row.userid),
        failures=int(row.failures or 0),
        muted=frozenset(row.muted or ()),
        version=int(row.version),
    )


def _plain_window(window: SendWindow) -> dict[str, Any]:
    return {
        "recent": list(window.recent),
        "hour": [window.hour, window.in_hour],
        "day": [window.day, window.in_day],
    }


def _window(plain: dict[str, Any]) -> SendWindow:
    hour, in_hour = plain.get("hour") or (0, 0)
    day, in_day = plain.get("day") or ("", 0)
    return SendWindow(tuple(plain.get("recent") or ()), hour, in_hour, day, in_day)


def _plain_sending(sending: Sending | None) -> dict[str, Any] | None:
    if sending is None:
        return None
    return {
        "ids": list(sending.notice_ids),
        "body": sending.body,
        "at": rfc3339(sending.at.astimezone(UTC)),
        # Without what the outbox says anyway: an ordinary claim fits one write unit.
        "carried": {
            each.id: {name: value for name, value in to_plain(each).items() if name not in {"id", "userid"}}
            for each in sending.carried
        },
    }


def _sending(plain: dict[str, Any] | None, userid: str) -> Sending | None:
    if plain is None:
        return None
    return Sending(
        notice_ids=tuple(plain["ids"]),
        body=plain["body"],
        at=datetime.fromisoformat(plain["at"]),
        carried=tuple(
            from_plain({**each, "id": notice_id, "userid": userid})
            for notice_id, each in plain["carried"].items()
        ),
    )


def delivery_of(row: NoticeRow) -> Delivery:
    """Return the row as the rest of the product knows it."""
    return Delivery(
        notice=from_plain(row.notice),
        status=row.status,  # type: ignore[arg-type]  # only STATUSES are ever written
        since=datetime.fromisoformat(row.since),
        settled_at=_moment(row.settled_at),
        msgid=row.msgid,
        errcode=int(row.errcode or 0),
    )


def _text(at: datetime | None) -> str | None:
    return rfc3339(at.astimezone(UTC)) if at else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
