"""What a member's going brings about: it is recorded, WeCom's list is read, what they leave is counted."""

from datetime import datetime

from scrm.offboarding import asking, job
from scrm.offboarding import departures_dynamodb as stored
from scrm.offboarding.model import STATUSES, Departure
from scrm.staff.dynamodb import member
from scrm.telemetry import count


def follow(userid: str, now: datetime, *, with_contact: bool) -> None:
    """Record that a member is gone, or that they are there again, as the directory says now.

    Safe to repeat, late and out of order. 1 RRU and 1 WRU; two jobs are started.
    """
    there = member(userid, consistent=True)
    status = STATUSES.get(there.status if there else "left")
    if status is None:
        stored.forget(userid)
        return
    at = datetime.fromisoformat(there.updated_at) if there and there.updated_at else now
    gone = stored.note_gone(there.userid if there else userid, status, at, with_contact=with_contact)
    count("member_gone", status=status)
    later = job.BEGINS_AFTER
    if status == "left":
        # Whom WeCom's list makes known counts, too.
        asking.start(now)
        later += asking.BEGINS_AFTER
    job.start(_name(gone), [gone.userid], now, begins_after=later)


def nightly(now: datetime) -> None:
    """Count anew what those left of whom something was theirs, and read WeCom's list. Safe to repeat.

    WeCom's list is read where somebody left within the year that WeCom hands over for.
    """
    open_ones = [each for each in stored.departures() if each.has_something]
    job.start(f"night-{now:%Y%m%d}", [each.userid for each in open_ones], now)
    if any(each.status == "left" and each.is_in_time(now) for each in open_ones):
        asking.start(now)


def _name(gone: Departure) -> str:
    return f"{gone.userid.lower()}-{gone.status}-{(gone.left_at or gone.gone_at):%Y%m%dT%H%M%S}"
