"""What a member has pinned and sent lately: fifty in their order; the last twenty, however they are told."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrm.library.personal import (
    MOST_PINNED,
    MOST_RECENT,
    Personal,
    TooManyPinned,
    with_pin,
    with_use,
    without_pin,
)

BEGAN = datetime(2026, 3, 2, tzinfo=UTC)
SENDS = st.lists(st.tuples(st.sampled_from([f"sc_{n}" for n in range(30)]), st.integers(0, 500)), max_size=60)


def told(sends: list[tuple[str, int]]) -> Personal:
    own = Personal()
    for item_id, minutes in sends:
        own = with_use(own, item_id, BEGAN + timedelta(minutes=minutes))
    return own


@given(SENDS, st.randoms())
def test_the_last_twenty_items_remain_in_whatever_order_and_however_often_sends_are_told(sends, rng):
    latest: dict[str, int] = {}
    for item_id, minutes in sends:
        latest[item_id] = max(latest.get(item_id, -1), minutes)
    expected = sorted(latest, key=lambda each: (latest[each], each), reverse=True)[:MOST_RECENT]
    again = [*sends, *sends]
    rng.shuffle(again)

    assert list(told(sends).recent) == expected
    assert told(again).sent == told(sends).sent


def test_what_changes_nothing_is_the_same():
    own = with_pin(told([("sc_1", 5)]), "sc_1", ())

    assert with_use(own, "sc_1", BEGAN + timedelta(minutes=5)) is own
    assert with_use(own, "sc_1", BEGAN) is own
    assert with_pin(own, "sc_1", ()) is own
    assert without_pin(own, "sc_2") is own


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=40))
def test_pins_stay_in_the_order_they_were_made(acts):
    own, expected = Personal(), list[str]()
    for pins, number in acts:
        item_id = f"sc_{number}"
        own = with_pin(own, item_id, ()) if pins else without_pin(own, item_id)
        if pins and item_id not in expected:
            expected.append(item_id)
        elif not pins and item_id in expected:
            expected.remove(item_id)

    assert list(own.pinned) == expected


def test_at_fifty_only_what_is_not_seen_any_longer_makes_room():
    full = Personal(pinned=tuple(f"sc_{n}" for n in range(MOST_PINNED)))

    with pytest.raises(TooManyPinned):
        with_pin(full, "new", {*full.pinned, "new"})
    made = with_pin(full, "new", {*full.pinned[3:], "new"})
    assert made.pinned == (*full.pinned[3:], "new")
