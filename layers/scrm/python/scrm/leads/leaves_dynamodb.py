"""Who is on leave 请假: `LEAVES` holds each leave of a member, from one moment to another."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from scrm.kept import Kept
from scrm.leads.loads_dynamodb import Step
from scrm.staff.model import key
from scrm.table import Row, in_transaction, rfc3339

LEAVES = "LEAVES"
KEPT = timedelta(days=90)


class LeaveRow(Row):
    """One leave of a member: `[start, end)`."""

    userid = UnicodeAttribute()
    start = UnicodeAttribute()
    by = UnicodeAttribute()
    expires_at = NumberAttribute()

    def entity(self) -> "Leave":
        """Return the row as the rest of the product knows it."""
        end = datetime.fromisoformat(self.sk.partition("#")[0])
        return Leave(self.userid, datetime.fromisoformat(self.start), end, self.by)


@dataclass(frozen=True)
class Leave:
    """A member is away: `[start, end)`."""

    userid: str
    start: datetime
    end: datetime
    by: str

    @property
    def leave_id(self) -> str:
        """Return what names the leave: its end and whose it is."""
        return f"{self.end.astimezone(UTC):%Y%m%dT%H%M%SZ}-{key(self.userid)}"


def put(userid: str, start: datetime, end: datetime, by: str) -> None:
    """Record a leave. Repeating is safe. 2 WRU."""
    _, step = leave_step(userid, start, end, by)
    with in_transaction() as transaction:
        step(transaction)
    forget()


def leave_step(userid: str, start: datetime, end: datetime, by: str) -> tuple[Leave, Step]:
    """Return a leave, and the step that stores it."""
    leave = Leave(userid, start.replace(microsecond=0), end.replace(microsecond=0), by)
    row = LeaveRow(
        LEAVES,
        _sk(leave),
        userid=userid,
        start=rfc3339(leave.start.astimezone(UTC)),
        by=by,
        expires_at=int((end + KEPT).timestamp()),
    )
    return leave, lambda transaction: transaction.save(row)


def remove_step(leave: Leave) -> Step:
    """Return the step that takes a leave back. Repeating is safe."""
    row = LeaveRow(LEAVES, _sk(leave))
    return lambda transaction: transaction.delete(row)


def since(now: datetime) -> list[Leave]:
    """Return the leaves that are not over, the one that ends first first: one query, by bytes."""
    rows = LeaveRow.query(LEAVES, LeaveRow.sk > f"{rfc3339(now.astimezone(UTC))}$")
    return [row.entity() for row in rows]


def leave(leave_id: str) -> Leave | None:
    """Return a leave by its id: one query, by bytes."""
    rows = (row.entity() for row in LeaveRow.query(LEAVES))
    return next((each for each in rows if each.leave_id == leave_id), None)


def forget() -> None:
    """Let the next question read the leaves again, after a change made in this process."""
    _leaves.forget()


def _load() -> list[Leave]:
    return [row.entity() for row in LeaveRow.query(LEAVES)]


_leaves = Kept(_load)


def all_of_them(now: datetime) -> list[Leave]:
    """Return every leave there is, some of them over; at most a minute old."""
    return _leaves.get(now)


def away(leaves: Iterable[Leave], at: datetime) -> frozenset[str]:
    """Return who of them is on leave at a moment, by userid in lower case."""
    return frozenset(key(each.userid) for each in leaves if each.start <= at < each.end)


def on_leave(now: datetime) -> frozenset[str]:
    """Return who is on leave at `now`, by userid in lower case; leaves are at most a minute old."""
    return away(_leaves.get(now), now)


def _sk(leave: Leave) -> str:
    return f"{rfc3339(leave.end.astimezone(UTC))}#{key(leave.userid)}"
