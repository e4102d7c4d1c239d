"""Which notices a member has seen."""

from datetime import UTC, datetime

from pynamodb.exceptions import UpdateError

from scrm.notices.dynamodb import PREFIX, NoticeRow, collection
from scrm.notices.model import Notice, from_plain
from scrm.table import rfc3339


def notices(
    userid: str, limit: int, before: str | None = None
) -> tuple[list[tuple[Notice, datetime | None]], str | None]:
    """Return a member's notices, newest first, with the time each was acknowledged, and where to go on."""
    upper = PREFIX + before if before else PREFIX + "~"
    where = NoticeRow.sk.between(PREFIX, upper)
    rows = NoticeRow.query(collection(userid), where, scan_index_forward=False, limit=limit + 2)
    found = [(from_plain(row.notice), _moment(row.acknowledged_at)) for row in rows if row.sk != upper]
    return found[:limit], found[limit - 1][0].id if len(found) > limit else None


def acknowledge(userid: str, notice_id: str, now: datetime) -> tuple[Notice, datetime] | None:
    """Record that a member has seen a notice of theirs; None when they have no such notice. 1 WRU.

    Repeating is safe: the first time stands.
    """
    row = NoticeRow(collection(userid), PREFIX + notice_id)
    first = NoticeRow.acknowledged_at.set(NoticeRow.acknowledged_at | rfc3339(now.astimezone(UTC)))
    try:
        row.update([first], condition=NoticeRow.pk.exists())
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return None
    return from_plain(row.notice), datetime.fromisoformat(row.acknowledged_at)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
