"""What the routes of stages take and answer."""

from typing import Annotated, Any

from pydantic import Field, StrictBool, model_validator

from scrm.conditions.language import Condition
from scrm.http.fields import In, Moment, Out
from scrm.sidebar.models import Line, Version
from scrm.stages.model import EvidenceKind

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$", examples=["intention"])]
Sentence = Annotated[Line, Field(max_length=100)]
Threshold = Annotated[float, Field(ge=-1e9, le=1e9)]


class EvidenceIn(In):
    """One fact that is evidence. A score needs `score` and `at_least` or `value`, a condition itself."""

    kind: EvidenceKind
    title: Sentence = ""
    score: Annotated[Line, Field(min_length=1, max_length=40)] | None = None
    at_least: Threshold | None = None
    value: Annotated[Line, Field(min_length=1, max_length=40)] | None = None
    condition: Condition | None = None

    @model_validator(mode="after")
    def _fits_its_kind(self) -> "EvidenceIn":
        asks = [name for name in ("score", "at_least", "value") if getattr(self, name) is not None]
        if self.kind == "score":
            if self.score is None or len(asks) != 2:
                raise ValueError("评分需要 score，以及 at_least 或 value 之一")
        elif asks:
            raise ValueError("只有 kind 为 score 时可以填写 score、at_least、value")
        if (self.kind == "condition") is (self.condition is None):
            raise ValueError("kind 为 condition 时必须且只能填写 condition")
        return self


class NeedIn(In):
    """Something a stage needs; one of these facts is enough."""

    any_of: Annotated[list[EvidenceIn], Field(min_length=1, max_length=5)]


class StageIn(In):
    """One stage. Its key is for good: customers and history name it."""

    key: Key
    name: Annotated[Line, Field(min_length=1, max_length=20)]
    definition: Annotated[Line, Field(min_length=1, max_length=200)]
    needs: Annotated[list[NeedIn], Field(max_length=5)] = Field(default_factory=list)


class StagesIn(In):
    """Every stage in order, replacing those configured. `version` is the one that was read."""

    version: Version
    stages: Annotated[list[StageIn], Field(min_length=1, max_length=12)]
    skipped_count: StrictBool = True


class EvidenceOut(Out):
    """One fact that is evidence, and the sentence that asks for it."""

    kind: EvidenceKind
    title: str
    sentence: str
    score: str | None
    at_least: float | None
    value: str | None
    condition: dict[str, Any] | None


class NeedOut(Out):
    """Something a stage needs; one of these facts is enough."""

    code: str
    sentence: str
    any_of: list[EvidenceOut]


class StageOut(Out):
    """One stage 阶段 with its definition, and what entering it needs."""

    key: str
    name: str
    definition: str
    needs: list[NeedOut]


class StagesOut(Out):
    """The stages in order. `skipped_count`: who skips one brings its evidence too. Version 0: as shipped."""

    version: int
    stages: list[StageOut]
    skipped_count: bool
    updated_at: str


class MoveIn(In):
    """Where the customer is now: a stage's key or name. A move back needs a reason.

    `version` is the customer's, as it was read.
    """

    to: Annotated[Line, Field(min_length=1, max_length=40)]
    reason: Annotated[Line, Field(max_length=200)] = ""
    version: Version | None = None


class StageNowOut(Out):
    """Where a customer is, and since when. `version` is the customer's."""

    customer_id: str
    stage: str
    stage_name: str
    stage_at: Moment | None
    version: int


class ProofOut(Out):
    """A fact that was evidence."""

    kind: str
    id: str
    at: Moment | None


class MoveOut(Out):
    """One move: from where (empty: from none), to where, who, when, why, and what proved it."""

    from_stage: str
    from_name: str
    to_stage: str
    to_name: str
    at: Moment
    by: str
    by_name: str
    reason: str
    evidence: list[ProofOut]
