"""A mass send of a SOP: the customers gathered for one sender, and the calls that come of them. Pure.

A gather has a natural key (sop, version, step, sender, due minute). What a customer waits for is noted in
their run; whoever was not in the plan when it was made is never in its calls (docs/decisions/0027).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

from scrm.mass_sends.content import Content
from scrm.moments import BEIJING
from scrm.settings.model import Settings
from scrm.sops.enrollment import Run
from scrm.sops.model import DAY, Mode, Step, Version
from scrm.sops.waiting import Wait, waits
from scrm.staff.model import key

SHARED: frozenset[Mode] = frozenset({"mass_group", "moment"})
"""Modes of which there is one task for a day, whoever comes later."""

MINUTE = timedelta(minutes=1)
MOST_WAITS = 10
"""So many minutes at most a gather waits for customers who were due with the others and are not here yet."""
SWEPT_AFTER = timedelta(minutes=3)
"""Longer than a worker lives: by then whoever was going to claim a place in a closed gather has."""
CLARIFIED_AFTER = timedelta(minutes=2)
GONE_AFTER = timedelta(minutes=6)
"""A call without an answer that WeCom does not list by then was not made."""
MOST_TRIES = 20
LONGEST = 30 * DAY
"""WeCom lists a month: what is not confirmed by then is not waited for."""
KEPT = 90 * DAY

GatherStatus = Literal["open", "closed", "running", "over"]
CallStatus = Literal["planned", "asked", "waiting", "over"]
CameTo = Literal["sent", "not_friend", "capped", "refused", "failed", "late", "waited", "withdrawn"]
"""What became of a customer's place: refused: of `fail_list`; withdrawn: never asked for."""
RESULTS: Mapping[int, CameTo] = {1: "sent", 2: "not_friend", 3: "capped"}


@dataclass(frozen=True)
class Gather:
    """One mass send. `calls` are so many once the plan is made; `closed_at` when no more came in.

    `asked_at` is when WeCom was first asked, `nudged` counts reminders and `nudge` tells of which kind the
    latest was; `swept`: whoever claimed a place as it closed has moved to the next one. Results are asked
    for at `poll_at`, the `polls` + 1st time; of this time those of the first `polled` calls are there.
    """

    mass_id: str
    sop_id: str
    number: int
    step_key: str
    sender: str
    due_at: datetime
    mode: Mode = "mass"
    priority: int = 50
    title: str = ""
    status: GatherStatus = "open"
    closed_at: datetime | None = None
    asked_at: datetime | None = None
    calls: int = 0
    looks: int = 0
    polls: int = 0
    poll_at: datetime | None = None
    polled: int = 0
    nudged: int = 0
    nudge: str = ""
    nudged_at: datetime | None = None
    swept: bool = False
    look_at: datetime | None = None
    revision: int = 0


@dataclass(frozen=True)
class Place:
    """A customer's place in a gather: whose run it is, and what variables are filled with."""

    subject: str
    external_userid: str
    cycle: int
    attempt: int
    owner: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class MassCall:
    """One call of `add_msg_template`, or one moment, for customers whose variables have the same `values`.

    `title` is the step's; `text` and `attachments` are what it said when it was asked, `sender` who confirms
    it, `tries` how often it was asked. `tells`: the sender is told of it, with the `total` of all their
    calls; `job_id` is that of a moment, `confirmed_at` when an owner has sent to their groups.
    """

    number: int
    sender: str
    values: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    text: str = ""
    attachments: tuple[Mapping[str, Any], ...] = ()
    status: CallStatus = "planned"
    asked_at: datetime | None = None
    msgid: str = ""
    job_id: str = ""
    errcode: int = 0
    tries: int = 0
    confirmed_at: datetime | None = None
    tells: bool = False
    total: int = 0

    @property
    def content(self) -> Content:
        """Return what it said when it was asked."""
        return Content(self.text, self.attachments)


def mass_id_of(
    version: Version, step: Step, sender: str, due: datetime, generation: int, *, shared: bool = False
) -> str:
    """Return the natural key of a gather; a later `generation` follows one that has closed."""
    day, minute = f"{due.astimezone(BEIJING):%Y%m%d}", f"{due.astimezone(UTC):%Y%m%d%H%M}"
    told = "\n".join((version.sop_id, str(version.number), step.key, key(sender), day if shared else minute))
    return f"{sha256(told.encode()).hexdigest()[:14]}.{generation}"


def opens_until(due: datetime, now: datetime) -> datetime:
    """Return when a gather is first looked at: a minute after its due minute, or after this one."""
    return max(_minute(due), _minute(now)) + MINUTE


def poll_after(polls: int) -> timedelta:
    """Return how long to wait before results are asked for again: 2 minutes, doubling, a day at most 6 h."""
    if polls < 12:
        return min(timedelta(minutes=2 * 2 ** min(polls, 5)), timedelta(hours=1))
    return timedelta(hours=4)


def deadline(gather: Gather, version: Version, step: Step) -> datetime | None:
    """Return when what is not confirmed is called back; None before WeCom was asked and no window runs.

    Timed: the end of the late window (3.6). Step by step: `max_wait` after it was asked, or a month where
    the SOP waits for good.
    """
    if version.strategy == "timed":
        return gather.due_at + version.late(step)
    if gather.asked_at is None:
        return None
    waits_for_good = version.policies.then == "wait"
    return gather.asked_at + (LONGEST if waits_for_good else version.policies.max_wait_days * DAY)


def next_nudge(gather: Gather, version: Version, corp: Settings) -> Wait | None:
    """Return the next reminder or escalation of a step by step SOP (spec 3.6), None: no more."""
    if version.strategy == "timed" or gather.asked_at is None:
        return None
    run = Run(gather.step_key, 1, "DISPATCHED", gather.due_at, gather.asked_at)
    left = [each for each in waits(run, version, corp) if each.kind != "over"][gather.nudged :]
    return left[0] if left else None


def looked(gather: Gather, at: datetime | None) -> Gather:
    """Return the gather to be looked at next then; each look has a name of its own."""
    return replace(gather, look_at=at, looks=gather.looks + 1)


def chunks(recipients: Iterable[str], most: int) -> list[list[str]]:
    """Return recipients in order, `most` at a time."""
    everybody = sorted(recipients)
    return [everybody[start : start + most] for start in range(0, len(everybody), most)]


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
