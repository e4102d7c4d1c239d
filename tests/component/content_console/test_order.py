"""The order made by hand: one write a move, one order for everybody, whoever moves what at once (CON-07)."""

import itertools
import random
from functools import partial
from typing import Any

import pytest
from botocore.client import BaseClient

from scrm.library.ranks import LONGEST
from tests.component.content_console.conftest import made, script, seen_by, titles


@pytest.fixture
def five(admin) -> dict[str, str]:
    """Five scripts, by title."""
    return {title: script(admin, title)["item_id"] for title in "甲乙丙丁戊"}


def move(browser: Any, item_id: str, **where: Any) -> Any:
    return browser.send("PATCH", f"/admin/scripts/{item_id}/position", where)


def library_rows(tables: Any) -> dict[str, Any]:
    rows = tables.rows("LIBRARY#script")
    return {row["SK"]: {k: v for k, v in row.items() if not k.startswith("due")} for row in rows}


def test_con_07_new_items_come_last_and_a_move_changes_the_order_for_everybody(admin, five):
    assert titles(admin) == list("甲乙丙丁戊")

    assert move(admin, five["戊"], after=None).status == 200
    assert titles(admin) == list("戊甲乙丙丁")
    assert move(admin, five["甲"], after=five["丙"]).status == 200
    assert titles(admin) == list("戊乙丙甲丁")
    assert move(admin, five["丁"], before=five["乙"]).status == 200
    assert titles(admin) == list("戊丁乙丙甲")
    assert move(admin, five["戊"], before=None).status == 200
    assert titles(admin) == list("丁乙丙甲戊")
    assert move(admin, five["乙"]).status == 200
    assert titles(admin) == list("丁丙甲戊乙") == seen_by("lisi", "script")


def test_a_move_writes_one_row_of_the_library_and_no_content(admin, five, tables):
    before, contents = library_rows(tables), tables.rows("ITEM#")

    assert move(admin, five["戊"], after=five["甲"]).status == 200

    after = library_rows(tables)
    changed = [key for key in after if after[key] != before.get(key)]
    assert changed == [f"ITEM#{five['戊']}"]
    assert {name for name, value in after[changed[0]].items() if before[changed[0]].get(name) != value} == {
        "rank",
        "version",
    }
    assert tables.rows("ITEM#") == contents


def test_a_move_to_where_it_stands_writes_nothing(admin, five, tables):
    assert move(admin, five["戊"], after=five["甲"]).status == 200
    before = tables.rows("LIBRARY#")

    assert move(admin, five["戊"], after=five["甲"]).status == 200

    assert move(admin, five["丁"]).status == 200
    assert titles(admin) == list("甲戊乙丙丁")
    assert tables.rows("LIBRARY#") == before


@pytest.mark.parametrize(
    ("where", "field"),
    [
        ({"after": "sc_none"}, "after"),
        ({"before": "sc_none"}, "before"),
        ({"after": None, "before": None}, "before"),
        ({"group_id": "gr_none"}, "group_id"),
        ({"more": 1}, "more"),
    ],
)
def test_a_place_that_there_is_not_is_named(admin, five, where, field):
    refused = move(admin, five["甲"], **where)

    assert (refused.status, [each["field"] for each in refused.json["errors"]]) == (422, [field])
    assert move(admin, five["甲"], after=five["甲"]).status == 422
    assert move(admin, "sc_none", after=None).status == 404


def test_an_item_goes_into_another_group_and_stands_where_it_was_put(admin, five):
    group = made(admin, "script-groups", name="售前")["group_id"]
    for title in "甲乙丙":
        assert move(admin, five[title], group_id=group).status == 200
    assert move(admin, five["丁"], group_id=group, after=five["甲"]).status == 200

    assert titles(admin, "scripts", f"&group_id={group}") == list("甲丁乙丙")
    assert titles(admin) == list("甲丁乙丙戊")
    assert move(admin, five["丁"], after=five["戊"]).status == 422
    assert move(admin, five["丁"], group_id="", after=five["戊"]).status == 200
    assert titles(admin) == list("甲乙丙戊丁")


