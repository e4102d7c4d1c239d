"""What keeps a customer from being handed over, asked before anything is sent (spec 5.1, sheet 7.0). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from scrm.inheritance.model import PlanMode, SkipCode
from scrm.moments import BEIJING

ON_JOB_DAYS = 90
ON_JOB_MOST = 2
RESIGNED_MOST = timedelta(days=365)


@dataclass(frozen=True)
class Relation:
    """What is known of a relation that is to be handed over.

    `accepted` are the times at which WeCom took the customer's transfers on the job (errcode 0), of whatever
    members; `pending`: one is under way, ours or another's.
    """

    friends: bool = True
    pending: bool = False
    accepted: tuple[datetime, ...] = ()


@dataclass(frozen=True)
class Person:
    """What is known of a takeover: whom WeCom lets take customers over."""

    visible: bool = True
    active: bool = True
    real_named: bool | None = None
    blocked: frozenset[str] = field(default_factory=frozenset)


def skipped(
    relation: Relation, mode: PlanMode, now: datetime, left_at: datetime | None = None
) -> SkipCode | None:
    """Return why a relation may not be handed over at `now`, None when it may.

    `left_at` is when the handover resigned: WeCom hands their customers over for one year.
    """
    if relation.pending:
        return "40129"
    if not relation.friends:
        return "not_friend"
    if mode == "resigned":
        return "resigned_long_ago" if left_at and now - left_at > RESIGNED_MOST else None
    return "quota90" if within_90_days(relation.accepted, now) >= ON_JOB_MOST else None


def within_90_days(accepted: Iterable[datetime], now: datetime) -> int:
    """Return how many transfers count at `now`: those of the last 90 natural days (I11)."""
    since = _day(now) - timedelta(days=ON_JOB_DAYS)
    return sum(1 for each in accepted if _day(each) > since)


def allowed_from(accepted: Sequence[datetime], now: datetime) -> date | None:
    """Return the Beijing day from which the 90 days allow another transfer; None where they do now (I11).

    Two within the window keep a customer back until the earlier of the latest two has left it.
    """
    counted = sorted(_day(each) for each in accepted)
    if within_90_days(accepted, now) < ON_JOB_MOST:
        return None
    return counted[-ON_JOB_MOST] + timedelta(days=ON_JOB_DAYS)


def unfit(takeover: Person, handovers: Sequence[str], userid: str) -> SkipCode | None:
    """Return why a member may not take over, None when they may."""
    if userid in handovers or not (takeover.visible and takeover.active) or takeover.real_named is False:
        return "takeover_unfit"
    return None


def _day(at: datetime) -> date:
    return at.astimezone(BEIJING).date()
