"""Time passes; whoever it concerns is made anew, and nobody else (docs/decisions/0010)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from scrm.facts.model import HALF_LIFE
from tests.component.conftest import app_of
from tests.component.refresh_cards.world import AT, cards, customer, friend, members, relation, segment, tally

Play = Callable[[], None]
SILENT = {"field": "lifecycle", "op": "in", "value": ["silent"]}


@pytest.fixture
def pass_until(
    tables: Any, queues: Any, at: Any, refreshed: Play, lambda_context: Any
) -> Callable[[datetime], int]:
    """Let time pass until a moment, with the tick that is due then; return how many it asked for."""
    app = app_of("move_boundaries")

    def play(moment: datetime) -> int:
        at(moment.isoformat())
        asked: int = app.handler({"time": moment.isoformat()}, lambda_context)["asked"]
        refreshed()
        return asked

    return play


def quiet(customer_id: str, external_userid: str, since: datetime) -> None:
    """Store a friend of long ago whose last act of their own was at `since`."""
    friend(customer_id, external_userid, at=since - timedelta(days=200))
    tally(customer_id, acted=since)


def test_seg_22_only_who_has_been_silent_for_60_days_is_in_the_silent_segment(
    refreshed: Play, pass_until: Any
) -> None:
    segment("silent", SILENT)
    quiet("cu_59", "wmE59", AT - timedelta(days=59))
    quiet("cu_60", "wmE60", AT - timedelta(days=60))
    refreshed()
    assert members("silent") == ["cu_60"]

    pass_until(AT)
    assert members("silent") == ["cu_60"]
    pass_until(AT + timedelta(hours=22))
    assert members("silent") == ["cu_60"]
    # Times of talk are kept to the hour: an hour later at most.
    assert pass_until(AT + timedelta(days=1, hours=1, minutes=3)) >= 1
    assert members("silent") == ["cu_59", "cu_60"]


def test_a_tick_that_was_missed_for_six_hours_or_comes_twice_or_late_does_no_harm(
    refreshed: Play, pass_until: Any, lambda_context: Any
) -> None:
    segment("silent", SILENT)
    quiet("cu_1", "wmE1", AT - timedelta(days=59, hours=20))
    refreshed()
    pass_until(AT)
    later = AT + timedelta(hours=6)
    assert pass_until(later) == 1
    assert members("silent") == ["cu_1"]

    assert pass_until(later) == 0
    tick = {"time": (AT + timedelta(hours=2)).isoformat()}
    assert app_of("move_boundaries").handler(tick, lambda_context) == {"asked": 0}
    assert pass_until(later + timedelta(minutes=1)) == 0


def test_an_idle_tick_writes_nothing(tables: Any, refreshed: Play, pass_until: Any) -> None:
    segment("silent", SILENT)
    quiet("cu_1", "wmE1", AT)
    refreshed()
    pass_until(AT)
    before = tables.typed()
    pass_until(AT + timedelta(minutes=1))

    assert tables.typed() == before


def test_a_new_customer_is_new_for_eight_days(refreshed: Play, pass_until: Any) -> None:
    segment("new", {"field": "lifecycle", "op": "in", "value": ["new"]})
    friend()
    refreshed()
    pass_until(AT + timedelta(days=7, hours=23))
    assert members("new") == ["cu_1"]
    pass_until(AT + timedelta(days=8, minutes=3))
    assert members("new") == []


def test_the_first_add_counts_where_a_later_one_places_the_card(refreshed: Play, pass_until: Any) -> None:
    segment("early", {"field": "first_added_at", "op": "older_than_days", "value": 30})
    friend(at=AT - timedelta(days=29))
    relation(userid="wangwu", at=AT)
    refreshed()
    assert members("early") == []
    relation(userid="LiSi", facts=(), remark="只剩后来的")
    refreshed()
    assert cards()[0].first_added_at == AT

    relation(userid="LiSi", facts=_added(AT - timedelta(days=29), AT))
    refreshed()
    pass_until(AT + timedelta(days=1, minutes=3))
    assert members("early") == ["cu_1"]


def _added(*moments: datetime) -> tuple[Any, ...]:
    from scrm.customers.relation import Fact

    first, second = (int(each.timestamp()) for each in moments)
    return (
        Fact("add", first, "first", ""),
        Fact("deleted_by_customer", first + 60, "gone", ""),
        Fact("add", second, "second", ""),
    )


def test_who_became_known_long_before_they_were_added_is_found_by_that(
    refreshed: Play, pass_until: Any
) -> None:
    segment("known", {"field": "known_at", "op": "older_than_days", "value": 3})
    customer("cu_crm", name="李四")
    friend("cu_1", "wmE1", at=AT - timedelta(days=30))
    friend("cu_2", "wmE2", at=AT + timedelta(seconds=9))
    refreshed()
    pass_until(AT + timedelta(days=2, hours=23))
    assert members("known") == []
    pass_until(AT + timedelta(days=3, minutes=13))
    assert members("known") == ["cu_1", "cu_2", "cu_crm"]


def test_a_segment_of_added_since_midnight_is_empty_the_next_morning(
    refreshed: Play, pass_until: Any
) -> None:
    segment("today", {"field": "added_at", "op": "since_midnight", "value": 0})
    friend()
    refreshed()
    assert members("today") == ["cu_1"]
    pass_until(datetime.fromisoformat("2026-03-02T23:59:00+08:00"))
    assert members("today") == ["cu_1"]
    pass_until(datetime.fromisoformat("2026-03-03T00:03:00+08:00"))
    assert members("today") == []


def test_recency_falls_after_thirty_days(refreshed: Play, pass_until: Any) -> None:
    segment("recent", {"field": "rfm_r", "op": "eq", "value": 5})
    friend()
    tally(orders=1)
    refreshed()
    assert members("recent") == ["cu_1"]
    pass_until(AT + timedelta(days=30, hours=23))
    assert members("recent") == ["cu_1"]
    pass_until(AT + timedelta(days=31, minutes=3))
    assert members("recent") == []


def test_an_order_leaves_its_window_at_midnight_of_beijing_without_any_segment(
    refreshed: Play, pass_until: Any
) -> None:
    friend()
    tally(orders=1)
    refreshed()
    assert cards()[0].orders_365d == 1
    leaves = datetime.fromisoformat("2027-03-02T00:00:00+08:00")
    pass_until(leaves - timedelta(minutes=1))
    assert cards()[0].orders_365d == 1
    pass_until(leaves + timedelta(minutes=3))
    assert cards()[0].orders_365d == 0
    assert cards()[0].order_count == 1


def test_a_score_is_no_longer_on_the_card_when_it_has_expired(refreshed: Play, pass_until: Any) -> None:
    segment("hot", {"field": "score.intent", "op": "in", "value": ["high"]})
    friend()
    tally(score_until=AT + timedelta(days=2))
    refreshed()
    assert members("hot") == ["cu_1"]
    pass_until(AT + timedelta(days=2, minutes=3))
    assert members("hot") == []
    assert cards()[0].scores == {}


def test_the_interaction_index_falls_below_a_threshold(refreshed: Play, pass_until: Any) -> None:
    segment("above", {"field": "interaction_index", "op": "gte", "value": 4})
    segment("group", {"field": "brand_group", "op": "in", "value": ["interactor"]})
    friend()
    tally(acted=AT)  # a share weighs 8: 5 after 9.5 days, 4 after 14
    refreshed()
    assert members("above") == members("group") == ["cu_1"]
    pass_until(AT + timedelta(days=9))
    assert members("group") == ["cu_1"]
    pass_until(AT + timedelta(days=10))
    assert (members("above"), members("group")) == (["cu_1"], [])
    pass_until(AT + HALF_LIFE + timedelta(hours=4))
    assert members("above") == []


def test_a_card_whose_postings_come_late_is_looked_at_once_more(
    tables: Any, queues: Any, at: Any, refreshed: Play, lambda_context: Any
) -> None:
    from scrm.cards.refreshing import Refresher

    segment("recent", {"field": "rfm_r", "op": "eq", "value": 5})
    friend()
    tally(orders=1)
    Refresher().refresh("cu_1", AT)
    stream = tables.stream("refresh_cards")
    moment = at((AT + timedelta(days=31, minutes=3)).isoformat())
    ticked = app_of("move_boundaries").handler({"time": moment.isoformat()}, lambda_context)
    assert ticked == {"asked": 0}
    assert members("recent") == ["cu_1"]

    cards_alone = [each for each in stream if each["dynamodb"]["Keys"]["SK"]["S"] == "lisi#wmE1"]
    app_of("refresh_cards").handler({"Records": cards_alone}, lambda_context)
    assert members("recent") == []
