"""Which groups may change hands, and how many of an owner in a day (INH-14; API sheet 7.5). Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from scrm.groups.model import Group
from scrm.inheritance.guards import ON_JOB_MOST, within_90_days
from scrm.moments import BEIJING
from scrm.staff.model import Member, key

Mode = Literal["onjob", "resigned"]
Refusal = Literal[
    "not_found", "dismissed", "same_owner", "owner_resigned", "owner_employed", "quota90", "transferring"
]

MOST_IN_A_CALL = 100
A_DAY = 300
"""So many groups of one owner WeCom gives away on a day."""


@dataclass(frozen=True)
class Choice:
    """What becomes of groups that are to change hands: those that may, and why the others may not."""

    movable: tuple[Group, ...]
    refused: tuple[tuple[str, Group | None, Refusal], ...]


def chosen(
    asked: Iterable[tuple[str, Group | None]],
    mode: Mode,
    new_owner: str,
    owner_of: Callable[[str], Member | None],
    now: datetime,
) -> Choice:
    """Return which of the groups asked for may go to `new_owner`, in their order."""
    movable: list[Group] = []
    refused: list[tuple[str, Group | None, Refusal]] = []
    for chat_id, group in asked:
        why = refusal(group, mode, new_owner, owner_of(group.owner) if group else None, now)
        if why is None and group is not None:
            movable.append(group)
        elif why is not None:
            refused.append((chat_id, group, why))
    return Choice(tuple(movable), tuple(refused))


def refusal(
    group: Group | None, mode: Mode, new_owner: str, owner: Member | None, now: datetime
) -> Refusal | None:
    """Return why a group may not go to somebody, None when it may.

    `owner` is the member who has it, None where nobody of that name is employed.
    """
    if group is None:
        return "not_found"
    if group.status == "dismissed":
        return "dismissed"
    if group.owner_key == key(new_owner):
        return "same_owner"
    if group.owner_state == "transferring":
        return "transferring"
    left = owner is None or owner.status == "left" or group.owner_state == "resigned"
    if mode == "resigned":
        return None if left else "owner_employed"
    if left:
        return "owner_resigned"
    return "quota90" if within_90_days([at for at, _ in group.accepted], now) >= ON_JOB_MOST else None


def days_for(groups: int, today: int) -> int:
    """Return on how many days so many groups of one owner change hands, `today` already having been asked."""
    left_today = max(A_DAY - today, 0)
    rest = max(groups - left_today, 0)
    return (1 if groups and left_today else 0) + -(-rest // A_DAY)


def day_of(now: datetime) -> str:
    """Return the Beijing day on which WeCom counts a change of owner."""
    return now.astimezone(BEIJING).date().isoformat()


def next_day(now: datetime) -> datetime:
    """Return when WeCom begins to count anew."""
    tomorrow = now.astimezone(BEIJING).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time.min, BEIJING).astimezone(UTC)
