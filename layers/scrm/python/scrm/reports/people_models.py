"""What the reports of adds, channels and the funnel take and answer."""

from typing import Literal

from pydantic import Field

from scrm.http.fields import Out
from scrm.reports.span import SpanOut, SpanQuery


class AddsQuery(SpanQuery):
    """Of what a line is."""

    group: Literal["channel", "staff", "day"] = "channel"


class ChannelQuery(SpanQuery):
    """Which channel alone; all without."""

    channel_id: str | None = Field(default=None, min_length=1, max_length=64)


class CountOut(Out):
    """How many of one name."""

    id: str
    name: str
    adds: int


class AddsOut(SpanOut):
    """Adds, takeovers apart; the most first."""

    total: int
    lines: list[CountOut]


class ChannelOut(Out):
    """What became of a channel's adds, as of now. A handed-over relation is neither kept nor lost."""

    channel_id: str
    name: str
    adds: int
    retained: int
    deleted: int
    deleted_by_staff: int
    handed_over: int
    converted: int


class ChannelsOut(SpanOut):
    """Each channel with adds in these days, and all together."""

    total: ChannelOut
    lines: list[ChannelOut]


class StepOut(Out):
    """How many customers got to a step; `rate` of the step before, null where that is nothing or unknown."""

    step: Literal["scan", "add", "inbound", "lead", "potential", "intention", "signed", "paid"]
    count: int | None
    rate: float | None


class FunnelOut(SpanOut):
    """The funnel of those who came in these days."""

    steps: list[StepOut]
    lead_to_paid: float | None
    add_to_paid: float | None
