"""What the console takes and answers of the lists and the kinds of intake."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from scrm.http.fields import In, Moment, Out
from scrm.leads.feed_models import Labels
from scrm.leads.intake_models import Value
from scrm.leads.kinds import KindName
from scrm.leads.model import HardKind
from scrm.sidebar.models import Version

Colour = Literal["black", "white"]


class ListedIn(In):
    """A key to put on a list; one that is on the other list is moved."""

    kind: HardKind
    value: Value
    colour: Colour
    reason: Annotated[str, Field(min_length=1, max_length=200)]


class ListedOut(Out):
    """A key on a list; numbers are masked."""

    entry_id: str
    kind: HardKind
    value: str
    colour: Colour
    reason: str
    by: str
    at: Moment
    until: Moment | None


class KindIn(In):
    """How leads of a kind begin. `version` is the one that was read."""

    prelabels: Labels
    needs_cleaning: StrictBool
    version: Annotated[Version, Field(ge=0)] = 0


class KindOut(Out):
    """How leads of a kind begin: with which labels, and whether they wait until they are cleaned."""

    kind: KindName
    prelabels: list[str]
    needs_cleaning: bool
    version: int


class KindsOut(Out):
    """Every kind."""

    items: list[KindOut]
