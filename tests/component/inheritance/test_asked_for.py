"""What a manager may write of a plan, and what they are told of a slip (INH-01, INH-04)."""

from typing import Any

import pytest

from tests.component.inheritance.console_world import Console, terms
from tests.component.inheritance.inheritance_world import Inheritance


@pytest.fixture
def console(inheritance: Inheritance) -> Console:
    """The console, with one who hands over three customers."""
    made = Console(inheritance)
    made.member("H", "T1", "T2")
    made.many("H", 3)
    return made


def test_takeovers_are_named_and_a_draft_is_confirmed_as_it_is(console: Console) -> None:
    answered = console.ask("", {**terms(["H"], []), "takeovers": ["T1", "T2"], "reason": "complaint"})
    assert answered.status == 201, answered.text
    plan = answered.json
    assert plan["preview"]["matrix"]["counts"] == [[2, 1]]
    console.holds("H", "late")
    stale = console.ask(f"/{plan['plan_id']}:confirm", {"version": plan["version"]})
    assert (stale.status, stale.code) == (409, "selection_changed")
    anew = console.ask(f"/{plan['plan_id']}:preview").json
    confirmed = console.ask(f"/{plan['plan_id']}:confirm", {"version": anew["version"]})
    assert (confirmed.status, confirmed.json["status"]) == (200, "RUNNING")


def test_who_is_nobody_and_room_that_is_not_said_are_named(console: Console) -> None:
    def wrong(**more: Any) -> list[str]:
        answered = console.ask(":preview", {**terms(["H"], ["T1"]), **more})
        assert answered.status == 422, answered.text
        return [each["field"] for each in answered.json["errors"]]

    assert wrong(handovers=["H", "nobody"]) == ["handovers.1"]
    assert wrong(allocation="headroom") == ["takeovers.0.max_load"]


def test_a_matrix_that_gives_away_more_than_there_are_is_pointed_out(console: Console) -> None:
    def warned(count: int) -> list[str]:
        cells = [{"handover": "h", "takeover": "t1", "count": count}]
        found = console.preview(["H"], ["T1"], allocation="matrix", matrix=cells)
        return [each["code"] for each in found["warnings"]]

    assert (warned(3), warned(4)) == ([], ["matrix_short"])


def test_inh_13_to_try_a_stranger_again_is_a_slip(console: Console) -> None:
    plan = console.drafted(["H"], ["T1"])
    console.confirmed(plan)
    items = [{"external_userid": "wmHc001"}, {"external_userid": "wmHc001", "handover": "T1"}]
    answered = console.ask(f"/{plan['plan_id']}:retry", {"items": items, "reason": "再试"})
    assert (answered.status, [each["field"] for each in answered.json["errors"]]) == (422, ["items.1"])
