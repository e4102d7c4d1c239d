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


def test_i6_a_plan_with_unassigned_is_agreed_to_and_ends_partial(console: Console) -> None:
    console.member("zhangsan", "lisi")
    console.at.friend("甲"), console.at.friend("乙")
    plan = console.drafted(["zhangsan"], [{"userid": "lisi", "max_take": 1}])
    told = {"selection_hash": plan["selection_hash"], "version": plan["version"]}
    refused = console.ask(f"/{plan['plan_id']}:confirm", told)
    assert (refused.status, refused.code, refused.json["unassigned"]) == (409, "unassigned", 1)
    console.confirmed(plan, allow_partial=True)
    console.at.poll("03 10:20")
    console.at.poll("03 10:40")
    assert console.get(f"/{plan['plan_id']}")["status"] == "PARTIAL"
    assert console.get(f"/{plan['plan_id']}/report")["by_code"] == {"unassigned": 1}


def test_i7_i11_who_may_not_be_handed_over_and_from_when(console: Console) -> None:
    there = console.many("H", 10)
    pending(console, there[0], "H")
    pending(console, there[1], "another")
    accepted(console, there[2], "2026-01-10", "2026-03-01")
    console.holds("H", "Hc004", status="deleted_by_customer")
    console.at.clock("04-09 10:00")
    found = console.preview(["H"], ["T1", "T2"])
    assert found["matrix"]["counts"] == [[3, 3]]
    assert found["counts"]["by_code"] == {"40129": 2, "quota90": 1, "not_friend": 1}
    (quota,) = [each for each in found["skipped"] if each["code"] == "quota90"]
    assert quota["allowed_from"] == "2026-04-10"
    console.at.clock("04-10 00:00")
    assert console.preview(["H"], ["T1", "T2"])["counts"]["by_code"] == {"40129": 2, "not_friend": 1}


def test_i10_what_came_of_a_hundred(console: Console) -> None:
    console.at.staff()
    scan = console.bundle.wecom.people.scan
    there = [scan(userid="zhangsan", name=f"甲{each}")["external_userid"] for each in range(97)]
    assert list(console.bundle.callbacks()), "their adds are beside the point here"
    console.holds("zhangsan", *(each.removeprefix("wm") for each in there), "x1", "x2", "x3")
    plan = console.drafted(["zhangsan"], ["lisi", {"userid": "wangwu", "max_take": 0}], allocation="ratio")
    console.confirmed(plan)
    for each in there[:5]:
        transfer_ends(console, each, "refused")
    for each in there[5:7]:
        transfer_ends(console, each, "limit")
    console.at.poll("03 10:20")
    console.at.poll("03 10:40")
    report = console.get(f"/{plan['plan_id']}/report")
    numbers = ("submitted", "accepted", "succeeded", "refused", "limit_exceeded")
    assert [report[each] for each in numbers] == [100, 97, 90, 5, 2]
    shares = ("success_percent", "success_of_accepted_percent", "refusal_percent")
    assert [report[each] for each in shares] == [90.0, 92.78, 5.15]
    assert report["by_code"]["40096"] == 3


def transfer_ends(console: Console, there: str, how: str) -> None:
    """Let a handover of zhangsan's end before its time; nothing follows until it is let."""
    from wecom_simulator.acts import transfer_ends as ends

    ends(console.bundle.wecom, handover_userid="zhangsan", external_userid=there, result=how)


def pending(console: Console, there: str, handover: str) -> None:
    """Let another plan be handing a contact over."""
    from scrm.inheritance.marks_dynamodb import Pending, Transfers, mark

    mark(Transfers(there), Pending(handover, "T3", "p0", "0001", console.bundle.time.now()))


def accepted(console: Console, there: str, *days: str) -> None:
    """Let WeCom have taken a contact's handovers on the job on these days."""
    from datetime import datetime

    from scrm.inheritance.marks_dynamodb import Ended, Transfers, TransfersRow

    times = [datetime.fromisoformat(f"{day}T10:00:00+08:00") for day in days]
    TransfersRow.of(Transfers(there, ended=tuple(Ended(at, "A", "B") for at in times), version=1)).save()
