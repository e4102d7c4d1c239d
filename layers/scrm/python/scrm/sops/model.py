"""A SOP as it is defined (spec 2.1, 3.1-3.9): what never changes of a version once it is published. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal, get_args

Strategy = Literal["step_by_step", "timed"]

Mode = Literal["todo", "mass", "mass_group", "moment", "welcome", "call"]
MODES: tuple[Mode, ...] = get_args(Mode)
TO_DOS: frozenset[Mode] = frozenset({"todo", "call"})
"""Modes by which a member of staff has something to do."""
GATHERED: frozenset[Mode] = frozenset({"mass", "mass_group", "moment"})
"""Modes that are carried out for many customers together (spec 3.9)."""

SubjectKind = Literal["customer", "lead"]
Purpose = Literal["marketing", "service"]
TriggerKind = Literal["segment", "added", "order", "lead", "manual"]
Anchor = Literal["entered", "added", "order", "contract_end", "birthday", "date"]
BranchEnd = Literal["", "refused", "stopped", "goal"]
SopStatus = Literal["draft", "running", "paused", "stopped"]
WaitThen = Literal["wait", "skip", "exit"]
OnTransfer = Literal["continue", "restart", "exit"]
OnReadd = Literal["resume", "restart", "none"]
PublishPolicy = Literal["keep", "migrate", "restart", "exit"]

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Schedule:
    """When a step is due.

    `days` and `minutes` count from the step before (step by step) or from the anchor (timed; days before it
    are negative); `at` HH:MM in Beijing, "" keeps the time of day. Timed alone: `date` YYYY-MM-DD, or
    `cycle`: "weekly:1" (Monday) to "weekly:7", or "birthday", each next time after the anchor, `times`
    times (0: until the SOP is left).
    `workdays`: a day off moves it to the next working day. `on` "added": when a lead becomes a friend.
    """

    days: int = 0
    minutes: int = 0
    at: str = ""
    date: str = ""
    cycle: str = ""
    times: int = 1
    workdays: bool = False
    on: Literal["", "added"] = ""


@dataclass(frozen=True)
class Branch:
    """What follows from a step's result: another step, the same again, or the end (spec 3.5, 3.12 SOP-C).

    `again_days` repeats the step at most `most` times in all, then `goto` or `exit` holds; without both the
    next step follows. `blacklist_days`: a lead that refuses is not tried again for so long.
    """

    goto: str = ""
    again_days: int = 0
    most: int = 1
    exit: BranchEnd = ""
    blacklist_days: int = 0
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One step. `condition` is plain as in scrm.conditions; `when` asks for results of earlier steps.

    `chats` are the groups of a group step, `tags` who may see a moment (none: the owners' customers).
    `requires` names customer fields without which the step is not done; `late_minutes` None takes the SOP's
    window; `points` are those of nurture (spec 3.5), by act: "open", "reply" or a result.
    """

    key: str
    title: str
    mode: Mode = "todo"
    schedule: Schedule = Schedule()
    condition: Mapping[str, Any] | None = None
    when: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    marketing: bool = True
    requires: tuple[str, ...] = ()
    branches: Mapping[str, Branch] = field(default_factory=dict)
    late_minutes: int | None = None
    points: Mapping[str, int] = field(default_factory=dict)
    chats: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def counted(self) -> bool:
        """Return whether the progress bar counts it: a welcome is step 0 and is not (O-S1)."""
        return self.mode != "welcome"


@dataclass(frozen=True)
class Trigger:
    """What makes somebody enter; `ids` are segments, channels or pools, none: any of them."""

    kind: TriggerKind
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Goal:
    """What a SOP is for: a paid order, an act in the trace since entering, enough points, or a condition."""

    kind: Literal["order", "event", "points", "condition"]
    event: str = ""
    points: int = 0
    condition: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Ending:
    """What is done when somebody ends with a goal or with the last step (SOP-24)."""

    tags: tuple[str, ...] = ()
    sop_id: str = ""
    lead: bool = False
    notify: bool = False


@dataclass(frozen=True)
class Policies:
    """How a SOP bears what goes otherwise than planned; the defaults are those of spec 3."""

    late_minutes: int = 360
    immediate: bool = True
    max_wait_days: int = 7
    then: WaitThen = "wait"
    workdays: bool = False
    cycles: int = 0
    reentry_days: int = 90
    on_transfer: OnTransfer = "continue"
    on_readd: OnReadd = "resume"
    resume_days: int = 30
    another_friend: bool = False
    on_failure: Literal["skip", "stop"] = "skip"


@dataclass(frozen=True)
class Version:
    """One version of a SOP; immutable once published (SOP-01). `cycles` 0: entered again without limit.

    `condition` is who may be in it: asked at entering and before each step (3.3); `leaves` says whether no
    longer fitting ends it. `anchor` is what a timed SOP counts from; `anchor_date` for a fixed one.
    """

    sop_id: str
    number: int
    name: str
    strategy: Strategy
    steps: tuple[Step, ...]
    priority: int = 50
    subject: SubjectKind = "customer"
    purpose: Purpose = "marketing"
    triggers: tuple[Trigger, ...] = (Trigger("manual"),)
    condition: Mapping[str, Any] | None = None
    leaves: bool = True
    anchor: Anchor = "entered"
    anchor_date: str = ""
    goals: tuple[Goal, ...] = ()
    completed: Ending = Ending()
    achieved: Ending = Ending()
    policies: Policies = Policies()

    def step(self, key: str) -> Step | None:
        """Return the step of a key, or None."""
        return next((each for each in self.steps if each.key == key), None)

    def place(self, key: str) -> int:
        """Return where a step stands, -1 for a key it has not."""
        return next((place for place, each in enumerate(self.steps) if each.key == key), -1)

    @property
    def to_run(self) -> tuple[Step, ...]:
        """Return the steps that time starts: all but the welcome."""
        return tuple(each for each in self.steps if each.counted)

    def late(self, step: Step) -> timedelta:
        """Return how long after its due a timed step may still be sent (spec 3.6)."""
        minutes = self.policies.late_minutes if step.late_minutes is None else step.late_minutes
        return timedelta(minutes=minutes)


@dataclass(frozen=True)
class Sop:
    """A SOP: which version new customers enter, which one is worked on, whether it goes on."""

    sop_id: str
    name: str
    status: SopStatus = "draft"
    published: int = 0
    draft: int = 1
    version: int = 0
    updated_at: str = ""

    @property
    def live(self) -> bool:
        """Return whether steps are sent and customers enter."""
        return self.status == "running" and self.published > 0
