"""M3 to M6, M13 and F3 by name, with the numbers of spec 6."""

from datetime import date
from fractions import Fraction

import pytest

from scrm.http import problems
from scrm.reports.formulas import (
    FUNNEL,
    CohortReturn,
    UnitCost,
    Value,
    funnel,
    jain,
    rate_between,
    ratio,
    roas,
    roi,
    shown,
    step_rates,
)
from scrm.reports.span import Span, SpanQuery, month_span, span_of

COUNTS = [1000, 400, 300, 120, 60, 30, 12, 10]


def furthest() -> list[str]:
    """Return the furthest step of each of the 400 who were added, as M3 counts them."""
    found: list[str] = []
    for step, (here, beyond) in enumerate(zip(COUNTS[1:], [*COUNTS[2:], 0], strict=True), 1):
        found += [FUNNEL[step]] * (here - beyond)
    return found


def test_m3_the_eight_counts_and_seven_step_rates() -> None:
    counts = funnel(furthest(), scans=1000)
    assert counts == COUNTS
    rates = [0.4, 0.75, 0.4, 0.5, 0.5, 0.4, 0.8333]
    assert [shown(each) for each in step_rates(counts)] == rates
    assert shown(rate_between(counts, "lead", "paid")) == 0.0833
    assert shown(rate_between(counts, "add", "paid")) == 0.025


def test_m3_skipped_steps_are_filled_and_unknown_scans_are_null() -> None:
    counts = funnel(["paid", "add"])
    assert counts == [None, 2, 1, 1, 1, 1, 1, 1]
    assert step_rates(counts)[0] is None
    assert step_rates(funnel([], 0))[0] is None


def test_m4_cost_per_lead_add_and_customer() -> None:
    cost = UnitCost(12_000_00, 120, 400, 10)
    assert [cost.per_lead, cost.per_add, cost.per_customer] == [100_00, 30_00, 1200_00]
    nothing = UnitCost(12_000_00, 0, 0, 0)
    assert [nothing.per_lead, nothing.per_add, nothing.per_customer] == [None] * 3


def test_m5_the_return_of_a_month_s_leads() -> None:
    cohort = CohortReturn(12_000_00, (5_000_00, 9_000_00, 6_000_00 - 1_000_00))
    assert cohort.total_fen == (5_000_00, 14_000_00, 19_000_00)
    assert [shown(each) for each in cohort.returns] == [0.4167, 1.1667, 1.5833]
    assert cohort.payback == 1
    assert CohortReturn(0, (1,)).returns == (None,)
    assert CohortReturn(100, (99,)).payback is None


def test_m6_roi_and_roas_and_null_without_cost() -> None:
    assert shown(roi(50_000_00, 12_000_00)) == 3.1667
    assert shown(roas(50_000_00, 12_000_00)) == 4.1667
    assert roi(1, 0) is None
    assert roas(1, 0) is None


def test_m13_what_customers_are_worth() -> None:
    orders = {f"c{number}": 1 for number in range(10)} | {"c0": 4, "c1": 2, "c2": 2, "c3": 2}
    assert sum(orders.values()) == 16
    value = Value(50_000_00, orders)
    assert value.arpu == Fraction(5_000_00)
    assert value.order_value == Fraction(3_125_00)
    assert value.repeat_rate == Fraction(2, 5)
    assert value.renewal_rate is None
    assert Value(0, {}, due=4, renewed=3).renewal_rate == Fraction(3, 4)
    assert Value(0, {}).arpu is None


def test_f3_the_index_is_one_when_all_have_what_is_theirs() -> None:
    assert jain([(5, 5), (3, 3), (2, 2)]) == 1
    assert jain([(4, 1), (0, 1)]) == Fraction(1, 2)
    assert jain([(0, 1), (0, 1)]) is None
    assert jain([]) is None


def test_a_ratio_of_nothing_is_null() -> None:
    assert ratio(0, 0) is None
    assert shown(ratio(1, 3)) == 0.3333


def test_costs_count_by_the_days_of_their_month() -> None:
    assert month_span("2026-01").part_of({"2026-01": 1200, "2026-02": 7}) == 1200
    assert Span(date(2026, 1, 16), date(2026, 2, 14)).part_of({"2026-01": 3100, "2026-02": 2800}) == 3000
    assert month_span("2025-12", 3) == Span(date(2025, 12, 1), date(2026, 2, 28))


@pytest.mark.parametrize(
    ("first", "last"),
    [("2026-03-02", "2026-03-01"), ("2025-01-01", "2026-02-05"), ("1999-01-01", "1999-01-02")],
)
def test_days_that_cannot_be_asked_for_are_refused(first: str, last: str) -> None:
    from datetime import UTC, datetime

    asked = SpanQuery.model_validate({"from": first, "to": last})
    with pytest.raises(problems.Problem) as refused:
        span_of(asked, datetime(2026, 3, 2, tzinfo=UTC))
    assert refused.value.status == 422
