"""Groups get another owner: 100 a call, 300 of an owner a day, twice in 90 days at most (INH-14)."""

import json
from itertools import count
from typing import Any

import pytest

from scrm.groups import dynamodb as stored
from scrm.groups.model import Group, Member
from scrm.jobs.waking_dynamodb import wake
from tests.component.groups.groups_world import Groups
from tests.faults.crashing import Killer
from wecom_simulator.acts import ACTS

DAY = 86_400


def founded(world: Groups, many: int, owner: str = "lisi") -> list[str]:
    """Let a member have so many groups, of which everything is known."""
    chats = [world.founded(owner=owner, name=f"群{number}") for number in range(many)]
    world.bundle.callbacks()
    for chat in chats:
        there = world.bundle.wecom.world.chats[chat]
        members = (Member(owner, outside=False),)
        known = Group(chat, there.name, owner, members=members, member_version=there.member_version)
        stored.save(None, known)
    return chats


def moved(world: Groups, **more: Any) -> Any:
    body = {"mode": "onjob", "new_owner": "wangwu", "reason": "转岗", **more}
    return world.done("POST", "/admin/groups:transfer", body)


def preview(world: Groups, **more: Any) -> Any:
    return world.done(
        "POST", "/admin/groups:transfer-preview", {"mode": "onjob", "new_owner": "wangwu", **more}
    )


def sizes(world: Groups, path: str = "onjob_transfer") -> list[int]:
    bodies = [
        json.loads(each["body"]) if isinstance(each["body"], str | bytes) else each["body"]
        for each in world.calls(path)
    ]
    return [len(each["chat_id_list"]) for each in bodies]


def job(world: Groups, job_id: str) -> tuple[str, int, int, int]:
    told = world.ask("GET", f"/admin/jobs/{job_id}").json
    return told["status"], told["done"], told["failed"], told["skipped"]


def left(world: Groups, userid: str) -> None:
    """Let a member leave, and the organisation be read."""
    ACTS["member-leaves"](world.bundle.wecom, userid=userid)
    world.bundle.invoke("sync_organisation", {"time": world.bundle.time.now().isoformat()})
    world.bundle.time.seconds += 61


def night(world: Groups) -> None:
    world.bundle.invoke("apply_retention", {"time": world.bundle.time.now().isoformat()})
    world.bundle.settle()


def test_inh_14_at_most_100_a_call_and_300_of_an_owner_a_day(world: Groups) -> None:
    chats = founded(world, 320)
    left(world, "lisi")
    shown = preview(world, owner="lisi", mode="resigned")
    assert (shown["movable"], shown["owners"][0]["groups"], shown["owners"][0]["days"]) == (320, 320, 2)

    started = moved(world, owner="lisi", mode="resigned")
    assert sizes(world, "transfer") == [100, 100, 100]
    assert job(world, started["job_id"]) == ("running", 300, 0, 0)
    assert preview(world, owner="lisi", mode="resigned")["owners"][0] == {
        "owner": "lisi",
        "owner_name": "李四",
        "groups": 20,
        "today": 300,
        "days": 1,
    }
    assert wake(world.bundle.time.now()) == 0, "the day is not over"

    world.bundle.time.seconds += DAY
    assert wake(world.bundle.time.now()) == 1
    world.bundle.settle()

    assert sum(sizes(world, "transfer")) == 320
    assert max(sizes(world, "transfer")) <= 100
    assert job(world, started["job_id"]) == ("done", 320, 0, 0)
    assert {each.owner for each in stored.groups(chats).values()} == {"wangwu"}
    assert stored.groups_of("lisi") == []
    notices = [row for row in world.bundle.rows("MEMBER#wangwu") if row["SK"].startswith("NOTICE#")]
    assert [json.loads(each["notice"])["facts"] for each in notices] == [{"result": "320 个客户群已转给你"}]


def test_a_transfer_leaves_a_line_in_the_audit_log(world: Groups) -> None:
    (chat,) = founded(world, 1)
    moved(world, chat_ids=[chat])

    (line,) = [
        each for each in world.ask("GET", "/admin/audit").json["items"] if each["action"] == "job_started"
    ]
    told = {name: line["after"][name] for name in ("kind", "items", "reason", "mode", "new_owner", "owners")}
    assert told == {
        "kind": "group_transfer",
        "items": 1,
        "reason": "转岗",
        "mode": "onjob",
        "new_owner": "wangwu",
        "owners": ["lisi"],
    }


def test_what_stays_is_shown_with_its_reason(world: Groups) -> None:
    gone, theirs, ours = world.founded(), world.founded(owner="wangwu"), world.founded()
    world.arrive()
    world.act("dismissed", chat_id=gone)
    world.arrive()
    asked = ["wrNone", gone, theirs, ours]

    shown = preview(world, chat_ids=asked)
    assert {each["chat_id"]: each["code"] for each in shown["skipped"]} == {
        "wrNone": "not_found",
        gone: "dismissed",
        theirs: "same_owner",
    }
    assert (shown["total"], shown["movable"]) == (4, 1)
    resigned = preview(world, chat_ids=[ours], mode="resigned")
    assert resigned["skipped"][0]["code"] == "owner_employed"


def test_twice_in_90_days_on_the_job(world: Groups) -> None:
    (chat,) = founded(world, 1)
    moved(world, chat_ids=[chat], new_owner="wangwu")
    world.bundle.time.seconds += 50 * DAY
    moved(world, chat_ids=[chat], new_owner="lisi")
    world.bundle.time.seconds += 39 * DAY
    assert preview(world, chat_ids=[chat])["skipped"][0]["code"] == "quota90"

    world.bundle.time.seconds += DAY
    assert preview(world, chat_ids=[chat])["movable"] == 1


