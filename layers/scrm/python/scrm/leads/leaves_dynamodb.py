"""Who is on leave 请假: `LEAVES` holds each leave of a member, from one moment to another."""

from datetime import UTC, datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from scrm.kept import Kept
from scrm.staff.model import key
from scrm.table import Row, rfc3339

LEAVES = "LEAVES"
KEPT = timedelta(days=90)


class LeaveRow(Row):
    """One leave of a member: `[start, end)`."""

    userid = UnicodeAttribute()
    start = UnicodeAttribute()
    by = UnicodeAttribute()
    expires_at = NumberAttribute()


def put(userid: str, start: datetime, end: datetime, by: str) -> None:
    """Record a leave. Repeating is safe. 1 WRU."""
    LeaveRow(
        LEAVES,
        f"{rfc3339(end.astimezone(UTC))}#{key(userid)}",
        userid=userid,
        start=rfc3339(start.astimezone(UTC)),
        by=by,
        expires_at=int((end + KEPT).timestamp()),
    ).save()
    _leaves.forget()


def _load() -> list[tuple[str, str, str]]:
    return [(key(row.userid), row.start, row.sk.partition("#")[0]) for row in LeaveRow.query(LEAVES)]


_leaves = Kept(_load)


def on_leave(now: datetime) -> frozenset[str]:
    """Return who is on leave at `now`, by userid in lower case; leaves are at most a minute old."""
    at = rfc3339(now.astimezone(UTC))
    return frozenset(userid for userid, start, end in _leaves.get(now) if start <= at < end)
