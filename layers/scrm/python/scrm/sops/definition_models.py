"""What a SOP's definition says in a request: its form, field by field (SOP-01)."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StrictBool

from scrm.conditions.language import Condition
from scrm.http.fields import In
from scrm.scripts.content import Part
from scrm.sidebar.models import Line
from scrm.sops.model import (
    Anchor,
    Mode,
    OnReadd,
    OnTransfer,
    Purpose,
    Strategy,
    SubjectKind,
    TriggerKind,
    Version,
    WaitThen,
)
from scrm.sops.plain import version_of

MOST_STEPS = 60
MOST_PARTS = 10
YEARS = 3660


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError("应为日期，例如 2026-03-02") from None
    # What is moved from the ends of the calendar by a day or an offset is no time at all.
    if not 2000 <= day.year < 2100:
        raise ValueError("应为 2000 年至 2099 年之间的日期")
    return text


Key = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,20}$", examples=["A1"])]
Name = Annotated[Line, Field(min_length=1, max_length=50)]
Title = Annotated[Line, Field(min_length=1, max_length=50)]
Result = Annotated[Line, Field(min_length=1, max_length=20, pattern=r"^[^|#]+$", examples=["未接"])]
"""What came of a call or a to-do, in the corp's own words."""
Id = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,128}$")]
NamedId = Annotated[Line, Field(min_length=1, max_length=128)]
SopId = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_-]{0,31}$", examples=["A"])]
Clock = Annotated[str, Field(pattern=r"^(|([01][0-9]|2[0-3]):[0-5][0-9])$", examples=["10:00"])]
Day = Annotated[
    str, Field(pattern=r"^(|[0-9]{4}-[0-9]{2}-[0-9]{2})$"), AfterValidator(lambda t: t and _day(t))
]
Cycle = Annotated[str, Field(pattern=r"^(|weekly:[1-7]|birthday)$", examples=["weekly:1"])]
Minutes = Annotated[int, Field(ge=0, le=60 * 24 * 60)]
Tags = Annotated[list[Id], Field(max_length=10)]
FieldKey = Annotated[str, Field(pattern=r"^[0-9A-Za-z_]{1,64}$", examples=["area"])]


class ScheduleModel(In):
    """When a step is due.

    `days` and `minutes` after the step before (step by step) or the anchor (timed); `at` HH:MM in Beijing.
    Days before a birthday, a contract's end or a fixed date are negative.
    Timed alone: a `date`, or a `cycle` "weekly:1" to "weekly:7" or "birthday", `times` times (0: until the
    SOP is left). `on` "added": when a lead becomes a friend.
    """

    days: Annotated[int, Field(ge=-365, le=YEARS)] = 0
    minutes: Minutes = 0
    at: Clock = ""
    date: Day = ""
    cycle: Cycle = ""
    times: Annotated[int, Field(ge=0, le=520)] = 1
    workdays: StrictBool = False
    on: Annotated[str, Field(pattern=r"^(|added)$")] = ""


class BranchModel(In):
    """What follows from a result: another step, the same again, or the end."""

    goto: Annotated[str, Field(max_length=20)] = ""
    again_days: Annotated[int, Field(ge=0, le=90)] = 0
    most: Annotated[int, Field(ge=1, le=20)] = 1
    exit: Annotated[str, Field(pattern=r"^(|refused|stopped|goal)$")] = ""
    blacklist_days: Annotated[int, Field(ge=0, le=YEARS)] = 0
    tags: Tags = Field(default=[])


class StepModel(In):
    """One step with what it sends. `when` asks for results of earlier steps, `requires` for fields.

    `chats` are the customer groups of a group step, `tags` who may see a moment, else all. `revision` is as
    it was answered, so that a step can be sent back as it was read; it changes nothing.
    """

    key: Key
    title: Title
    mode: Mode = "todo"
    schedule: ScheduleModel = Field(default_factory=ScheduleModel)
    condition: Condition | None = None
    when: Annotated[
        dict[Key, Annotated[list[Result], Field(min_length=1, max_length=20)]], Field(max_length=10)
    ] = Field(default={})
    marketing: StrictBool = True
    requires: Annotated[list[FieldKey], Field(max_length=20)] = Field(default=[])
    branches: Annotated[dict[Result, BranchModel], Field(max_length=20)] = Field(default={})
    late_minutes: Annotated[int, Field(ge=1, le=60 * 24 * 60)] | None = None
    points: Annotated[dict[Result, Annotated[int, Field(ge=1, le=100)]], Field(max_length=20)] = Field(
        default={}
    )
    chats: Annotated[list[Id], Field(max_length=100)] = Field(default=[])
    tags: Tags = Field(default=[])
    parts: Annotated[list[Part], Field(max_length=MOST_PARTS)] = Field(default=[])
    revision: Annotated[int, Field(ge=0, le=2**31)] = 0


