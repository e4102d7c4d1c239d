"""What the reports of retention and deletion take and answer."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from scrm.http.fields import In, Moment, Out
from scrm.reports.span import SpanOut, SpanQuery

Line = Literal["channel", "staff"]


class RetentionQuery(SpanQuery):
    """Those added in these days (the latest 90 without), looked at `d` days after each add.

    `as_of`: only what had happened by the end of that day counts; until now without.
    """

    d: int = Field(default=7, ge=1, le=365)
    group: Line = "channel"
    as_of: date | None = None


class DeletionQuery(SpanQuery):
    """Of what a line is."""

    group: Line = "channel"


class CohortRetentionQuery(In):
    """The first month of adds, how many months, which channel alone."""

    month: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$", examples=["2026-01"])]
    months: int = Field(default=3, ge=1, le=13)
    channel_id: str | None = Field(default=None, min_length=1, max_length=64)


class CountedOut(Out):
    """Until when it was counted, and from what.

    `relations`: exact, as of `as_of`. `snapshots`: there are too many relations for a request; closed days
    count, as the latest nightly snapshots have them, and `as_of` is the end of the last of these.
    """

    as_of: Moment
    source: Literal["relations", "snapshots"]


class RetentionLineOut(Out):
    """A cohort `d` days after the add: 1 - `lost` ÷ `matured`; null where nobody has matured.

    Not lost are those deleted by staff, handed over, or `readded` by then. `active`, of those added, are
    friends now; with its ratio null where snapshots are counted.
    """

    id: str
    name: str
    added: int
    matured: int
    lost: int
    rate: float | None
    deleted_by_staff: int
    handed_over: int
    readded: int
    active: int | None
    current: float | None


class RetentionOut(SpanOut, CountedOut):
    """Retention of those who were added in these days, handovers not among them; the most first."""

    d: int
    group: Line
    total: RetentionLineOut
    lines: list[RetentionLineOut]


class DeletionLineOut(Out):
    """Relations that customers deleted ÷ `base`, which is `active_at_start` and `added`; null without base.

    Deletions by staff are apart, handovers neither add nor loss.
    """

    id: str
    name: str
    active_at_start: int
    added: int
    base: int
    deleted: int
    rate: float | None
    deleted_by_staff: int
    transferred_in: int
    transferred_out: int


class DeletionOut(SpanOut, CountedOut):
    """Deletion of these days, by channel or member; the most deleted first."""

    group: Line
    total: DeletionLineOut
    lines: list[DeletionLineOut]


class AgeOut(Out):
    """A cohort at one age."""

    d: int
    matured: int
    lost: int
    rate: float | None
    deleted_by_staff: int
    handed_over: int
    readded: int


class MonthCohortOut(Out):
    """Those whose first add, of this channel, was in a month."""

    month: str
    added: int
    ages: list[AgeOut]
    active: int | None
    current: float | None


class ChannelCohortsOut(Out):
    """A channel's months; an empty id: all channels and none."""

    channel_id: str
    name: str
    months: list[MonthCohortOut]


class CohortRetentionOut(CountedOut):
    """All together, and each channel with adds in these months."""

    total: ChannelCohortsOut
    channels: list[ChannelCohortsOut]
