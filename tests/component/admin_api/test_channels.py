"""Channel codes from the console: made once at WeCom, edited, paused, deleted, previewed."""

import pytest

from scrm.channel_codes import dynamodb as stored
from scrm.channel_codes.model import CHANNEL_KINDS
from tests.component.console import calls_of, channel_body

ADD = "externalcontact/add_contact_way"


def test_a_channel_is_made_once_at_wecom_and_its_code_is_kept(ask, wecom):
    answer = ask("POST", "/admin/channels", channel_body(tags=[], remark="三月"))

    assert answer.status == 201, answer.text
    channel = answer.json
    (body,) = calls_of(wecom, ADD)
    assert body["state"] == channel["state"] == channel["channel_id"]
    assert len(channel["state"]) <= 30
    assert body["user"] == channel["on_code"] == ["lisi", "wangwu"]
    assert body["type"] == 2
    assert body["remark"] == "三月"
    assert channel["status"] == "active"
    assert channel["config_id"] in wecom.world.contact_ways
    assert channel["qr_code"]
    assert ask("GET", f"/admin/channels/{channel['channel_id']}").json["config_id"] == channel["config_id"]


def test_a_repeated_creation_returns_the_first_answer_and_makes_no_second_code(ask, wecom):
    first = ask("POST", "/admin/channels", channel_body(), key="k1")
    again = ask("POST", "/admin/channels", channel_body(), key="k1")
    other = ask("POST", "/admin/channels", channel_body(name="别的"), key="k1")

    assert first.json == again.json
    assert len(calls_of(wecom, ADD)) == 1
    assert (other.status, other.code) == (409, "idempotency_conflict")


@pytest.mark.parametrize("kind", CHANNEL_KINDS)
def test_each_kind_of_the_taxonomy_is_accepted(ask, kind):
    assert ask("POST", "/admin/channels", channel_body(kind=kind)).status == 201


def test_a_kind_outside_the_taxonomy_is_refused(ask, wecom):
    answer = ask("POST", "/admin/channels", channel_body(kind="billboard"))

    assert answer.status == 422
    assert [each["field"] for each in answer.json["errors"]] == ["kind"]
    assert calls_of(wecom, ADD) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"staff": []}, "staff"),
        ({"staff": [{"userid": "nobody"}]}, "staff.0.userid"),
        ({"staff": [{"userid": "lisi"}, {"userid": "LISI"}]}, "staff.1.userid"),
        ({"staff": [{"userid": "zhengshi"}]}, "staff"),
        ({"staff": [{"userid": "lisi", "weight": 0}]}, "staff.0.weight"),
        (
            {"staff": [{"userid": "lisi", "shifts": [{"start": "9:00", "end": "18:00"}]}]},
            "staff.0.shifts.0.start",
        ),
        ({"tags": ["etUnknown"]}, "tags.0"),
        ({"remark": "长" * 31}, "remark"),
        ({"welcome": {"text": "字" * 1334}}, "welcome.text"),
        (
            {"welcome": {"attachments": [{"msgtype": "file", "file": {"media_id": "m"}}] * 10}},
            "welcome.attachments",
        ),
        (
            {
                "welcome": {
                    "attachments": [{"msgtype": "link", "link": {"title": "题" * 43, "url": "https://a.cn"}}]
                }
            },
            "welcome.attachments.0.link.title",
        ),
        (
            {"welcome": {"attachments": [{"msgtype": "link", "image": {"media_id": "m"}}]}},
            "welcome.attachments.0",
        ),
    ],
)
def test_a_wrong_field_is_named_and_wecom_is_not_asked(ask, wecom, changes, field):
    answer = ask("POST", "/admin/channels", channel_body(**changes))

    assert answer.status == 422, answer.text
    assert [each["field"] for each in answer.json["errors"]] == [field]
    assert calls_of(wecom, ADD) == []


def test_no_answer_leaves_the_channel_unknown_and_a_repetition_finds_the_code_that_was_made(ask, wecom):
    wecom.faults.add({"endpoint": ADD, "what": "unknown_outcome"})

    first = ask("POST", "/admin/channels", channel_body())

    assert (first.status, first.json["status"]) == (201, "unknown")
    assert len(wecom.world.contact_ways) == 1
    from scrm import clock
    from scrm.channel_codes import code
    from scrm.wecom.deployed import wecom as client

    settled = code.settle(stored.channel(first.json["channel_id"]), client(), clock.now())
    assert settled.status == "active"
    assert [settled.config_id] == list(wecom.world.contact_ways)
    assert len(calls_of(wecom, ADD)) == 1


