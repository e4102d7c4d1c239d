"""How a member's leads stand on the day: what is open, due, overdue, followed today (LED-25)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from scrm.leads import dynamodb as stored
from scrm.leads.model import Lead
from scrm.leads.models import ProgressOut
from scrm.leads.wanted import due_at, tonight
from scrm.staff.model import Member


def progress_of(userid: str, member: Member | None, now: datetime) -> ProgressOut:
    """Return how a member's leads stand. Two queries, by bytes."""
    there = [*stored.of_owner(userid), *_closed_lately(userid, now)]
    counted = counts(there, now)
    return ProgressOut.model_validate(
        {"userid": member.userid if member else userid, "name": member.name if member else userid, **counted}
    )


def counts(leads: Iterable[Lead], now: datetime) -> dict[str, int]:
    """Return what is counted of leads on the Beijing day of `now`. Pure."""
    end = tonight(now)
    start = end - timedelta(days=1)
    found = dict.fromkeys(("open", "new_today", "unfollowed", "due", "overdue", "followed_today"), 0)
    for each in leads:
        due = due_at(each)
        found["open"] += each.is_open
        found["new_today"] += bool(each.owned_at and start < each.owned_at <= now)
        found["unfollowed"] += each.is_owned and each.followed_at is None
        found["due"] += bool(due and due <= end)
        found["overdue"] += bool(due and due < now)
        found["followed_today"] += bool(each.followed_at and start < each.followed_at <= now)
    return found


def _closed_lately(userid: str, now: datetime) -> list[Lead]:
    """Return the member's leads closed today, among the newest that are closed."""
    start = tonight(now) - timedelta(days=1)
    closed = stored.newest(stored.owned_place(userid), closed=True)
    latest = (each for _, each in zip(range(200), closed, strict=False))
    return [each for each in latest if each.closed_at and each.closed_at > start]