class TriggerModel(In):
    """What makes somebody enter: `ids` are segments, channels, pools, or codes of products that are ordered.

    None means any, but of segments one has to be named.
    """

    kind: TriggerKind
    ids: Annotated[list[NamedId], Field(max_length=100)] = Field(default=[])


class GoalModel(In):
    """What a SOP is for: a paid order, an act in the trace, enough points, or a condition."""

    kind: Annotated[str, Field(pattern=r"^(order|event|points|condition)$")]
    event: Annotated[Line, Field(max_length=100, examples=["form"])] = ""
    points: Annotated[int, Field(ge=0, le=10_000)] = 0
    condition: Condition | None = None


class EndingModel(In):
    """What is done when somebody ends: tags, the next SOP, a lead, a notice to the member (SOP-24)."""

    tags: Tags = Field(default=[])
    sop_id: Annotated[str, Field(max_length=32)] = ""
    lead: StrictBool = False
    notify: StrictBool = False


class PoliciesModel(In):
    """How a SOP bears what goes otherwise than planned; what is left out is as in spec 3."""

    late_minutes: Annotated[int, Field(ge=1, le=60 * 24 * 60)] = 360
    immediate: StrictBool = True
    max_wait_days: Annotated[int, Field(ge=1, le=365)] = 7
    then: WaitThen = "wait"
    workdays: StrictBool = False
    cycles: Annotated[int, Field(ge=0, le=1000)] = 0
    reentry_days: Annotated[int, Field(ge=0, le=YEARS)] = 90
    on_transfer: OnTransfer = "continue"
    on_readd: OnReadd = "resume"
    resume_days: Annotated[int, Field(ge=0, le=YEARS)] = 30
    another_friend: StrictBool = False
    on_failure: Annotated[str, Field(pattern=r"^(skip|stop)$")] = "skip"


class SopDefinition(In):
    """A whole version of a SOP: who enters, what is done when, how it ends. One strategy for all steps."""

    name: Name
    strategy: Strategy
    steps: Annotated[list[StepModel], Field(min_length=1, max_length=MOST_STEPS)]
    priority: Annotated[int, Field(ge=0, le=999)] = 50
    subject: SubjectKind = "customer"
    purpose: Purpose = "marketing"
    triggers: Annotated[list[TriggerModel], Field(min_length=1, max_length=10)] = Field(
        default_factory=lambda: [TriggerModel(kind="manual")]
    )
    condition: Condition | None = None
    leaves: StrictBool = True
    anchor: Anchor = "entered"
    anchor_date: Day = ""
    goals: Annotated[list[GoalModel], Field(max_length=10)] = Field(default=[])
    completed: EndingModel = Field(default_factory=EndingModel)
    achieved: EndingModel = Field(default_factory=EndingModel)
    policies: PoliciesModel = Field(default_factory=PoliciesModel)


def version_asked(asked: SopDefinition, sop_id: str, number: int) -> Version:
    """Return what a request defines, as the rules know it."""
    told = {name: getattr(asked, name) for name in SopDefinition.model_fields}
    plain = {name: _plain(each) for name, each in told.items()}
    for step in plain["steps"]:
        del step["parts"], step["revision"]
    return version_of({**plain, "sop_id": sop_id, "number": number})


def parts_asked(asked: SopDefinition) -> dict[str, list[dict[str, Any]]]:
    """Return what each step sends as it is written, by step key."""
    return {each.key: written(each.parts) for each in asked.steps if each.parts}


def written(parts: list[Any]) -> list[dict[str, Any]]:
    """Return parts in the form they are stored in."""
    return [each.model_dump(mode="json") for each in parts]


def _plain(value: Any) -> Any:
    if isinstance(value, In):
        return value.model_dump(mode="json", by_alias=True)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return value
