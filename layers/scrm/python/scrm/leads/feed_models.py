"""What the route of leads takes from other systems and answers (LED-08, LED-10)."""

from typing import Annotated, Any, Literal

from pydantic import Field, SkipValidation, model_validator

from scrm.http.fields import In, Out
from scrm.integrations.models import RowError
from scrm.leads.intake_models import LeadIn, Text, Value
from scrm.leads.kinds import FedKind

MOST_ROWS = 100

Url = Annotated[str, Field(max_length=2048, pattern=r"^(https?://\S+)?$")]
Params = Annotated[dict[Text, Annotated[str, Field(max_length=500)]], Field(max_length=20)]
Labels = Annotated[list[Annotated[Text, Field(min_length=1)]], Field(max_length=10)]
Skills = Annotated[dict[Text, Annotated[int, Field(ge=1, le=10)]], Field(max_length=10)]


class LeadRowIn(LeadIn):
    """A lead as another system tells of it. `source_id` names it there: telling it again changes nothing.

    It is the system's own: another key may use the same.
    """

    kind: FedKind
    source_id: Annotated[str, Field(max_length=128)] = ""
    prelabels: Labels = Field(default_factory=list)
    skills: Skills = Field(default_factory=dict)
    score: Annotated[int, Field(ge=0, le=100)] = 0
    url: Url = ""
    params: Params = Field(default_factory=dict)


class ResultIn(In):
    """What a call robot found out of a lead, which is named by its id or its phone."""

    kind: Literal["call_robot"] = "call_robot"
    lead_id: Annotated[str, Field(pattern=r"^ld[0-9A-Za-z_]{1,62}$")] | None = None
    phone: Value | None = None
    result: Literal["valid", "invalid"]
    note: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _names_one(self) -> "ResultIn":
        if (self.lead_id is None) == (self.phone is None):
            raise ValueError("lead_id 与 phone 必须且只能给出一个")
        return self


class LeadsIn(In):
    """1 to 100 leads or results, each judged by itself; one row may come by itself."""

    leads: Annotated[list[SkipValidation[LeadRowIn | ResultIn]], Field(min_length=1, max_length=MOST_ROWS)]

    @model_validator(mode="before")
    @classmethod
    def _one_by_itself(cls, given: Any) -> Any:
        bare = isinstance(given, dict) and "leads" not in given and given.keys() & {"kind", "result"}
        return {"leads": [given]} if bare else given


class LeadRowOut(Out):
    """What became of one row.

    created: a new lead. duplicate: noted on the open lead of this person, or told before. blacklisted: kept
    as INVALID, and nobody is told. conflict: it names several open leads, a person decides. cleaned: the
    result is recorded. not_found, wrong_status: there is no such lead, or somebody has it. busy: send the row
    again.
    """

    source_id: str
    status: Literal[
        "created",
        "duplicate",
        "blacklisted",
        "conflict",
        "cleaned",
        "not_found",
        "wrong_status",
        "invalid",
        "busy",
    ]
    lead_id: str | None = None
    errors: list[RowError] = Field(default_factory=list)


class LeadsOut(Out):
    """What became of each row, in the order they were sent."""

    recorded: int
    results: list[LeadRowOut]
