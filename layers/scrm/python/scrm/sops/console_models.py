"""What the routes of SOPs take and answer."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, RootModel, StrictBool, Tag

from scrm.http.fields import In, Out
from scrm.jobs.models import JobOut
from scrm.scripts.content import Part
from scrm.sidebar.models import Version
from scrm.sops.definition_models import (
    MOST_PARTS,
    BranchModel,
    EndingModel,
    PoliciesModel,
    ScheduleModel,
    SopDefinition,
    SopId,
    TriggerModel,
)
from scrm.sops.model import PublishPolicy, SopStatus

TemplateKey = Literal["new_customer", "repurchase", "silent", "public_sea"]
VersionState = Literal["draft", "in_force", "former"]


class WholeSopIn(SopDefinition):
    """A definition as it was read, changed where it is to differ; `number` and `state` change nothing."""

    number: Annotated[int, Field(ge=0, le=9999)] | None = None
    state: VersionState | None = None


class NewSopIn(WholeSopIn):
    """A SOP that is to be, as a draft; without an id it is given one."""

    sop_id: SopId | None = None


class FromTemplateIn(In):
    """A SOP as a template has it, as a draft; without a name it is called as the template is."""

    template: TemplateKey
    sop_id: SopId | None = None
    name: Annotated[str, Field(min_length=1, max_length=50)] | None = None


def _form(given: Any) -> str:
    named = given if isinstance(given, Mapping) else vars(given) if isinstance(given, In) else {}
    return "form-template" if "template" in named else "form-definition"


class MadeSopIn(
    RootModel[
        Annotated[
            Annotated[NewSopIn, Tag("form-definition")] | Annotated[FromTemplateIn, Tag("form-template")],
            Discriminator(_form),
        ]
    ]
):
    """A SOP that is to be: its definition, or the template that it is made of."""


class ChangedSopIn(WholeSopIn):
    """A whole version as it is to be; `version` is the SOP's that was read."""

    version: Version


class PublishIn(In):
    """What becomes of everybody midway when the draft is published; `dry_run` tells and changes nothing.

    keep: they finish the version they are on. migrate: they go on with the new one after what is done.
    restart: they begin anew. exit: they leave. `version` is the SOP's that was read.
    """

    version: Version
    policy: PublishPolicy = "keep"
    dry_run: StrictBool = False


class PublishPreviewIn(In):
    """Which policy is asked about; `cursor` goes on where an earlier answer stopped."""

    policy: PublishPolicy = "keep"
    cursor: str | None = None


class StepContentIn(In):
    """What a step sends instead; `revision` is the step's that was read, 0 where it sent nothing."""

    parts: Annotated[list[Part], Field(min_length=1, max_length=MOST_PARTS)]
    revision: Annotated[int, Field(ge=0, le=2**31)]


class SopOut(Out):
    """A SOP. `published` is the number of the version in force, 0 for none; `draft` that of the latest."""

    sop_id: str
    name: str
    status: SopStatus
    published: int
    draft: int
    version: int
    updated_at: str


class SopGoalOut(Out):
    """What a SOP is for."""

    kind: str
    event: str
    points: int
    condition: dict[str, Any] | None


class SopStepOut(Out):
    """One step with what it sends; `revision` counts what it was corrected."""

    key: str
    title: str
    mode: str
    schedule: ScheduleModel
    condition: dict[str, Any] | None
    when: dict[str, list[str]]
    marketing: bool
    requires: list[str]
    branches: dict[str, BranchModel]
    late_minutes: int | None
    points: dict[str, int]
    chats: list[str]
    tags: list[str]
    parts: list[dict[str, Any]]
    revision: int


class SopVersionOut(Out):
    """One version of a SOP, whole."""

    number: int
    state: VersionState
    name: str
    strategy: str
    priority: int
    subject: str
    purpose: str
    triggers: list[TriggerModel]
    condition: dict[str, Any] | None
    leaves: bool
    anchor: str
    anchor_date: str
    goals: list[SopGoalOut]
    completed: EndingModel
    achieved: EndingModel
    policies: PoliciesModel
    steps: list[SopStepOut]


class SopWrongOut(Out):
    """One thing that has to be put right before a draft can be published."""

    field: str
    message: str


class SopDetail(SopOut):
    """A SOP with its latest version; `wrong` is what stands in the way of publishing it."""

    definition: SopVersionOut
    wrong: list[SopWrongOut]


class SopVersionMadeOut(Out):
    """A version, who stored it last and when."""

    number: int
    state: VersionState
    by: str
    at: str


class SopVersionsOut(Out):
    """The versions of a SOP, the latest first."""

    items: list[SopVersionMadeOut]


class BarsMovedOut(Out):
    """How many go from one step to another; a sample of who they are. No step: before, or after all."""

    from_step: str
    to_step: str
    outcome: Literal["keep", "migrate", "restart", "exit", "complete"]
    count: int
    sample: list[str]


class PublishPreviewOut(Out):
    """What publishing would do to those midway; until `complete`, go on with `next_cursor` and add up."""

    number: int
    policy: PublishPolicy
    counted: int
    complete: bool
    next_cursor: str | None
    moves: list[BarsMovedOut]


class PublishedOut(Out):
    """The SOP; the job that moves who is midway, if any is; with `dry_run` what would be."""

    sop: SopDetail
    job: JobOut | None = None
    preview: PublishPreviewOut | None = None


class SwitchedOut(Out):
    """The SOP, and the job that does what follows for everybody in it, if there is one."""

    sop: SopOut
    job: JobOut | None = None


class StepContentOut(Out):
    """What a step sends from now on."""

    step_key: str
    revision: int
    parts: list[dict[str, Any]]


class SopTemplateOut(Out):
    """A ready-made SOP, to be made a draft and completed."""

    template: TemplateKey
    title: str
    name: str
    description: str
    definition: SopVersionOut


class SopTemplatesOut(Out):
    """The four ready-made SOPs."""

    items: list[SopTemplateOut]
