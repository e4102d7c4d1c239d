"""Moving something takes one rank, whatever was moved before; what is crowded is spread anew (CON-07)."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from scrm.library.placing import MOST_AT_ONCE, Crowded, ranks_of_move
from scrm.library.ranks import LONGEST, spread


def moved(rows: dict[str, str], one: str, index: int) -> dict[str, str]:
    """Return what a move writes, after checking that the list is then as it should be."""
    others = sorted((rank, name) for name, rank in rows.items() if name != one)
    wanted = [name for _, name in others]
    wanted.insert(index, one)
    written = ranks_of_move(others, index, one)
    rows.update(written)
    assert [name for _, name in sorted((rank, name) for name, rank in rows.items())] == wanted
    return written


@given(some.lists(some.tuples(some.integers(0, 11), some.integers(0, 11)), max_size=60))
def test_every_move_brings_the_list_into_the_order_wanted_with_one_rank(moves):
    rows = {f"i{number:02}": rank for number, rank in enumerate(spread(12))}

    for which, index in moves:
        written = moved(rows, f"i{which:02}", index)
        assert list(written) == [f"i{which:02}"]


def test_ranks_stay_short_however_often_two_take_turns_in_the_same_gap():
    rows = {f"i{number:02}": rank for number, rank in enumerate(spread(4))}
    most = 0

    for turn in range(2_000):
        most = max(most, len(moved(rows, f"i{2 + turn % 2:02}", 1)))

    assert max(map(len, rows.values())) <= LONGEST
    assert most <= MOST_AT_ONCE


def test_between_equal_ranks_as_few_as_will_do_are_spread_anew():
    rows = {"a": "B", "b": "V", "c": "V", "d": "V", "e": "k", "x": "z"}

    written = moved(rows, "x", 2)

    assert "x" in written
    assert len(written) <= 4


@pytest.mark.parametrize("seed", range(20))
def test_many_equal_ranks_are_told_apart_as_they_are_met(seed):
    chance = random.Random(seed)
    rows = {f"i{number:02}": chance.choice("BVk") for number in range(30)}

    for _ in range(60):
        moved(rows, chance.choice(sorted(rows)), chance.randrange(30))


def test_more_equal_ranks_than_fit_a_transaction_are_refused():
    others = [("V", f"i{number:03}") for number in range(200)]

    with pytest.raises(Crowded):
        ranks_of_move(others, 100, "x")
