"""Groups of any depth: no circle, nothing lost, whoever moves what at the same time (CON-06)."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient

from scrm.library.model import DEEPEST
from tests.component.content_console.conftest import made, script, seen_by, titles


def group(browser: Any, name: str, parent: str = "", root: str = "script-groups", **more: Any) -> str:
    return str(made(browser, root, name=name, parent_id=parent, **more)["group_id"])


def listed(browser: Any, root: str = "script-groups") -> list[str]:
    return ["/".join(each["path"]) for each in browser.send("GET", f"/admin/{root}?limit=100").json["items"]]


@pytest.fixture
def meanwhile(monkeypatch) -> Callable[[Callable[[], Any]], list[Any]]:
    """Let something happen just before the next transaction is written, once; return what came of it."""
    waiting: list[Callable[[], Any]] = []
    came: list[Any] = []
    real = BaseClient._make_api_call

    def call(self: Any, name: str, arguments: Any) -> Any:
        if name == "TransactWriteItems" and waiting:
            came.append(waiting.pop()())
        return real(self, name, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", call)

    def plan(act: Callable[[], Any]) -> list[Any]:
        waiting.append(act)
        return came

    return plan


def test_con_06_three_levels_are_listed_as_a_tree(admin):
    first = group(admin, "售前")
    second = group(admin, "价格", first)
    third = group(admin, "春季班", second)
    group(admin, "售后")
    script(admin, "报价", group_id=third)

    assert listed(admin) == ["售前", "售前/价格", "售前/价格/春季班", "售后"]
    shown = admin.send("GET", f"/admin/script-groups/{third}").json
    assert (shown["depth"], shown["items"], shown["path"]) == (3, 1, ["售前", "价格", "春季班"])


def test_con_06_a_group_that_holds_something_is_not_deleted(admin, tables):
    first = group(admin, "售前")
    second = group(admin, "价格", first)
    kept = script(admin, "报价", group_id=second, status="draft")
    before = tables.typed()

    for one in (first, second):
        refused = admin.send("DELETE", f"/admin/script-groups/{one}")
        assert (refused.status, refused.code) == (409, "group_not_empty")
    assert tables.typed() == before
    assert admin.send("DELETE", f"/admin/scripts/{kept['item_id']}").status == 204
    assert admin.send("DELETE", f"/admin/script-groups/{second}").status == 204
    assert admin.send("DELETE", f"/admin/script-groups/{first}").status == 204
    assert listed(admin) == []
    assert admin.send("GET", f"/admin/script-groups/{first}").status == 404
    assert admin.send("POST", "/admin/script-groups", {"name": "x", "parent_id": first}).status == 422


def test_con_06_a_circle_is_refused_naming_the_parent(admin, tables):
    first = group(admin, "一")
    second = group(admin, "二", first)
    third = group(admin, "三", second)
    before = tables.typed()

    for parent in (first, second, third):
        for answered in (
            admin.send("PUT", f"/admin/script-groups/{first}", {"version": 1, "parent_id": parent}),
            admin.send("PATCH", f"/admin/script-groups/{first}/position", {"parent_id": parent}),
        ):
            fields = [each["field"] for each in answered.json["errors"]]
            assert (answered.status, fields) == (422, ["parent_id"])
    assert tables.typed() == before


def test_no_group_gets_deeper_than_it_may_by_making_or_by_moving(admin):
    parent, chain = "", []
    for level in range(DEEPEST):
        parent = group(admin, f"{level}", parent)
        chain.append(parent)

    refused = admin.send("POST", "/admin/script-groups", {"name": "more", "parent_id": parent})
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "parent_id")
    top = group(admin, "top")
    below = group(admin, "below", top)
    position = f"/admin/script-groups/{top}/position"
    assert admin.send("PATCH", position, {"parent_id": chain[-2]}).status == 422
    assert admin.send("PATCH", position, {"parent_id": chain[-3]}).status == 200
    assert admin.send("GET", f"/admin/script-groups/{below}").json["depth"] == DEEPEST


def test_of_two_moves_that_make_a_circle_together_the_second_is_refused(admin, meanwhile):
    first, second = group(admin, "一"), group(admin, "二")
    way = "/admin/script-groups/{}/position"
    came = meanwhile(lambda: admin.send("PATCH", way.format(second), {"parent_id": first}))

    answered = admin.send("PATCH", way.format(first), {"parent_id": second})

    assert came[0].status == 200
    assert (answered.status, answered.json["errors"][0]["field"]) == (422, "parent_id")
    assert listed(admin) == ["一", "一/二"]


def test_a_circle_further_up_is_met_too(admin, meanwhile):
    first, second = group(admin, "一"), group(admin, "二")
    below = group(admin, "二下", group(admin, "二中", second))
    way = "/admin/script-groups/{}/position"
    came = meanwhile(lambda: admin.send("PATCH", way.format(second), {"parent_id": first}))

    answered = admin.send("PATCH", way.format(first), {"parent_id": below})

    assert (came[0].status, answered.status) == (200, 422)
    assert listed(admin) == ["一", "一/二", "一/二/二中", "一/二/二中/二下"]


def test_two_moves_do_not_make_a_branch_too_deep_together(admin, meanwhile):
    parent = ""
    for level in range(DEEPEST - 2):
        parent = group(admin, f"{level}", parent)
    one, two, three = group(admin, "甲"), group(admin, "乙"), group(admin, "丙")
    way = "/admin/script-groups/{}/position"
    assert admin.send("PATCH", way.format(one), {"parent_id": parent}).status == 200
    came = meanwhile(lambda: admin.send("PATCH", way.format(two), {"parent_id": one}))

    answered = admin.send("PATCH", way.format(three), {"parent_id": two})

    assert (came[0].status, answered.status) == (200, 422)


@pytest.mark.parametrize("what", ["item", "group", "moved item", "moved group"])
def test_what_is_put_into_a_group_as_it_is_deleted_stays_in_sight(admin, meanwhile, what):
    doomed = group(admin, "将删")
    other = group(admin, "别处")
    item = script(admin, "别处的话", group_id=other)
    acts = {
        "item": lambda: admin.send(
            "POST",
            "/admin/scripts",
            {"title": "x", "parts": [{"kind": "text", "text": "y"}], "group_id": doomed},
        ),
        "group": lambda: admin.send("POST", "/admin/script-groups", {"name": "下", "parent_id": doomed}),
        "moved item": lambda: admin.send(
            "PATCH", f"/admin/scripts/{item['item_id']}/position", {"group_id": doomed}
        ),
        "moved group": lambda: admin.send(
            "PATCH", f"/admin/script-groups/{other}/position", {"parent_id": doomed}
        ),
    }
    came = meanwhile(acts[what])

    answered = admin.send("DELETE", f"/admin/script-groups/{doomed}")

    assert came[0].status in {200, 201}
    assert (answered.status, answered.code) == (409, "version_conflict")
    again = admin.send("DELETE", f"/admin/script-groups/{doomed}")
    assert (again.status, again.code) == (409, "group_not_empty")


@pytest.mark.parametrize("what", ["item", "group", "moved item"])
def test_nothing_is_put_into_a_group_that_is_deleted_meanwhile(admin, meanwhile, what, tables):
    doomed = group(admin, "将删")
    item = script(admin, "别处的话")
    came = meanwhile(lambda: admin.send("DELETE", f"/admin/script-groups/{doomed}"))
    body = {"title": "x", "parts": [{"kind": "text", "text": "y"}], "group_id": doomed}
    acts = {
        "item": lambda: admin.send("POST", "/admin/scripts", body),
        "group": lambda: admin.send("POST", "/admin/script-groups", {"name": "下", "parent_id": doomed}),
        "moved item": lambda: admin.send(
            "PATCH", f"/admin/scripts/{item['item_id']}/position", {"group_id": doomed}
        ),
    }

    answered = acts[what]()

    assert came[0].status == 204
    assert answered.status in {409, 422}
    assert titles(admin) == ["别处的话"]
    assert listed(admin) == []


def test_a_group_is_renamed_and_moved_by_its_version(admin):
    first, second = group(admin, "一"), group(admin, "二")
    one = f"/admin/script-groups/{first}"

    renamed = admin.send("PUT", one, {"version": 1, "name": "壹"}).json
    assert (renamed["name"], renamed["version"]) == ("壹", 2)
    assert admin.send("PUT", one, {"version": 1, "name": "壱"}).code == "version_conflict"
    moved = admin.send("PUT", one, {"version": 2, "parent_id": second}).json
    assert moved["path"] == ["二", "壹"]
    taken = admin.send("PUT", one, {"version": 3, "parent_id": "", "name": "二"})
    assert (taken.status, taken.code) == (409, "name_taken")
    assert admin.send("PUT", one, {"version": 3, "name": "a/b"}).status == 422


def test_con_14_what_a_group_says_of_who_may_see_holds_for_all_below(admin, as_role):
    as_role("lisi", "service")
    as_role("wangwu", "marketing")
    first = group(admin, "营销", visibility={"roles": ["marketing"]})
    second = group(admin, "下级", first)
    script(admin, "营销话术", group_id=second)

    assert seen_by("lisi", "script") == []
    assert seen_by("wangwu", "script") == ["营销话术"]
    opened = admin.send("PUT", f"/admin/script-groups/{first}", {"version": 1, "visibility": None})
    assert opened.json["visibility"] is None
    assert seen_by("lisi", "script") == ["营销话术"]


def test_a_new_group_is_made_once_however_often_it_is_asked_for(admin):
    body = {"name": "一"}
    first, again = (
        admin.send("POST", "/admin/script-groups", body, {"idempotency-key": "k"}) for _ in range(2)
    )

    assert first.json["group_id"] == again.json["group_id"]
    assert listed(admin) == ["一"]


def test_groups_come_in_pages(admin):
    for number in range(5):
        group(admin, f"{number}")

    first = admin.send("GET", "/admin/script-groups?limit=3").json
    rest = admin.send("GET", f"/admin/script-groups?limit=3&cursor={first['next_cursor']}").json
    assert [each["name"] for each in first["items"] + rest["items"]] == list("01234")
    assert rest["next_cursor"] is None
