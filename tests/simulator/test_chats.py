"""Customer groups, and the moments, figures and documents beside them."""

import pytest

from tests.simulator.conftest import PNG


@pytest.fixture
def chat(wecom, friends):
    wish = {"owner": "lisi", "name": "家长群", "members": [friends["external_userid"]]}
    return wecom.control("POST", "people/chat-created", wish)["chat_id"]


def get(wecom, chat):
    return wecom.post("externalcontact/groupchat/get", {"chat_id": chat, "need_name": 1})


def test_a_group_shows_members_and_changes_version(wecom, simulator, chat):
    before = get(wecom, chat)["group_chat"]
    assert [row["type"] for row in before["member_list"]] == [1, 2]
    assert [row["name"] for row in before["member_list"]] == ["李四", "小雨"]
    wecom.control("POST", "people/chat-joined", {"chat_id": chat, "members": ["zhangsan"], "state": "grp"})
    after = get(wecom, chat)["group_chat"]
    assert after["member_list"][-1]["state"] == "grp"
    xml = simulator.callbacks.listed()[-1]["xml"]
    assert f"<LastMemVer><![CDATA[{before['member_version']}]]>" in xml
    assert f"<CurMemVer><![CDATA[{after['member_version']}]]>" in xml
    assert "<MemChangeList><Item><![CDATA[zhangsan]]></Item></MemChangeList>" in xml
    wecom.control("POST", "people/chat-left", {"chat_id": chat, "members": ["zhangsan"], "removed": True})
    assert "<QuitScene>1</QuitScene>" in simulator.callbacks.listed()[-1]["xml"]


def test_a_dismissed_group_is_gone(wecom, chat):
    wecom.control("POST", "people/chat-dismissed", {"chat_id": chat})
    assert get(wecom, chat)["errcode"] == 90501
    assert wecom.post("externalcontact/groupchat/list", {"limit": 10})["group_chat_list"] == []


def test_groups_list_by_owner_and_status(wecom, chat):
    path = "externalcontact/groupchat/list"
    other = wecom.control("POST", "people/chat-created", {"owner": "zhangsan", "name": "二"})["chat_id"]
    owned = wecom.post(path, {"limit": 10, "owner_filter": {"userid_list": ["LISI"]}})["group_chat_list"]
    assert owned == [{"chat_id": chat, "status": 0}]
    first = wecom.post(path, {"limit": 1})
    second = wecom.post(path, {"limit": 1, "cursor": first["next_cursor"]})
    assert [row["chat_id"] for row in first["group_chat_list"] + second["group_chat_list"]] == [chat, other]
    assert second["next_cursor"] == ""
    assert wecom.post(path, {})["errcode"] == 40058
    assert wecom.post(path, {"limit": 0})["errcode"] == 40058


def test_a_group_changes_hands(wecom, chat):
    def move(path, owner):
        wish = {"chat_id_list": [chat], "new_owner": owner}
        return [
            row["errcode"]
            for row in wecom.post(f"externalcontact/groupchat/{path}", wish)["failed_chat_list"]
        ]

    assert move("transfer", "wangwu") == [90500]
    assert move("onjob_transfer", "LISI") == [90504]
    assert move("onjob_transfer", "zhangsan") == []
    wecom.control("POST", "people/member-leaves", {"userid": "zhangsan"})
    assert move("onjob_transfer", "wangwu") == [90502]
    rows = wecom.post("externalcontact/groupchat/list", {"limit": 9, "status_filter": 1})["group_chat_list"]
    assert rows == [{"chat_id": chat, "status": 1}]
    assert move("transfer", "wangwu") == []
    assert get(wecom, chat)["group_chat"]["owner"] == "wangwu"
    assert move("transfer", "lisi") == [90508]


