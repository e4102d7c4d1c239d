"""The oracles I1 to I11 of spec 5 through the console."""

from collections import defaultdict
from typing import Any

import pytest

from tests.component.inheritance.console_world import Console
from tests.component.inheritance.inheritance_world import Inheritance


@pytest.fixture
def console(inheritance: Inheritance) -> Console:
    """The console, with three who may take over."""
    made = Console(inheritance)
    made.member("T1", "T2", "T3")
    return made


def weighted(*weights: int) -> list[dict[str, Any]]:
    return [{"userid": f"T{place}", "weight": weight} for place, weight in enumerate(weights, 1)]


def dealt(found: dict[str, Any]) -> dict[str, list[str]]:
    """Return the names of whom each takeover gets, in order."""
    told = defaultdict(list)
    for each in found["items"]:
        told[each["takeover"]].append(each["name"])
    return dict(told)


def test_i1_ten_evenly_over_three(console: Console) -> None:
    console.holds("H", *(f"c{each:02}" for each in range(1, 11)))
    found = console.preview(["H"], ["T1", "T2", "T3"])
    assert dealt(found) == {
        "T1": ["c01", "c04", "c07", "c10"],
        "T2": ["c02", "c05", "c08"],
        "T3": ["c03", "c06", "c09"],
    }
    assert found["matrix"]["counts"] == [[4, 3, 3]]


def test_i2_seventeen_by_five_three_two(console: Console) -> None:
    console.many("H", 17)
    found = console.preview(["H"], weighted(5, 3, 2), allocation="ratio")
    assert [each["quota"] for each in found["takeovers"]] == [9, 5, 3]
    deal = "T1 T2 T3 T1 T1 T2 T1 T3 T2 T1 T1 T2 T3 T1 T1 T2 T1"
    assert " ".join(each["takeover"] for each in found["items"]) == deal


def test_i3_three_handovers_in_nine_calls(console: Console) -> None:
    for userid, number in (("H1", 120), ("H2", 80), ("H3", 50)):
        console.many(userid, number)
    found = console.preview(["H1", "H2", "H3"], weighted(5, 3, 2), allocation="ratio")
    assert found["matrix"]["counts"] == [[60, 36, 24], [40, 24, 16], [25, 15, 10]]
    assert found["matrix"]["column_totals"] == [125, 75, 50]
    assert found["counts"]["calls"] == 9


def test_i4_quotas_are_of_the_whole_plan(console: Console) -> None:
    console.many("H1", 7)
    console.many("H2", 5)
    found = console.preview(["H1", "H2"], ["T1", "T2", "T3"])
    assert found["matrix"]["counts"] == [[3, 2, 2], [1, 2, 2]]


def loaded(console: Console) -> list[dict[str, Any]]:
    for userid, number in (("T1", 100), ("T2", 80), ("T3", 50)):
        console.many(userid, number)
    return [{"userid": f"T{each}", "max_load": 120} for each in (1, 2, 3)]


def test_i5_i6_by_the_loads_there_are(console: Console) -> None:
    takeovers = loaded(console)
    console.many("H", 60)
    level = console.preview(["H"], takeovers, allocation="level")
    assert level["matrix"]["counts"] == [[0, 15, 45]]
    assert [each["load_after"] for each in level["takeovers"]] == [100, 95, 95]
    assert console.preview(["H"], takeovers, allocation="headroom")["matrix"]["counts"] == [[9, 19, 32]]
    console.many("H", 200)
    more = console.preview(["H"], takeovers, allocation="level")
    assert (more["matrix"]["counts"], more["counts"]["unassigned"]) == ([[20, 40, 70]], 70)


def test_i8_what_is_clamped_is_apportioned_anew(console: Console) -> None:
    console.many("H", 100)
    takeovers = weighted(5, 3, 2)
    takeovers[0]["max_take"] = 30
    assert console.preview(["H"], takeovers, allocation="ratio")["matrix"]["counts"] == [[30, 42, 28]]


@pytest.mark.parametrize(("friends", "expected"), [(3, [4, 4, 4]), (5, [4, 5, 3])])
def test_i9_friends_stay_with_whom_they_know(console: Console, friends: int, expected: list[int]) -> None:
    console.many("H", 12, "x")
    console.many("T2", friends, "x")
    found = console.preview(["H"], ["T1", "T2", "T3"])
    assert found["matrix"]["counts"] == [expected]
    assert found["takeovers"][1]["kept"] == friends
    assert {f"xc{each:03}" for each in range(1, friends + 1)} <= set(dealt(found)["T2"])
