"""The console's groups: whose they are, who is in them, and whose a caller may see (SVC-13)."""

from typing import Any

from scrm.groups import dynamodb as stored
from scrm.groups.model import Group, Member
from scrm.http.caller import Caller
from scrm.http.paging import encode
from tests.component.groups.groups_world import Groups


def listed(world: Groups, caller: Any = None, **query: str) -> list[str]:
    """Return the names of the groups of a list, gone through page by page."""
    found: list[str] = []
    while True:
        page = world.ask("GET", "/admin/groups", caller=caller, **query).json
        found += [each["name"] for each in page["items"]]
        if not page["next_cursor"]:
            return found
        query = {**query, "cursor": page["next_cursor"]}


def put(chat_id: str, owner: str, **more: Any) -> None:
    members = (Member(owner, outside=False), Member("wmX", outside=True))
    stored.save(None, Group(chat_id, f"群{chat_id[2:]}", owner, members=members, **more))


def test_groups_by_owner_and_status_within_the_data_scope(world: Groups) -> None:
    for number in range(5):
        put(f"wrA{number}", "lisi", status="dismissed" if number == 3 else "active")
    put("wrB", "wangwu")
    put("wrC", "ChenMei")
    lisis = [f"群A{number}" for number in range(5)]

    assert listed(world, limit="2") == ["群C", *lisis, "群B"]
    assert listed(world, owner="LiSi", limit="2") == lisis
    assert listed(world, status="dismissed", limit="1") == ["群A3"]
    lead = Caller("zhangsan", "team_lead", "team", (2,), (2,))
    assert listed(world, lead, limit="3") == [*lisis, "群B"]
    assert world.ask("GET", "/admin/groups", caller=lead, owner="ChenMei").status == 403
    beyond = str(encode(stored.GROUPS, {"after": "~~"}))
    assert world.ask("GET", "/admin/groups", cursor=beyond).json["items"] == []


def test_who_is_in_a_group_and_which_of_them_are_customers(world: Groups) -> None:
    one = world.friend("小雨")
    stranger = str(world.bundle.wecom.people.scan(userid="zhangsan", name="路人")["external_userid"])
    world.bundle.callbacks()
    chat = world.founded("zhangsan", one, stranger)
    world.bundle.arrive()
    world.bundle.settle()

    group = world.ask("GET", f"/admin/groups/{chat}").json

    assert (group["name"], group["owner_name"], group["member_count"], group["customers"]) == (
        "家长群",
        "李四",
        4,
        2,
    )
    assert [(each["kind"], each["name"], each["external_userid"]) for each in group["members"]] == [
        ("staff", "李四", None),
        ("staff", "张三", None),
        ("customer", "小雨", one),
        ("stranger", "", None),
    ]
    assert stranger not in str(group)


def test_five_hundred_members_fit_into_a_row(world: Groups) -> None:
    members = tuple(Member(f"wm{number:030}", outside=True, joined_at=1772417700) for number in range(500))
    stored.save(None, Group("wrFull", "满群", "lisi", members=members))

    assert len(world.ask("GET", "/admin/groups/wrFull").json["members"]) == 500
    assert len(str(world.bundle.rows("GROUP#wrFull"))) < 40_000