def test_a_resigned_owners_groups_go_by_the_other_call(world: Groups) -> None:
    chats = founded(world, 2, owner="wangwu")
    left(world, "wangwu")
    assert preview(world, owner="wangwu", new_owner="lisi")["skipped"][0]["code"] == "owner_resigned"

    started = moved(world, owner="wangwu", new_owner="lisi", mode="resigned")

    assert (sizes(world, "transfer"), sizes(world)) == ([2], [])
    assert set(world.results(started["job_id"])) == set(chats)
    assert {each.owner_state for each in stored.groups(chats).values()} == {"transferred"}


def test_wecoms_word_on_each_group_is_kept(world: Groups) -> None:
    good, gone, often, theirs = founded(world, 4)
    now, there = world.bundle.time.seconds, world.bundle.wecom.world.chats
    there[gone].dismissed, there[often].transfers, there[theirs].owner = True, [now, now], "wangwu"

    started = moved(world, chat_ids=[good, gone, often, theirs])

    assert world.results(started["job_id"]) == {
        good: ("done", ""),
        gone: ("failed", "90501"),
        often: ("failed", "quota90"),
        theirs: ("skipped", "same_owner"),
    }
    assert sizes(world) == [4]
    assert [len(each.accepted) for each in stored.groups([good, theirs]).values()] in ([1, 0], [0, 1])


def test_what_wecom_took_300_of_today_already_waits_for_another_day(world: Groups) -> None:
    (chat,) = founded(world, 1)
    there = world.bundle.wecom
    for _ in range(300):
        there.windows.take(("chat-transfer", "lisi"), world.bundle.time.seconds, ("day", 300))
    started = moved(world, chat_ids=[chat])
    assert job(world, started["job_id"])[0] == "running"

    world.bundle.time.seconds += DAY
    night(world)

    assert job(world, started["job_id"]) == ("done", 1, 0, 0)


def test_what_operations_have_to_mend_is_tried_again_and_costs_no_group_its_turn(world: Groups) -> None:
    chats = founded(world, 2)
    fault = {"endpoint": "externalcontact/groupchat/onjob_transfer", "what": "errcode", "errcode": 60020}
    world.bundle.wecom.faults.add({**fault, "count": 1})

    started = moved(world, chat_ids=chats)
    assert job(world, started["job_id"])[0] == "running"
    world.bundle.time.seconds += 61
    world.bundle.settle()

    assert job(world, started["job_id"]) == ("done", 2, 0, 0)


def test_a_call_without_an_answer_is_settled_by_who_owns_the_group_now(world: Groups) -> None:
    chats = founded(world, 2)
    fault = {"endpoint": "externalcontact/groupchat/onjob_transfer", "what": "unknown_outcome", "count": 1}
    world.bundle.wecom.faults.add(fault)

    started = moved(world, chat_ids=chats)
    assert job(world, started["job_id"])[0] == "running"
    world.bundle.time.seconds += 61
    world.bundle.settle()

    assert job(world, started["job_id"]) == ("done", 2, 0, 0)
    assert sizes(world) == [2]
    assert all(len(each.accepted) == 1 for each in stored.groups(chats).values())


def test_killed_at_any_step_a_group_is_asked_for_once(world: Groups) -> None:
    def lived(die_at: int) -> tuple[bool, Any]:
        chats, calls = founded(world, 1), len(sizes(world))
        killer = Killer(at=die_at)
        body = {"mode": "onjob", "new_owner": "wangwu", "reason": "转岗", "chat_ids": chats}
        started = world.ask("POST", "/admin/groups:transfer", body)
        with killer.loose_in(world.bundle):
            world.bundle.settle()
        groups = stored.groups(chats)
        owners = [(each.owner, len(each.accepted), each.owed, each.lists) for each in groups.values()]
        job_id = started.json["job_id"]
        return bool(killer.fatal), (job(world, job_id), owners, len(sizes(world)) - calls)

    undisturbed = lived(0)[1]
    assert undisturbed == (("done", 1, 0, 0), [("wangwu", 1, (), ())], 1)
    for step in count(1):
        died, left = lived(step)
        assert left == undisturbed, step
        if not died:
            assert step > 20
            return


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": None}, "reason"),
        ({"new_owner": "nobody"}, "new_owner"),
        ({"mode": "both"}, "mode"),
        ({"owner": "lisi"}, ""),
        ({"chat_ids": ["wr None"]}, "chat_ids.0"),
        ({"chat_ids": ["wrNone"]}, "chat_ids"),
    ],
)
def test_bad_requests_name_the_field(world: Groups, wrong: dict[str, Any], field: str) -> None:
    (chat,) = founded(world, 1)
    body = {"mode": "onjob", "new_owner": "wangwu", "reason": "转岗", "chat_ids": [chat], **wrong}
    answered = world.ask(
        "POST", "/admin/groups:transfer", {name: each for name, each in body.items() if each is not None}
    )

    assert answered.status == 422
    assert field in str(answered.json["errors"])


def test_groups_of_others_are_not_there_for_a_team_lead(world: Groups) -> None:
    from scrm.http.caller import Caller

    (chat,) = founded(world, 1)
    lead = Caller("ChenMei", "team_lead", "own")
    body = {"mode": "onjob", "new_owner": "wangwu", "chat_ids": [chat]}

    shown = world.ask("POST", "/admin/groups:transfer-preview", body, caller=lead).json

    assert shown["skipped"] == [{"chat_id": chat, "name": "", "owner": "", "code": "not_found"}]
