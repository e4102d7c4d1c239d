"""What happens while a dispatched step of a step-by-step SOP waits to be sent (spec 3.6). Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from scrm.settings.model import Settings
from scrm.sops.enrollment import Run
from scrm.sops.model import DAY, Version
from scrm.sops.timing import next_morning, out_of_quiet

REMIND_AFTER = timedelta(hours=4)
ESCALATE_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class Wait:
    """That at a time the member is reminded, the manager told, or the wait is over."""

    at: datetime
    kind: Literal["remind", "escalate", "over"]


def waits(run: Run, version: Version, corp: Settings) -> tuple[Wait, ...]:
    """Return what happens to a step dispatched at `run.at`, in order: +4 h, next 09:00, +24 h, max_wait.

    Reminders inside quiet hours move to their end; two at one time are one.
    """
    morning = next_morning(run.at, corp)
    reminders = sorted({out_of_quiet(run.at + REMIND_AFTER, corp), morning})
    escalation = out_of_quiet(run.at + ESCALATE_AFTER, corp)
    over = run.at + version.policies.max_wait_days * DAY
    known = [*(Wait(each, "remind") for each in reminders), Wait(escalation, "escalate"), Wait(over, "over")]
    return tuple(sorted((each for each in known if each.at <= over), key=_place))


def next_wait(run: Run, reminded: int, version: Version, corp: Settings) -> Wait | None:
    """Return what comes after `reminded` things have; None: it waits for good."""
    return next(iter(waits(run, version, corp)[reminded:]), None)


def _place(wait: Wait) -> tuple[datetime, bool]:
    return wait.at, wait.kind == "over"
