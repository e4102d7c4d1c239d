"""Spec 6: the interaction index, whatever order acts come in, and the facts of merged customers."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrm.facts.model import (
    Facts,
    Interaction,
    Orders,
    Sessions,
    Talk,
    combined,
    energy,
    index_at,
    level_of,
    with_act,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def indexed(*acts: tuple[float, float]) -> Interaction:
    found = Interaction()
    for weight, at in acts:
        found = with_act(found, weight, day(at))
    return found


@pytest.mark.parametrize(("at", "index"), [(14, 15.0355), (28, 7.5178), (42, 3.7589)])
def test_oae_15_the_worked_example_in_every_order(at, index):
    for acts in permutations([(3, 0), (5, 7), (10, 14)]):
        assert index_at(indexed(*acts), day(at)) == pytest.approx(index, abs=5e-5)


def test_m14_the_index_of_x_and_y():
    assert index_at(indexed((3, 0), (3, 2), (2, 9)), day(10)) == pytest.approx(5.7508, abs=5e-5)
    assert index_at(indexed((8, 5), (3, 8), (10, 10)), day(10)) == pytest.approx(18.9628, abs=5e-5)


@given(st.lists(st.tuples(st.floats(1, 10), st.floats(0, 400)), min_size=1, max_size=6), st.floats(0.01, 50))
def test_energy_does_not_change_with_time_and_tells_when_a_level_is_left(acts, level):
    interaction, now = indexed(*acts), day(401)
    known = energy(interaction)

    assert known is not None
    if abs(index_at(interaction, now) / level - 1) > 1e-6:
        assert (index_at(interaction, now) >= level) is (known >= level_of(level, now))


def test_merged_customers_count_together():
    one = Facts(
        orders=Orders(1, 19900, day(1), day(1), (("2026-01-02", 1, 19900),), ("P",)),
        interaction=indexed((3, 0)),
        talks=(Talk("LiSi", customer_at=day(1)),),
        version=3,
    )
    other = Facts(
        orders=Orders(2, 100, day(0), day(2), (("2026-01-02", 1, 50), ("2026-01-03", 1, 50)), ("Q", "P")),
        interaction=indexed((5, 7), (10, 14)),
        sessions=Sessions(2, 60, day(2)),
        talks=(Talk("lisi", staff_at=day(2)),),
        version=4,
    )

    both = combined([one, other])

    assert both.orders == Orders(
        3, 20000, day(0), day(2), (("2026-01-02", 2, 19950), ("2026-01-03", 1, 50)), ("P", "Q")
    )
    assert index_at(both.interaction, day(14)) == pytest.approx(15.0355, abs=5e-5)
    assert both.sessions == Sessions(2, 60, day(2))
    assert [(each.customer_at, each.staff_at) for each in both.talks] == [(day(1), day(2))]
    assert both.version == 7


def test_without_a_feed_sessions_stay_unknown():
    assert combined([Facts(), Facts()]).sessions is None
