"""When a step is due (spec 3.2, 3.3, 3.13), in Beijing's calendar. Pure."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from scrm.moments import BEIJING
from scrm.settings.model import Settings
from scrm.sops.birthdays import days_of
from scrm.sops.enrollment import Enrollment
from scrm.sops.model import DAY, Schedule, Step, Version
from scrm.workdays import NeverWorks, is_workday, next_workday

AT_ONCE = timedelta(minutes=5)
"""After so long a timed step of the first day is due whose time had passed (spec 3.2 `immediate`)."""


def at_clock(day: date, clock: str) -> datetime:
    """Return the time HH:MM of a Beijing day."""
    return datetime.combine(day, time.fromisoformat(clock), BEIJING)


def out_of_quiet(due: datetime, corp: Settings) -> datetime:
    """Return `due`, or the end of the quiet hours it lies in (spec 3.13: [21:00, 09:00))."""
    hours = corp.quiet_hours
    if hours.start == hours.end or not hours.contains(due):
        return due
    ends = at_clock(due.astimezone(BEIJING).date(), hours.end)
    return ends if ends > due else ends + DAY


def next_morning(now: datetime, corp: Settings) -> datetime:
    """Return the next end of the quiet hours after `now` ("next morning", spec 3.13)."""
    ends = at_clock(now.astimezone(BEIJING).date(), corp.quiet_hours.end)
    return ends if ends > now else ends + DAY


def fitting(due: datetime, schedule: Schedule, version: Version, corp: Settings) -> datetime:
    """Return `due` moved out of quiet hours and, where asked for, to the same time of a working day.

    A corp that never works has no such day: the step is due as it is, not in a year.
    """
    due = out_of_quiet(due, corp)
    day = due.astimezone(BEIJING).date()
    if not (schedule.workdays or version.policies.workdays) or is_workday(day, corp):
        return due
    try:
        return due + (next_workday(day, corp) - day)
    except NeverWorks:
        return due


def after_done(schedule: Schedule, done_at: datetime) -> datetime | None:
    """Return when the next step is due: `at(date(done) + days, HH:MM)` for a day or more, else done + gap.

    A time of the same day that has passed is due at once. None: it waits for an event.
    """
    if schedule.on:
        return None
    if not schedule.at:
        return done_at + schedule.days * DAY + timedelta(minutes=schedule.minutes)
    due = at_clock(done_at.astimezone(BEIJING).date() + schedule.days * DAY, schedule.at)
    return max(due, done_at)


def from_anchor(step: Step, enrollment: Enrollment, version: Version) -> datetime | None:
    """Return when a timed step is due; None when it has no (further) time: it is skipped.

    The first day's time that has passed is due five minutes after the anchor, or None by policy.
    """
    schedule, anchor = step.schedule, enrollment.anchor_at
    if schedule.cycle:
        return next(_after(step, enrollment), None)
    if schedule.date:
        return at_clock(date.fromisoformat(schedule.date), schedule.at or "09:00")
    if not schedule.at:
        return anchor + schedule.days * DAY + timedelta(minutes=schedule.minutes)
    due = at_clock(anchor.astimezone(BEIJING).date() + schedule.days * DAY, schedule.at)
    if schedule.days == 0 and due < anchor:
        return anchor + AT_ONCE if version.policies.immediate else None
    return due


def due_of(step: Step, enrollment: Enrollment, version: Version, corp: Settings) -> datetime | None:
    """Return when a timed step is due for somebody, outside of quiet hours; None: never."""
    if step.key in enrollment.moved:
        return enrollment.moved[step.key]
    due = from_anchor(step, enrollment, version)
    return fitting(due, step.schedule, version, corp) if due else None


def _after(step: Step, enrollment: Enrollment) -> Iterator[datetime]:
    """Yield the next time of a cyclic step after its latest run, while it has times left."""
    runs = [each for each in enrollment.runs if each.step_key == step.key]
    taken_back = sum(1 for each in runs if each.status == "CANCELLED")
    # By attempts: the oldest runs are no longer kept.
    if step.schedule.times and enrollment.attempts(step.key) - taken_back >= step.schedule.times:
        return
    runs = [each for each in runs if each.status != "CANCELLED"]
    last = max((each.due for each in runs), default=enrollment.anchor_at)
    clock = step.schedule.at or "09:00"
    kind, _, weekday = step.schedule.cycle.partition(":")
    day = last.astimezone(BEIJING).date()
    if kind == "weekly":
        for ahead in range(8):
            due = at_clock(day + ahead * DAY, clock)
            if due.isoweekday() == int(weekday) and due > last:
                yield due
        return
    for each in days_of(enrollment.birthday, day.year) if enrollment.birthday else ():
        if at_clock(each, clock) > last:
            yield at_clock(each, clock)
