"""The oracles I1 to I9 of spec 5, and what holds of every allocation."""

from collections import Counter

import pytest

from scrm.inheritance.allocating import (
    Allocation,
    Mode,
    Takeover,
    Wanted,
    allocate,
    by_matrix,
    by_rule,
)


def customers(number: int, handover: str = "H", first: int = 1, **friends: str) -> list[Wanted]:
    """Return c01, c02 …; `friends` names whose friend one is."""
    names = [f"c{each:03}" for each in range(first, first + number)]
    return [Wanted(name, (handover,), frozenset(filter(None, [friends.get(name, "")]))) for name in names]


def three(*weights: int, **more: object) -> list[Takeover]:
    return [Takeover(f"T{place + 1}", weight) for place, weight in enumerate(weights or (1, 1, 1))]


def of(found: Allocation, userid: str) -> list[int]:
    return [int(name[1:]) for name, who in found.given.items() if who == userid]


def counts(found: Allocation) -> list[int]:
    return [found.taken()[f"T{each}"] for each in (1, 2, 3)]


def test_i1_ten_evenly_over_three() -> None:
    found = allocate(customers(10), three(), "even")
    assert [of(found, each) for each in ("T1", "T2", "T3")] == [[1, 4, 7, 10], [2, 5, 8], [3, 6, 9]]


def test_i2_seventeen_by_five_three_two() -> None:
    found = allocate(customers(17), three(5, 3, 2), "ratio")
    assert found.quotas == {"T1": 9, "T2": 5, "T3": 3}
    assert " ".join(found.given.values()) == ("T1 T2 T3 T1 T1 T2 T1 T3 T2 T1 T1 T2 T3 T1 T1 T2 T1")


def test_i3_three_handovers() -> None:
    wanted = [*customers(120, "H1"), *customers(80, "H2", 121), *customers(50, "H3", 201)]
    found = allocate(wanted, three(5, 3, 2), "ratio")
    assert counts(found) == [125, 75, 50]
    pairs = Counter((each.handovers[0], found.given[each.customer_id]) for each in wanted)
    matrix = [[pairs[h, t] for t in ("T1", "T2", "T3")] for h in ("H1", "H2", "H3")]
    assert matrix == [[60, 36, 24], [40, 24, 16], [25, 15, 10]]


def test_i4_quotas_are_of_the_whole_plan() -> None:
    wanted = [*customers(7, "H1"), *customers(5, "H2", 8)]
    found = allocate(wanted, three(), "even")
    pairs = Counter((each.handovers[0], found.given[each.customer_id]) for each in wanted)
    assert [[pairs[h, t] for t in ("T1", "T2", "T3")] for h in ("H1", "H2")] == [[3, 2, 2], [1, 2, 2]]


def loaded(most: int = 120) -> list[Takeover]:
    return [Takeover("T1", load=100, max_load=most), Takeover("T2", load=80, max_load=most),
            Takeover("T3", load=50, max_load=most)]  # fmt: skip


@pytest.mark.parametrize(("mode", "expected"), [("level", [0, 15, 45]), ("headroom", [9, 19, 32])])
def test_i5_by_the_loads_there_are(mode: Mode, expected: list[int]) -> None:
    assert counts(allocate(customers(60), loaded(), mode)) == expected


def test_i6_who_does_not_fit_is_unassigned() -> None:
    found = allocate(customers(200), loaded(), "level")
    assert (counts(found), len(found.unassigned)) == ([20, 40, 70], 70)


def test_i8_what_is_clamped_is_apportioned_anew() -> None:
    takeovers = [Takeover("T1", 5, max_take=30), Takeover("T2", 3), Takeover("T3", 2)]
    assert counts(allocate(customers(100), takeovers, "ratio")) == [30, 42, 28]


@pytest.mark.parametrize(("friends", "expected"), [(3, [4, 4, 4]), (5, [4, 5, 3])])
def test_i9_friends_stay_with_whom_they_know(friends: int, expected: list[int]) -> None:
    wanted = customers(12, **{f"c{each:03}": "T2" for each in range(1, friends + 1)})
    found = allocate(wanted, three(), "even")
    assert counts(found) == expected
    assert all(found.given[f"c{each:03}"] == "T2" for each in range(1, friends + 1))


def test_a_block_goes_to_whom_most_is_left_of() -> None:
    wanted = [Wanted(f"c{each}", ("H",), block="g" if each < 4 else "") for each in range(9)]
    found = allocate(wanted, three(), "even")
    assert (counts(found), len({found.given[f"c{each}"] for each in range(4)})) == ([4, 3, 2], 1)
    full = [Takeover(f"T{each}", max_take=3) for each in (1, 2, 3)]
    assert allocate(wanted, full, "even").unassigned == ("c0", "c1", "c2", "c3"), "a block stays together"


def test_who_keeps_many_takes_from_the_others_alike() -> None:
    wanted = customers(12, **{f"c{each:03}": "T2" for each in range(1, 9)})
    takeovers = [Takeover("T1", max_take=3), Takeover("T2"), Takeover("T3")]
    assert counts(allocate(wanted, takeovers, "even")) == [2, 8, 2]


def test_a_matrix_is_dealt_as_told() -> None:
    wanted = [*customers(5, "H1"), *customers(4, "H2", 6)]
    cells = {("H1", "T1"): 2, ("H1", "T2"): 2, ("H2", "T3"): 4}
    found = by_matrix(wanted, three(), cells)
    assert (counts(found), len(found.unassigned)) == ([2, 2, 4], 1)


def test_a_rule_divides_first() -> None:
    wanted = [Wanted(f"c{each}", ("H",), part="东" if each % 2 else "西") for each in range(8)]
    found = by_rule(wanted, {"东": [Takeover("T1")], "西": [Takeover("T2", max_take=3)]}, "even")
    assert (found.taken(), found.unassigned) == ({"T1": 4, "T2": 3}, ("c6",))
