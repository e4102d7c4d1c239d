"""What the reports of money take and answer; fen."""

from typing import Annotated, Literal

from pydantic import Field

from scrm.http.fields import In, Out
from scrm.reports.span import SpanOut, SpanQuery


class SalesQuery(SpanQuery):
    """Of what a line is."""

    group_by: Literal["staff", "channel", "product"] = "staff"


class SaleLineOut(Out):
    """What one has of sales: booked, refunded (below zero), both together; fen. An empty id: nobody's."""

    id: str
    name: str
    booked_fen: int
    refunded_fen: int
    net_fen: int
    orders: int


class SalesOut(SpanOut):
    """Sales, the most first; the lines sum to the total, and the total to the orders, to the fen."""

    group_by: Literal["staff", "channel", "product"]
    total: SaleLineOut
    lines: list[SaleLineOut]


class RoiOut(SpanOut):
    """What came of what was spent. Ratios are null without cost."""

    cost_fen: int
    net_fen: int
    roi: float | None
    roas: float | None


class UnitCostOut(SpanOut):
    """What one lead, add and new customer has cost; fen, null where there was none."""

    cost_fen: int
    leads: int
    adds: int
    customers: int
    per_lead_fen: float | None
    per_add_fen: float | None
    per_customer_fen: float | None


class ValueOut(SpanOut):
    """What customers are worth; fen, rates null where nobody paid or nothing ended."""

    net_fen: int
    customers: int
    orders: int
    arpu_fen: float | None
    order_value_fen: float | None
    repeat_rate: float | None
    contracts_due: int
    contracts_renewed: int
    renewal_rate: float | None


class CohortQuery(In):
    """The month whose leads are followed, through how many months, that one included."""

    month: Annotated[str, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]
    months: int = Field(default=3, ge=1, le=13)
    channel_id: str | None = Field(default=None, min_length=1, max_length=64)


class MonthOut(Out):
    """One month after a cohort's: T+k."""

    k: int
    month: str
    revenue_fen: int
    total_fen: int
    rate: float | None


class CohortOut(Out):
    """What a month's leads of a channel have brought since. `payback` null: the cost is not back yet."""

    channel_id: str
    name: str
    leads: int
    cost_fen: int
    months: list[MonthOut]
    payback: int | None


class CohortsOut(Out):
    """All channels together, and each."""

    month: str
    total: CohortOut
    channels: list[CohortOut]
