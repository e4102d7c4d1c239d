"""What the routes of intention rules take and answer."""

from typing import Annotated

from pydantic import Field, StrictBool, StrictFloat, StrictInt, StrictStr

from scrm.http.fields import In, Moment, Out
from scrm.intentions.model import ActKind
from scrm.sidebar.models import Line, Version

ScoreName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["intention"])]
Value = (
    Annotated[StrictInt, Field(ge=-(10**9), le=10**9)]
    | Annotated[StrictFloat, Field(ge=-1e9, le=1e9)]
    | Annotated[StrictStr, Field(min_length=1, max_length=40)]
)


class RuleIn(In):
    """At least `count` acts of `kind` within `days` days, whose page or target begins with `match`."""

    name: Annotated[Line, Field(min_length=1, max_length=40)]
    kind: ActKind
    match: Annotated[Line, Field(max_length=200)] = ""
    count: Annotated[int, Field(ge=1, le=100)]
    days: Annotated[int, Field(ge=1, le=90)]
    score: ScoreName = "intention"
    value: Value = "high"
    active: StrictBool = True


class RuleChangeIn(RuleIn):
    """The whole rule as it is to be. `version` is the one that was read."""

    version: Version


class RuleOut(Out):
    """One intention rule; scores it gives name `rule:<rule_id>` as their model."""

    rule_id: str
    name: str
    kind: ActKind
    match: str
    count: int
    days: int
    score: str
    value: float | str
    active: bool
    version: int
    created_by: str
    created_at: Moment
    updated_at: Moment
