"""Groups that callbacks did not tell of: the sync that is asked for, and the night's (SVC-13)."""

from typing import Any

import pytest

from scrm.groups import dynamodb as stored
from tests.component.groups.groups_world import Groups
from wecom_simulator.acts import ACTS


def unheard(world: Groups, *members: str, **more: Any) -> str:
    """Let a group be founded of which no callback arrives."""
    chat = world.founded(*members, **more)
    world.bundle.callbacks()
    return chat


def synced(world: Groups) -> dict[str, Any]:
    started = world.done("POST", "/admin/groups:sync")
    job: dict[str, Any] = world.ask("GET", f"/admin/jobs/{started['job_id']}").json
    return job


def test_a_first_sync_finds_every_group_and_a_second_changes_nothing(world: Groups) -> None:
    one = world.friend("小雨")
    chats = [unheard(world, one, name=f"群{number}") for number in range(3)]
    first = synced(world)
    assert (first["status"], first["done"]) == ("done", 3)
    assert stored.groups_of_contacts([one]) == {one: tuple(sorted(chats))}
    before, calls = world.bundle.rows("GROUP#"), len(world.calls("get"))

    world.bundle.time.seconds += 60
    second = synced(world)

    assert (second["status"], second["done"]) == ("done", 3)
    assert len(world.calls("get")) == calls + 3
    assert world.bundle.rows("GROUP#") == before


def test_a_group_whose_owner_left_waits_for_another(world: Groups) -> None:
    chat = unheard(world, owner="wangwu")
    synced(world)
    ACTS["member-leaves"](world.bundle.wecom, userid="wangwu")
    world.arrive()
    world.bundle.time.seconds += 60
    synced(world)

    group = stored.group(chat)
    assert group
    assert (
        group.owner_state,
        world.ask("GET", "/admin/groups", owner="wangwu").json["items"][0]["chat_id"],
    ) == (
        "resigned",
        chat,
    )


def test_at_night_what_was_dismissed_unheard_is_found_and_what_was_taken_for_dismissed_is_back(
    world: Groups,
) -> None:
    one = world.friend("小雨")
    gone, there = world.founded(one), world.founded(one)
    world.arrive()
    world.act("dismissed", chat_id=gone)
    world.bundle.callbacks()
    from scrm.groups.recording import gone as taken_for_gone

    taken_for_gone(there, 0, world.bundle.time.now())
    world.bundle.time.seconds += 60
    for _ in range(2):
        world.bundle.invoke("apply_retention", {"time": world.bundle.time.now().isoformat()})
        world.bundle.settle()

    ends = {each: group.status for each, group in stored.groups([gone, there]).items()}
    assert ends == {gone: "dismissed", there: "active"}
    assert stored.groups_of_contacts([one]) == {one: (there,)}


def test_where_the_app_sees_too_many_members_groups_are_listed_by_owner(world: Groups) -> None:
    chats = {unheard(world, owner=owner) for owner in ("lisi", "wangwu")}
    fault = {"endpoint": "externalcontact/groupchat/list", "what": "errcode", "errcode": 81017, "count": 1}
    world.bundle.wecom.faults.add(fault)

    assert synced(world)["status"] == "done"
    assert set(stored.groups(chats)) == chats
    assert "owner_filter" in str([each["body"] for each in world.calls("list")])


@pytest.mark.parametrize(
    ("fault", "ends", "read"),
    [
        ({"what": "errcode", "errcode": 45009, "count": 1}, "done", 2),
        ({"what": "errcode", "errcode": 60011, "count": 1}, "partial", 1),
        ({"what": "errcode", "errcode": 48002, "count": 1}, "failed", 0),
        ({"what": "errcode", "errcode": 60020, "count": 1}, "failed", 0),
    ],
)
def test_what_wecom_refuses_is_tried_later_or_told(
    world: Groups, fault: dict[str, Any], ends: str, read: int
) -> None:
    chats = [unheard(world), unheard(world)]
    world.bundle.wecom.faults.add({"endpoint": "externalcontact/groupchat/get", **fault})
    started = world.done("POST", "/admin/groups:sync")
    world.bundle.time.seconds += 900
    world.bundle.settle()

    assert world.ask("GET", f"/admin/jobs/{started['job_id']}").json["status"] == ends
    assert len(stored.groups(chats)) == read