def test_a_refusal_of_wecom_is_told_in_chinese_and_kept(ask, wecom):
    wecom.faults.add({"endpoint": ADD, "what": "errcode", "errcode": 41045})

    answer = ask("POST", "/admin/channels", channel_body())

    assert (answer.status, answer.code, answer.json["errcode"]) == (409, "refused_by_wecom", 41045)
    assert "上限" in answer.json["detail"]
    (channel,) = stored.channels()
    assert (channel.status, channel.config_id) == ("failed", "")


def test_an_edit_needs_the_version_that_was_read(ask):
    channel = ask("POST", "/admin/channels", channel_body()).json
    path = f"/admin/channels/{channel['channel_id']}"

    edited = ask("PUT", path, {"version": channel["version"], "name": "夏季地推"})
    stale = ask("PUT", path, {"version": channel["version"], "name": "秋季地推"})

    assert (edited.status, edited.json["name"], edited.json["version"]) == (
        200,
        "夏季地推",
        channel["version"] + 1,
    )
    assert (stale.status, stale.code) == (409, "version_conflict")
    assert stored.channel(channel["channel_id"]).name == "夏季地推"


def test_a_paused_channel_says_nothing_and_goes_on_when_resumed(ask):
    channel_id = ask("POST", "/admin/channels", channel_body(fallback=["sunqi"])).json["channel_id"]

    paused = ask("POST", f"/admin/channels/{channel_id}:pause", {})
    assert (paused.status, paused.json["status"]) == (200, "paused")
    assert not stored.channel_by_state(channel_id).speaks

    resumed = ask("POST", f"/admin/channels/{channel_id}:resume", {})
    assert (resumed.status, resumed.json["status"]) == (200, "active")
    assert stored.channel_by_state(channel_id).speaks


def test_a_deleted_channel_is_gone_at_wecom_and_kept_as_archived(ask, wecom):
    channel_id = ask("POST", "/admin/channels", channel_body()).json["channel_id"]

    answers = [ask("DELETE", f"/admin/channels/{channel_id}") for _ in range(2)]

    assert [(each.status, each.json["status"]) for each in answers] == [(200, "archived")] * 2
    assert wecom.world.contact_ways == {}
    assert ask("GET", "/admin/channels").json["items"] == []
    archived = ask("GET", "/admin/channels", query={"status": "archived"}).json["items"]
    assert [each["channel_id"] for each in archived] == [channel_id]


def test_the_list_pages_survive_an_insert(ask, at):
    made = []
    for minute in range(5):
        at(f"2026-03-02T10:{minute:02d}:00+08:00")
        made.append(ask("POST", "/admin/channels", channel_body(name=f"码{minute}")).json["channel_id"])

    first = ask("GET", "/admin/channels", query={"limit": "2"}).json
    at("2026-03-02T10:30:00+08:00")
    ask("POST", "/admin/channels", channel_body(name="新码"))
    rest = ask("GET", "/admin/channels", query={"limit": "10", "cursor": first["next_cursor"]}).json

    shown = [each["channel_id"] for each in first["items"] + rest["items"]]
    assert shown == made[::-1]
    assert rest["next_cursor"] is None
    assert ask("GET", "/admin/staff", query={"cursor": first["next_cursor"]}).status == 422


def test_the_preview_is_the_rule_run_forward(ask):
    staff = [
        {"userid": "lisi", "weight": 5},
        {"userid": "wangwu", "weight": 1},
        {"userid": "sunqi", "weight": 1, "daily_cap": 10},
    ]
    channel_id = ask("POST", "/admin/channels", channel_body(staff=staff)).json["channel_id"]

    saved = ask("GET", f"/admin/channels/{channel_id}:preview", query={"scans": "1000"}).json
    unsaved = ask("POST", "/admin/channels:preview", {"staff": staff, "scans": 1000}).json

    assert {each["userid"]: each["scans"] for each in saved["members"]} == {
        "lisi": 825,
        "wangwu": 165,
        "sunqi": 10,
    }
    assert saved["distributed_by"] == "turns"
    assert saved == unsaved
