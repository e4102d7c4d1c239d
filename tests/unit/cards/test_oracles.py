"""The worked examples of spec 6 by their names: RFM, loyalty and brand groups (M14), lifecycle (CUS-20)."""

from datetime import UTC, datetime, timedelta

import pytest

from scrm.cards.making import cards_of
from scrm.cards.model import Card
from scrm.customers.model import Customer
from scrm.facts.model import Facts, Interaction, energy, index_at, with_act

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
DAY = timedelta(days=1)
YUAN = 100


def buyer(days: float, orders: int, yuan: int, **more) -> Card:
    return Card("cu_1", last_order_at=NOW - days * DAY, orders_365d=orders, amount_365d=yuan * YUAN, **more)


@pytest.mark.parametrize(
    ("name", "days", "orders", "yuan", "scores", "group"),
    [
        ("c1", 10, 7, 6200, (5, 4, 4), "重要价值"),
        ("c2", 95, 6, 5000, (2, 4, 4), "重要保持"),
        ("c3", 12, 1, 300, (5, 1, 1), "一般发展"),
        ("c4", 200, 1, 8000, (1, 1, 4), "重要挽留"),
    ],
)
def test_rfm_c1_to_c4(name, days, orders, yuan, scores, group):
    card = buyer(days, orders, yuan)

    assert (card.rfm(NOW), card.rfm_group(NOW)) == (scores, group), name


def scores(card: Card) -> tuple[int, int, int]:
    found = card.rfm(NOW)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("days", "score"),
    [(0, 5), (30, 5), (31, 4), (60, 4), (61, 3), (90, 3), (91, 2), (180, 2), (181, 1), (365, 1)],
)
def test_rfm_recency_changes_the_day_after_its_bound(days, score):
    assert scores(buyer(days, 1, 1))[0] == score
    assert scores(buyer(days + 0.99, 1, 1))[0] == score


@pytest.mark.parametrize(
    ("orders", "score"), [(1, 1), (2, 2), (3, 3), (5, 3), (6, 4), (9, 4), (10, 5), (99, 5)]
)
def test_rfm_frequency_is_reached_at_its_bound(orders, score):
    assert scores(buyer(1, orders, 1))[1] == score


@pytest.mark.parametrize(
    ("yuan", "score"), [(0, 1), (499, 1), (500, 2), (1999, 2), (2000, 3), (5000, 4), (9999, 4), (10_000, 5)]
)
def test_rfm_money_is_reached_at_its_bound(yuan, score):
    assert scores(buyer(1, 1, yuan))[2] == score


def test_without_an_order_in_the_year_there_is_no_rfm():
    assert Card("cu_1", order_count=3, last_order_at=NOW - 400 * DAY).rfm(NOW) is None
    assert Card("cu_1").rfm_group(NOW) is None


@pytest.mark.parametrize(
    ("orders", "yuan", "member", "expected"),
    [
        (0, 0, True, "potential"),
        (1, 9999, True, "ordinary"),
        (2, 1999, True, "ordinary"),
        (2, 2000, False, "loyal"),
        (2, 2000, True, "member"),
        (9, 99, True, "ordinary"),
    ],
)
def test_m14_the_loyalty_ladder(orders, yuan, member, expected):
    assert buyer(1, orders, yuan, is_member=member).loyalty == expected


def acted(*acts: tuple[float, float]) -> Interaction:
    """Return the index of (weight, day) acts, day 0 being 60 days ago."""
    found = Interaction()
    for weight, day in acts:
        found = with_act(found, weight, NOW - (60 - day) * DAY)
    return found


def at_day(day: float) -> datetime:
    return NOW - (60 - day) * DAY


@pytest.mark.parametrize(
    ("name", "acts", "index", "group"),
    [
        ("X", [(3, 0), (3, 2), (2, 9)], 5.7508, "interactor"),
        ("Y", [(8, 5), (3, 8), (10, 10)], 18.9628, "advocate"),
    ],
)
def test_m14_the_brand_groups_of_x_and_y(name, acts, index, group):
    interaction = acted(*acts)
    (card,) = cards_of(Customer("cu_1"), [], [], Facts(interaction=interaction), (), (), NOW)

    assert index_at(interaction, at_day(10)) == pytest.approx(index, abs=5e-5), name
    assert card.interaction_index(at_day(10)) == pytest.approx(index, abs=5e-5)
    assert card.brand_group(at_day(10)) == group


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_interaction_index_of_the_example_in_any_order(order):
    acts = [(3, 0), (5, 7), (10, 14)]
    interaction = acted(*(acts[each] for each in order))

    for day, expected in ((14, 15.0355), (28, 7.5178), (42, 3.7589)):
        assert index_at(interaction, at_day(day)) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("index", "referrals", "expected"),
    [
        (0.0, 0, "indifferent"),
        (0.999, 0, "indifferent"),
        (1.0, 0, "follower"),
        (4.999, 0, "follower"),
        (5.0, 0, "interactor"),
        (14.999, 0, "interactor"),
        (15.0, 0, "advocate"),
        (0.0, 1, "advocate"),
    ],
)
def test_m14_a_brand_group_begins_at_its_bound_and_a_referral_makes_an_advocate(index, referrals, expected):
    # What is at the bound is a hair above it: the energy is a logarithm.
    stored = energy(Interaction(index + 1e-9, NOW)) if index else None
    card = Card("cu_1", energy=stored, referrals_90d=referrals)

    assert card.brand_group(NOW) == expected


def follower(added: float, inbound: float | None = None, *, friends: int = 1, account=None) -> Card:
    return Card(
        "cu_1",
        first_added_at=NOW - added * DAY,
        inbound_at=None if inbound is None else NOW - inbound * DAY,
        friends=friends,
        official_account=account,
    )


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        (follower(0), "new"),
        (follower(7.99), "new"),
        (follower(8), "active"),
        (follower(100, 0), "active"),
        (follower(100, 30.99), "active"),
        (follower(100, 31), "cooling"),
        (follower(100, 59), "cooling"),
        (follower(100, 59.99), "cooling"),
        (follower(100, 60), "silent"),
        (follower(59), "cooling"),
        (follower(60), "silent"),
        (follower(100, 1, friends=0), "lost"),
        (follower(100, 1, friends=0, account=False), "lost"),
        (follower(100, 1, friends=0, account=True), "active"),
    ],
)
def test_cus_20_the_lifecycle_table(card, expected):
    assert card.lifecycle(NOW) == expected


def test_cus_20_lost_goes_before_new_and_new_before_the_others():
    assert follower(1, friends=0).lifecycle(NOW) == "lost"
    assert follower(7, 90).lifecycle(NOW) == "new"


def test_cus_20_who_was_never_added_has_no_lifecycle():
    assert Card("cu_1", inbound_at=NOW).lifecycle(NOW) is None
