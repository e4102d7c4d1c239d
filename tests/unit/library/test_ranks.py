"""A list made by hand keeps one order, whoever moves what at once (CON-07)."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrm.library.ranks import DIGITS, LONGEST, between, spread

RANKS = st.text(DIGITS, min_size=1, max_size=8).filter(lambda each: not each.endswith("0"))


@given(RANKS, RANKS)
def test_between_two_ranks_there_is_one(one: str, other: str) -> None:
    if one == other:
        return
    low, high = sorted((one, other))

    found = between(low, high)

    assert low < found < high
    assert not found.endswith("0")


@given(RANKS)
def test_there_is_room_at_both_ends(rank: str) -> None:
    assert "" < between("", rank) < rank
    assert rank < between(rank, "")


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), max_size=60))
def test_con_07_a_list_that_is_moved_about_reads_as_it_was_put(moves: list[tuple[int, int]]) -> None:
    order = list(range(8))
    ranks = dict(zip(order, spread(len(order)), strict=True))
    for source, target in moves:
        moved = order.pop(source % len(order))
        place = target % (len(order) + 1)
        low = ranks[order[place - 1]] if place else ""
        high = ranks[order[place]] if place < len(order) else ""
        ranks[moved] = between(low, high)
        order.insert(place, moved)

    assert sorted(order, key=ranks.__getitem__) == order
    assert len(set(ranks.values())) == len(order)


def test_a_list_that_grows_at_its_ends_keeps_short_ranks() -> None:
    first = last = between("", "")
    for _ in range(10_000):
        first, last = between("", first), between(last, "")

    assert max(len(first), len(last)) <= 4


def test_at_one_place_a_rank_grows_by_a_character_in_five_moves() -> None:
    low, high = between("", ""), between(between("", ""), "")
    for _ in range(250):
        high = between(low, high)

    assert LONGEST < len(high) <= 4 + 250 / 5


@given(st.integers(0, 5_000))
def test_ranks_that_are_spread_are_in_order_short_and_apart(count: int) -> None:
    ranks = list(spread(count))

    assert ranks == sorted(set(ranks))
    assert len(ranks) == count
    assert all(len(each) <= 3 and not each.endswith("0") for each in ranks)
    assert all(low < between(low, high) < high for low, high in pairwise(ranks))


@pytest.mark.parametrize(("low", "high"), [("V", "V"), ("W", "V"), ("V", "V0"), ("", "0")])
def test_there_is_no_rank_between_what_is_not_in_order(low: str, high: str) -> None:
    with pytest.raises(ValueError, match="no room"):
        between(low, high)