def test_groups_are_moved_in_the_same_way(admin, tables):
    ids = {name: made(admin, "script-groups", name=name)["group_id"] for name in "甲乙丙"}
    before = library_rows(tables)

    moved = admin.send("PATCH", f"/admin/script-groups/{ids['丙']}/position", {"before": ids["乙"]})

    assert moved.status == 200
    names = [each["name"] for each in admin.send("GET", "/admin/script-groups").json["items"]]
    assert names == list("甲丙乙")
    after = library_rows(tables)
    assert [key for key in after if after[key] != before.get(key)] == [f"GROUP#{ids['丙']}"]


def test_a_long_list_of_moves_into_one_gap_keeps_ranks_short(admin, five, tables):
    for turn in range(400):
        assert move(admin, five["丁戊"[turn % 2]], after=five["甲"]).status == 200

    assert titles(admin) in (list("甲戊丁乙丙"), list("甲丁戊乙丙"))
    assert max(len(row["rank"]) for row in tables.rows("LIBRARY#script", "ITEM#")) <= LONGEST


def interleaved(monkeypatch: pytest.MonkeyPatch, requests: list[Any], chance: random.Random) -> list[Any]:
    """Carry out requests one inside another: each but the last is cut open before one of its calls to AWS."""
    real = BaseClient._make_api_call
    waiting = requests[1:]
    came: list[Any] = []

    def call(self: Any, name: str, arguments: Any) -> Any:
        if waiting and chance.random() < 0.3:
            came.append(waiting.pop(0)())
        return real(self, name, arguments)

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", call)
        came.append(requests[0]())
        while waiting:
            came.append(waiting.pop(0)())
    return came


@pytest.mark.parametrize("seed", range(12))
def test_con_07_moves_at_once_never_refuse_each_other_and_leave_one_order(admin, five, monkeypatch, seed):
    chance = random.Random(seed)
    names = list(five)
    for _ in range(4):
        movers = chance.sample(names, 3)
        targets = [chance.choice([each for each in names if each != one]) for one in movers]
        requests = [
            partial(move, admin, five[one], after=five[target])
            for one, target in zip(movers, targets, strict=True)
        ]
        came = interleaved(monkeypatch, requests, chance)
        assert [each.status for each in came] == [200, 200, 200]
        order = titles(admin)
        assert sorted(order) == sorted(names)
        assert order == seen_by("lisi", "script") == titles(admin)


def test_two_who_move_into_the_same_gap_are_told_apart_and_a_third_comes_between_them(
    admin, five, tables, monkeypatch
):
    real, waiting = BaseClient._make_api_call, [lambda: move(admin, five["戊"], after=five["甲"])]

    def call(self: Any, name: str, arguments: Any) -> Any:
        if name == "TransactWriteItems" and waiting:
            assert waiting.pop()().status == 200
        return real(self, name, arguments)

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", call)
        assert move(admin, five["丁"], after=five["甲"]).status == 200
    ranks = {row["SK"]: row["rank"] for row in tables.rows("LIBRARY#script", "ITEM#")}
    assert ranks[f"ITEM#{five['丁']}"] == ranks[f"ITEM#{five['戊']}"], "the case that this test is about"
    order = titles(admin)
    assert order[0] == "甲"
    assert set(order[1:3]) == {"丁", "戊"}

    assert move(admin, five["丙"], after=five[order[1]]).status == 200

    assert titles(admin) == ["甲", order[1], "丙", order[2], "乙"]


def test_many_made_at_once_have_one_order(admin, monkeypatch):
    numbers = itertools.count()
    requests = [lambda: admin.send("POST", "/admin/scripts", body(next(numbers))) for _ in range(6)]

    came = interleaved(monkeypatch, requests, random.Random(3))

    assert [each.status for each in came] == [201] * 6
    assert sorted(titles(admin)) == sorted(f"话{number}" for number in range(6))
    assert titles(admin) == seen_by("lisi", "script")


def body(number: int) -> dict[str, Any]:
    return {"title": f"话{number}", "parts": [{"kind": "text", "text": "x"}]}
