"""An enrollment 推送进度条: where one customer stands in one SOP (spec 2.1, 2.3). Pure; times in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args
from zlib import crc32

from scrm.sops.model import Sop, Step, Version

SHARDS = 4
"""So many parts has what is due of SOPs; the tick asks one after the other (U7)."""

Status = Literal["ACTIVE", "PAUSED", "COMPLETED", "EXITED"]
STATUSES: tuple[Status, ...] = get_args(Status)
LIVE: frozenset[Status] = frozenset({"ACTIVE", "PAUSED"})

RunStatus = Literal["DISPATCHED", "SENT", "MISSED", "SKIPPED", "CANCELLED", "FAILED"]
PENDING = "transfer_pending"
OWNER_LEFT = "owner_left"
SOP_PAUSED = "sop_paused"
WAITS_FOR_OWNER = frozenset({PENDING, OWNER_LEFT})
"""Why a bar rests until it is somebody's: whoever it comes to goes on."""

OVER: frozenset[RunStatus] = frozenset({"SENT", "MISSED", "SKIPPED", "FAILED"})
"""What has ended a step: the one after it may follow."""

TAKEN_BACK: frozenset[RunStatus] = frozenset({"CANCELLED", "MISSED"})
"""What a run ended by that nobody has seen sent; evidence from before that counts all the same."""

ExitWhy = Literal[
    "goal",
    "segment",
    "lost_relation",
    "optout",
    "stopped",
    "merged",
    "waited",
    "failed",
    "refused",
    "transfer",
    "restarted",
]


@dataclass(frozen=True)
class Run:
    """One run of a step; unique by (enrollment, step key, attempt).

    `due` is when it was to start, `at` when it got its status. `why` tells of a MISSED (late, cap, waited) or
    SKIPPED (condition, optout, migrated) one; `result` is that of a call.
    """

    step_key: str
    attempt: int
    status: RunStatus
    due: datetime
    at: datetime
    why: str = ""
    result: str = ""


@dataclass(frozen=True)
class Enrollment:
    """One customer's (or lead's) progress in one SOP.

    `owner` is the member who executes it, `external_userid` the chat, `birthday` MM-DD. `cursor` is the step
    whose time comes next and `due_at` when (None while it is dispatched, waits for an event, or is over); of
    a timed SOP the earliest step without a run. `moved` holds dues that a cap has put off, by step.
    `reminded` counts the reminders of the dispatched step, `nudge` tells of which kind the latest was.
    `base_at` is when the last step was done: what a gap counts from. `look_at` is when the clock has to look
    at it next.
    """

    sop_id: str
    subject: str
    version: int
    entered_at: datetime
    anchor_at: datetime
    cycle: int = 1
    priority: int = 50
    status: Status = "ACTIVE"
    why: str = ""
    owner: str = ""
    external_userid: str = ""
    lead_id: str = ""
    channel_id: str = ""
    trigger: str = ""
    birthday: str = ""
    cursor: str = ""
    due_at: datetime | None = None
    base_at: datetime | None = None
    moved: Mapping[str, datetime] = field(default_factory=dict)
    deferrals: int = 0
    reminded: int = 0
    nudge: str = ""
    runs: tuple[Run, ...] = ()
    points: int = 0
    credited: tuple[str, ...] = ()
    ended_at: datetime | None = None
    look_at: datetime | None = None
    revision: int = 0

    @property
    def enrollment_id(self) -> str:
        """Return what names this cycle for good: `<subject>.<sop_id>.<cycle>`, of a lead's by the lead.

        It stays the same when the lead becomes a customer: its runs, to-dos and touches are named by it.
        """
        return f"{self.lead_id or self.subject}.{self.sop_id}.{self.cycle}"

    @property
    def is_live(self) -> bool:
        """Return whether it may still go on."""
        return self.status in LIVE

    def latest(self, step_key: str) -> Run | None:
        """Return the latest run of a step, None before any."""
        return max((each for each in self.runs if each.step_key == step_key), key=_attempt, default=None)

    def attempts(self, step_key: str) -> int:
        """Return how many runs a step has had."""
        return max((each.attempt for each in self.runs if each.step_key == step_key), default=0)

    @property
    def dispatched(self) -> tuple[Run, ...]:
        """Return the runs that wait for their evidence."""
        return tuple(each for each in self.runs if each.status == "DISPATCHED")

    @property
    def done_keys(self) -> frozenset[str]:
        """Return the steps whose latest run has ended otherwise than by being cancelled."""
        return frozenset(each.step_key for each in self.runs if each.status in OVER)


def run_id(enrollment: Enrollment, step_key: str, attempt: int) -> str:
    """Return the natural key of a step run (spec 2.2)."""
    return f"{enrollment.enrollment_id}#{step_key}#{attempt}"


def shard_of(subject: str) -> int:
    """Return in which part of what is due the tick finds a customer."""
    return crc32(subject.encode()) % SHARDS


@dataclass(frozen=True)
class Bar:
    """A progress bar: so many of the steps that apply are done; of the others some were missed (spec 3.1)."""

    done: int
    of: int
    missed: int = 0
    skipped: int = 0

    def __str__(self) -> str:
        return f"{self.done}/{self.of}"


def bar_of(enrollment: Enrollment, version: Version) -> Bar:
    """Return the progress bar: SKIPPED steps are not counted at all, MISSED ones are, but are not done.

    Steps that were done in an earlier version and are not in this one do not count; one that is to be done
    again, or once more by its cycle, is not done. A step that a new version put before where somebody
    stands, step by step, is passed over: it never comes and does not apply to them.
    """
    runs = [_counts(enrollment, each) for each in version.to_run]
    of = {status: sum(1 for run in runs if run and run.status == status) for status in get_args(RunStatus)}
    passed = runs[: _stands(enrollment, version)] if version.strategy == "step_by_step" else []
    skipped = of["SKIPPED"] + sum(each is None for each in passed)
    return Bar(of["SENT"], len(runs) - skipped, of["MISSED"] + of["FAILED"], skipped)


def _stands(enrollment: Enrollment, version: Version) -> int:
    """Return the place of the step somebody is at among those that time starts, at the end the last over."""
    keys = [each.key for each in version.to_run]
    if enrollment.is_live and enrollment.cursor in keys:
        return keys.index(enrollment.cursor)
    return max((keys.index(each) for each in enrollment.done_keys if each in keys), default=0)


def status_of(it: Enrollment, sop: Sop) -> tuple[Status, str]:
    """Return what an enrollment is, and why: PAUSED(sop_paused) while its SOP is, though no row was moved."""
    if sop.status == "paused" and it.status == "ACTIVE":
        return "PAUSED", "sop_paused"
    if sop.status == "stopped" and it.is_live:
        return "EXITED", "stopped"
    return it.status, it.why


def _counts(enrollment: Enrollment, step: Step) -> Run | None:
    """Return the run that tells how a step stands, None while it is to come, or to come once more."""
    latest = enrollment.latest(step.key)
    if enrollment.is_live and (enrollment.cursor == step.key or _comes_again(enrollment, step, latest)):
        return None
    return latest


def _comes_again(enrollment: Enrollment, step: Step, latest: Run | None) -> bool:
    """Return whether a cyclic step has times left; one that has no time at all was skipped as past."""
    if not step.schedule.cycle or (latest and latest.why == "past"):
        return False
    over = sum(1 for each in enrollment.runs if each.step_key == step.key and each.status == "CANCELLED")
    return not step.schedule.times or enrollment.attempts(step.key) - over < step.schedule.times


def _attempt(run: Run) -> int:
    return run.attempt
