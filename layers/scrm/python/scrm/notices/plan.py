"""When a member's notices are sent, and which of them together (spec NTF-03, NTF-04, NTF-05).

An urgent notice is a message of its own, at once, up to WeCom's limit of the minute; what exceeds it waits
for the next minute and is then one message. Every other notice waits until the window that the first one
opened is over, and all that wait then are one message; quiet hours and the day's maximum put it off.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from scrm.notices.model import URGENT, Format, Notice
from scrm.notices.window import BEIJING, SendWindow, beijing_date

DIGEST_MAX = 50


@dataclass(frozen=True)
class Rules:
    """The corp's choices, and the kinds the member has muted."""

    window: timedelta = timedelta(minutes=30)
    daily_max: int = 30
    urgent: frozenset[str] = frozenset(URGENT)
    muted: frozenset[str] = frozenset()
    quiet_start: time = time(21, 0)
    quiet_end: time = time(9, 0)
    formats: Mapping[str, Format] = field(default_factory=dict)

    def is_urgent(self, notice: Notice) -> bool:
        """Return whether it goes out at once, by day and night."""
        return notice.kind in self.urgent and not notice.late

    def quiet_until(self, at: datetime) -> datetime | None:
        """Return when the quiet hours around `at` end, or None outside of them (Beijing time)."""
        local = at.astimezone(BEIJING)
        clock = local.time()
        over_midnight = self.quiet_start > self.quiet_end
        if over_midnight:
            quiet = clock >= self.quiet_start or clock < self.quiet_end
        else:
            quiet = self.quiet_start <= clock < self.quiet_end
        if not quiet:
            return None
        end = local.replace(hour=self.quiet_end.hour, minute=self.quiet_end.minute, second=0, microsecond=0)
        return end + timedelta(days=1) if over_midnight and clock >= self.quiet_start else end


@dataclass(frozen=True)
class Waiting:
    """A notice that has been put down and not sent. `since` is when we first saw it."""

    notice: Notice
    since: datetime

    @property
    def effective_at(self) -> datetime:
        """When its waiting counts from: from its arrival here, or from the time it was held back to."""
        return max(self.since, self.notice.not_before or self.since)


@dataclass(frozen=True)
class Plan:
    """What to do now: one message of `send`, `muted` never to be sent, the rest to look at again at `due`."""

    send: tuple[Notice, ...] = ()
    urgent: bool = False
    muted: tuple[Notice, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    due: datetime | None = None


def plan(waiting: Iterable[Waiting], sent: SendWindow, rules: Rules, now: datetime) -> Plan:
    """Return what to do with all notices of one member that wait.

    Urgent ones and a digest that is due travel in one message. `due` is when the earliest of those left
    may go; None when none is left.
    """
    everything = sorted(waiting, key=lambda each: each.notice.id)
    muted = tuple(each.notice for each in everything if each.notice.kind in rules.muted)
    kept = [each for each in everything if each.notice.kind not in rules.muted]
    ready = [each for each in kept if each.effective_at <= now]
    urgent = [each for each in ready if rules.is_urgent(each.notice)]
    rest = [each for each in ready if not rules.is_urgent(each.notice)]
    opens = sent.opens_at(now)
    chosen: list[Waiting] = []
    if opens <= now:
        digest = bool(rest) and _digest_due(rest, sent, rules, now) <= now
        chosen = (urgent + (rest if digest else []))[:DIGEST_MAX]
    taken = {each.notice.id for each in chosen}
    left = tuple(each for each in kept if each.notice.id not in taken)
    is_urgent = any(rules.is_urgent(each.notice) for each in chosen)
    after = sent.with_one(now, urgent=is_urgent) if chosen else sent
    return Plan(
        send=tuple(each.notice for each in chosen),
        urgent=is_urgent,
        muted=muted,
        waiting=left,
        due=due(left, after, rules, now),
    )


def due(waiting: Iterable[Waiting], sent: SendWindow, rules: Rules, now: datetime) -> datetime | None:
    """Return when the earliest of `waiting` may be sent, or None when there is none. Never before `now`."""
    times: list[datetime] = []
    rest: list[Waiting] = []
    for each in waiting:
        if not rules.is_urgent(each.notice):
            rest.append(each)
        elif each.effective_at > now:
            times.append(each.effective_at)
        else:
            times.append(sent.opens_at(now))
    if rest:
        times.append(_digest_due(rest, sent, rules, now))
    return max(min(times), now) if times else None


def _digest_due(rest: list[Waiting], sent: SendWindow, rules: Rules, now: datetime) -> datetime:
    """Return when the window of the first of `rest` ends, put off by quiet hours and the day's maximum."""
    at = max(min(each.effective_at for each in rest) + rules.window, now)
    if sent.sent_on(beijing_date(at)) >= max(rules.daily_max, 1):
        at = _next_day(at)
    return max(rules.quiet_until(at) or at, sent.opens_at(now))


def _next_day(at: datetime) -> datetime:
    midnight = at.astimezone(BEIJING).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1)
