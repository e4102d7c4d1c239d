"""How often a customer was marketed to, and how many to-dos a member got today: the counters of spec 3.3.

Both count by the run that is counted, so that counting it again changes nothing.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeSetAttribute
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import size

from scrm.moments import BEIJING
from scrm.sops.caps import Touches
from scrm.sops.enrollment import Enrollment
from scrm.staff.model import key
from scrm.table import Row

KEPT = timedelta(days=40)


class TouchesRow(Row):
    """When one customer was marketed to in the last month: by what it was, in unix seconds."""

    at: JSONAttribute = JSONAttribute()
    mass: JSONAttribute = JSONAttribute(null=True)
    version = NumberAttribute()
    expires_at = NumberAttribute()


class DayRow(Row):
    """The runs that gave a member a to-do on one day."""

    runs = UnicodeSetAttribute(null=True)
    expires_at = NumberAttribute(null=True)


class TouchesChanged(Exception):
    """Another touch was counted meanwhile; nothing was written."""


def touches_of(customer_id: str) -> Touches:
    """Return when a customer was marketed to, strongly. 1 RRU."""
    try:
        row = TouchesRow.get(f"TOUCHES#{customer_id}", "TOUCHES", consistent_read=True)
    except TouchesRow.DoesNotExist:
        return Touches()
    return Touches(_moments(row.at), _moments(row.mass or {}), int(row.version))


def touches_of_several(customer_ids: Iterable[str]) -> dict[str, Touches]:
    """Return the touches of those who have any: a batch read for each 100, 0.5 RRU each."""
    keys = [(f"TOUCHES#{each}", "TOUCHES") for each in customer_ids]
    rows = TouchesRow.batch_get(keys) if keys else []
    return {
        row.pk.removeprefix("TOUCHES#"): Touches(_moments(row.at), _moments(row.mass or {}), int(row.version))
        for row in rows
    }


def count_touch(
    customer_id: str,
    was: Touches,
    name: str,
    at: datetime,
    *,
    mass: bool,
    marketing: bool = True,
    now: datetime | None = None,
) -> Touches:
    """Count one touch at a time and return them all; counted then already, nothing is written. 1 WRU.

    One that is not `marketing` counts for WeCom's quota alone. What a killed worker counted earlier counts
    from now on: its step is done today, not then. `now` where that is later than the touch. Raises
    TouchesChanged when they are not as they were read.
    """
    if {was.at.get(name), was.mass.get(name)} - {None} == {at.replace(microsecond=0)}:
        return was
    return _save(customer_id, was, was.with_(name, at, mass=mass, marketing=marketing), now or at)


def retime_touch(customer_id: str, name: str, at: datetime) -> None:
    """Say when a counted touch really reached the customer: quotas count from there. 1 RRU, 1 WRU."""
    while name in (was := touches_of(customer_id)).mass:
        moved = Touches({**was.at, **({name: at} if name in was.at else {})}, {**was.mass, name: at})
        try:
            _save(customer_id, was, moved, at)
        except TouchesChanged:
            continue
        return


def forget_touch(customer_id: str, name: str, now: datetime) -> None:
    """Take back a touch that was counted and did not come to be. 1 RRU, 1 WRU where it was counted."""
    while name in {*(was := touches_of(customer_id)).at, *was.mass}:
        try:
            _save(customer_id, was, was.without(name), now)
        except TouchesChanged:
            continue


def take_place(userid: str, name: str, most: int, now: datetime) -> bool:
    """Count a to-do of a member today; return False, and count nothing, where there are `most`. 1 WRU.

    Counted already: True. One conditional write, so that `most` is never exceeded.
    """
    mark = _mark(name)
    row = DayRow(f"MEMBER#{key(userid)}", _day_sk(now))
    fits = DayRow.runs.does_not_exist() | DayRow.runs.contains(mark) | (size(DayRow.runs) < most)  # type: ignore[no-untyped-call]  # PynamoDB's own
    try:
        row.update(
            [DayRow.runs.add({mark}), DayRow.expires_at.set(int((now + KEPT).timestamp()))], condition=fits
        )
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def give_place_back(userid: str, name: str, at: datetime) -> None:
    """Take back a to-do that was counted on the day of `at` and did not come to be. 1 WRU; safe to repeat."""
    DayRow(f"MEMBER#{key(userid)}", _day_sk(at)).update([DayRow.runs.delete({_mark(name)})])


def touch_name(enrollment: Enrollment, step_key: str, attempt: int) -> str:
    """Return the short name of a run among a customer's touches."""
    return f"{enrollment.sop_id}.{enrollment.cycle}.{step_key}.{attempt}"


def _save(customer_id: str, was: Touches, new: Touches, now: datetime) -> Touches:
    stored = Touches(new.at, new.mass, was.version + 1)
    row = TouchesRow(
        f"TOUCHES#{customer_id}",
        "TOUCHES",
        at=_seconds(stored.at),
        mass=_seconds(stored.mass) or None,
        version=stored.version,
        expires_at=int((now + KEPT).timestamp()),
    )
    condition = TouchesRow.version == was.version if was.version else TouchesRow.pk.does_not_exist()
    try:
        row.save(condition)
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            raise TouchesChanged from error
        raise
    return stored


def _day_sk(now: datetime) -> str:
    return f"TODOS#{now.astimezone(BEIJING).date().isoformat()}"


def _mark(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:10]


def _moments(plain: dict[str, int]) -> dict[str, datetime]:
    return {name: datetime.fromtimestamp(each, UTC) for name, each in plain.items()}


def _seconds(times: object) -> dict[str, int]:
    return {name: int(each.timestamp()) for name, each in dict(times).items()}  # type: ignore[call-overload]
