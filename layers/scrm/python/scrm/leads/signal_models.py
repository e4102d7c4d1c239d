"""What the routes of signals take and answer."""

from typing import Annotated, Any

from pydantic import Field, StrictBool

from scrm.conditions.language import Condition
from scrm.http.fields import In, Moment, Out
from scrm.leads.feed_models import Labels
from scrm.leads.intake_models import Text
from scrm.leads.signals import SignalKind
from scrm.sidebar.models import Line, Version


class SignalIn(In):
    """At least `count` acts of `kind` within `days` days, at places that begin with `match`.

    `condition` has to select the customer then; without one everybody is. What one selects is counted by
    POST /admin/segments:preview.
    """

    name: Annotated[Line, Field(min_length=1, max_length=40)]
    kind: SignalKind
    match: Annotated[Line, Field(max_length=200)] = ""
    count: Annotated[int, Field(ge=1, le=100)] = 1
    days: Annotated[int, Field(ge=1, le=90)] = 1
    condition: Condition | None = None
    product: Text = ""
    campaign: Text = ""
    prelabels: Labels = Field(default_factory=list)
    active: StrictBool = True


class SignalChangeIn(SignalIn):
    """The whole signal as it is to be. `version` is the one that was read."""

    version: Version


class SignalOut(Out):
    """One signal."""

    signal_id: str
    name: str
    kind: SignalKind
    match: str
    count: int
    days: int
    condition: dict[str, Any] | None
    product: str
    campaign: str
    prelabels: list[str]
    active: bool
    version: int
    created_by: str
    created_at: Moment
    updated_at: Moment
