"""Who a channel code leads to now, and how the next scans fall (spec IDN-18, 4.2 and 4.9; ui-guide 5.7).

A member takes customers through a channel while active, with the customer-contact feature, on shift and
below the cap of the day. Weights follow smooth weighted round robin over today's adds: every eligible
member gains their weight, whoever got the customer gives back the sum. Members who may not take a customer
at that moment neither gain nor count in the sum; whoever joins starts at 0. The state is folded from the
day's adds, so it is the same however often and in whatever order they were reported.

Mapped onto the code's list of users: equal weights put every eligible member on the code and WeCom
distributes; unequal weights put the one whose turn it is. Nobody eligible: the fallback members.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from scrm.channel_codes.model import Add, Channel, RosterEntry, Shift
from scrm.settings.model import BEIJING
from scrm.staff.model import Directory, key

MOST_ON_CODE = 100  # WeCom: a code leads to at most 100 members

Why = Literal["roster", "turn", "fallback", "paused", "nobody"]


@dataclass(frozen=True)
class OnCode:
    """The userids a code should lead to, and why.

    nobody: no member may take a customer and no fallback member can; the code is left as it is, since
    WeCom refuses a code without members.
    """

    userids: tuple[str, ...]
    why: Why


@dataclass
class Standing:
    """How the day stands: adds of each member, and each member's place in the turns. By userid key."""

    counts: dict[str, int] = field(default_factory=dict)
    turns: dict[str, int] = field(default_factory=dict)

    def count(self, entry: RosterEntry) -> int:
        """Return the member's adds of the day."""
        return self.counts.get(key(entry.userid), 0)

    def next_of(self, eligible: Sequence[RosterEntry]) -> RosterEntry:
        """Return whose turn it is; ties go to whoever is first on the roster."""
        return max(eligible, key=lambda entry: self.turns.get(key(entry.userid), 0) + entry.weight)

    def took(self, userid: str, eligible: Sequence[RosterEntry]) -> None:
        """Count a customer who came to `userid` while `eligible` might have had them."""
        taker = key(userid)
        self.counts[taker] = self.counts.get(taker, 0) + 1
        if all(key(entry.userid) != taker for entry in eligible):
            return
        for entry in eligible:
            self.turns[key(entry.userid)] = self.turns.get(key(entry.userid), 0) + entry.weight
        self.turns[taker] -= sum(entry.weight for entry in eligible)


def on_shift(entry: RosterEntry, at: datetime) -> bool:
    """Return whether the member is on shift at `at`; a shift is [start, end), without shifts always."""
    return not entry.shifts or any(covers(shift, at) for shift in entry.shifts)


def covers(shift: Shift, at: datetime) -> bool:
    """Return whether `at` lies in a shift: [start, end) of its weekdays, over midnight where end ≤ start."""
    local = at.astimezone(BEIJING)
    clock = local.strftime("%H:%M")
    today, yesterday = local.isoweekday(), (local - timedelta(days=1)).isoweekday()
    if shift.start < shift.end:
        return today in shift.weekdays and shift.start <= clock < shift.end
    evening = today in shift.weekdays and clock >= shift.start
    return evening or (yesterday in shift.weekdays and clock < shift.end)


def eligible(
    staff: Iterable[RosterEntry], able: Collection[str], standing: Standing, at: datetime
) -> list[RosterEntry]:
    """Return who may take a customer at `at`, in the roster's order. `able` holds userid keys."""
    return [
        entry
        for entry in staff
        if key(entry.userid) in able
        and entry.weight > 0
        and (entry.daily_cap is None or standing.count(entry) < entry.daily_cap)
        and on_shift(entry, at)
    ]


def standing(staff: Sequence[RosterEntry], able: Collection[str], adds: Iterable[Add]) -> Standing:
    """Return how the day stands after `adds`, oldest first."""
    day = Standing()
    for add in adds:
        day.took(add.userid, eligible(staff, able, day, datetime.fromisoformat(add.at)))
    return day


def able_members(channel: Channel, directory: Directory) -> frozenset[str]:
    """Return the keys of the channel's members, fallback included, whom WeCom lets be on a code."""
    named = {key(entry.userid) for entry in channel.staff} | {key(userid) for userid in channel.fallback}
    found = (directory.get(userid) for userid in named)
    return frozenset(member.key for member in found if member and member.may_take_customers)


def on_code(channel: Channel, directory: Directory, adds: Iterable[Add], now: datetime) -> OnCode:
    """Return whom the channel's code should lead to at `now`, after today's `adds`."""
    able = able_members(channel, directory)
    fallback = tuple(userid for userid in channel.fallback if key(userid) in able)
    if channel.status == "paused":
        return OnCode(fallback, "paused") if fallback else OnCode(channel.on_code, "nobody")
    day = standing(channel.staff, able, adds)
    free = eligible(channel.staff, able, day, now)
    if not free:
        return OnCode(fallback, "fallback") if fallback else OnCode(channel.on_code, "nobody")
    if distributed_by_wecom(free):
        return OnCode(tuple(entry.userid for entry in free[:MOST_ON_CODE]), "roster")
    return OnCode((day.next_of(free).userid,), "turn")


def distributed_by_wecom(free: Iterable[RosterEntry]) -> bool:
    """Return whether the members weigh the same, so that all of them can be on the code at once."""
    return len({entry.weight for entry in free}) <= 1


@dataclass(frozen=True)
class Forecast:
    """How many of the next scans go to each userid, in the roster's order, and how many to the fallback."""

    scans: Mapping[str, int]
    beyond: int


def forecast(
    staff: Sequence[RosterEntry], able: Collection[str], adds: Iterable[Add], now: datetime, scans: int
) -> Forecast:
    """Return how the next `scans` scans fall, all of them taken at `now` after today's `adds`.

    It is the rule that the code is set by, run forward; where weights are equal and WeCom distributes,
    it is what WeCom's even distribution comes to.
    """
    day = standing(staff, able, adds)
    fallen = {entry.userid: 0 for entry in staff}
    present = [replace(entry, shifts=()) for entry in staff if on_shift(entry, now)]
    for done in range(scans):
        free = eligible(present, able, day, now)
        if not free:
            return Forecast(fallen, scans - done)
        taker = day.next_of(free)
        day.took(taker.userid, free)
        fallen[taker.userid] += 1
    return Forecast(fallen, 0)


def needs_counting(channel: Channel) -> bool:
    """Return whether the code depends on today's adds: a cap, or weights that differ."""
    return any(entry.daily_cap is not None for entry in channel.staff) or not distributed_by_wecom(
        channel.staff
    )


def depends_on_time(channel: Channel) -> bool:
    """Return whether the code may change with the clock alone: a shift begins or ends, a day turns."""
    return needs_counting(channel) or any(entry.shifts for entry in channel.staff)


def is_due(channel: Channel) -> bool:
    """Return whether a tick has to look at the channel: a shift, cap or weight, or an unsettled code."""
    if channel.status in {"creating", "unknown"}:
        return True
    if channel.status not in {"active", "paused"}:
        return False
    return channel.pending_code is not None or (channel.status == "active" and depends_on_time(channel))