def test_a_moment_is_published_by_its_members(wecom, clock, friends):
    media = wecom.upload("media/upload_attachment", PNG, media_type="image", attachment_type=1)["media_id"]
    attachment = {"msgtype": "image", "image": {"media_id": media}}
    senders = {"sender_list": {"user_list": ["lisi", "nobody"]}}
    wish = {"text": {"content": "开课"}, "attachments": [attachment], "visible_range": senders}
    job = wecom.post("externalcontact/add_moment_task", wish)["jobid"]

    assert wecom.get("externalcontact/get_moment_task_result", jobid=job)["status"] == 1
    clock.advance(seconds=2)
    assert wecom.get("externalcontact/get_moment_task_result", jobid=job)["status"] == 2
    clock.advance(seconds=1)
    result = wecom.get("externalcontact/get_moment_task_result", jobid=job)["result"]
    assert result["invalid_sender_list"]["user_list"] == ["nobody"]

    key = {"moment_id": result["moment_id"]}
    assert wecom.post("externalcontact/get_moment_task", key)["task_list"] == [
        {"userid": "lisi", "publish_status": 0}
    ]
    mine = key | {"userid": "lisi"}
    assert wecom.post("externalcontact/get_moment_send_result", mine)["errcode"] == 41062
    assert (
        wecom.post("externalcontact/get_moment_send_result", key | {"userid": "wangwu"})["errcode"] == 41061
    )
    wecom.control("POST", "people/moment-published", key)
    reached = wecom.post("externalcontact/get_moment_send_result", mine)["customer_list"]
    assert reached == [{"external_userid": friends["external_userid"]}]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({}, 41089),
        ({"attachments": [{"msgtype": "file", "file": {}}]}, 41065),
        ({"attachments": [{"msgtype": "video", "video": {}}] * 2}, 41064),
        ({"attachments": [{"msgtype": "image", "image": {"media_id": "x"}}]}, 40007),
    ],
)
def test_moments_that_are_refused(wecom, wish, code):
    assert wecom.post("externalcontact/add_moment_task", wish)["errcode"] == code


def test_ten_moments_a_minute(wecom):
    wish = {"text": {"content": "x"}}
    codes = [wecom.post("externalcontact/add_moment_task", wish)["errcode"] for _ in range(11)]
    assert codes == [0] * 10 + [45009]


def test_contact_figures_are_summed_and_cut_to_days(wecom, friends, clock):
    day = int(clock.now) - (int(clock.now) + 8 * 3_600) % 86_400
    for userid, messages in (("lisi", 5), ("zhangsan", 7)):
        figures = {"userid": userid, "stat_time": day, "message_cnt": messages, "reply_percentage": 50.0}
        wecom.control("PUT", "behavior", figures)
    wish = {"userid": ["lisi", "zhangsan"], "start_time": int(clock.now), "end_time": int(clock.now)}
    rows = wecom.post("externalcontact/get_user_behavior_data", wish)["behavior_data"]
    assert [(row["stat_time"], row["message_cnt"], row["new_contact_cnt"]) for row in rows] == [(day, 12, 1)]
    assert "avg_reply_time" not in rows[0]
    wide = wish | {"start_time": day - 31 * 86_400}
    assert wecom.post("externalcontact/get_user_behavior_data", wide)["errcode"] == 40058


def test_group_figures_begin_yesterday(wecom, chat, clock):
    path, owner = "externalcontact/groupchat/statistic", {"owner_filter": {"userid_list": ["lisi"]}}
    today, yesterday = int(clock.now), int(clock.now) - 86_400
    assert wecom.post(path, owner | {"day_begin_time": today})["errcode"] == 40058
    answer = wecom.post(path, owner | {"day_begin_time": yesterday})
    assert answer["items"][0]["data"]["member_total"] == 2


def test_a_join_way_and_a_template_are_kept(wecom, chat):
    wish = {"scene": 2, "chat_id_list": [chat], "state": "g"}
    key = wecom.post("externalcontact/groupchat/add_join_way", wish)["config_id"]
    row = wecom.post("externalcontact/groupchat/get_join_way", {"config_id": key})["join_way"]
    assert (row["state"], row["chat_id_list"]) == ("g", [chat])
    made = wecom.post("externalcontact/group_welcome_template/add", {"text": {"content": "欢迎"}})[
        "template_id"
    ]
    assert (
        wecom.post("externalcontact/group_welcome_template/get", {"template_id": made})["text"]["content"]
        == "欢迎"
    )


def test_a_customer_comes_through_an_acquisition_link(wecom):
    wish = {"link_name": "抖音", "range": {"user_list": ["lisi"]}}
    link = wecom.post("externalcontact/customer_acquisition/create_link", wish)["link"]["link_id"]
    came = wecom.control("POST", "people/follow-link", {"link_id": link, "channel": "dy_a"})
    follower = wecom.get("externalcontact/get", external_userid=came["external_userid"])["follow_user"][0]
    assert (follower["add_way"], follower["state"]) == (16, "dy_a")
    rows = wecom.post("externalcontact/customer_acquisition/customer", {"link_id": link})["customer_list"]
    assert [row["state"] for row in rows] == ["dy_a"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("externalcontact/customer_strategy/list", 48002),
        ("externalcontact/to_service_external_userid", 48002),
        ("externalpay/get_bill_list", 48002),
    ],
)
def test_paths_without_behaviour_are_checked_and_then_refused(wecom, path, code):
    wish = {"external_userid": "wm", "begin_time": 1, "end_time": 2}
    assert wecom.post(path, wish)["errcode"] == code


def test_every_documented_path_is_served():
    from wecom_simulator.registry import ENDPOINTS
    from wecom_simulator.validation import TABLE

    assert set(TABLE) <= set(ENDPOINTS)
