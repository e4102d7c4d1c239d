"""Mass-send tasks: nothing reaches a customer before the member confirms."""

import pytest

from wecom_simulator.errors import NoAnswer

ADD = "externalcontact/add_msg_template"
TEXT = {"text": {"content": "周六试听"}}


@pytest.fixture
def customers(wecom, simulator):
    return [simulator.people.scan(userid="lisi")["external_userid"] for _ in range(3)]


def result(wecom, msgid, userid="lisi"):
    answer = wecom.post("externalcontact/get_groupmsg_send_result", {"msgid": msgid, "userid": userid})
    return {row.get("external_userid") or row.get("chat_id"): row["status"] for row in answer["send_list"]}


def send(wecom, customers, sender="lisi"):
    return wecom.post(ADD, {"external_userid": customers, "sender": sender} | TEXT)


def test_a_task_waits_for_its_member(wecom, customers, clock):
    answer = send(wecom, [*customers, "wmNobody"])
    assert answer["fail_list"] == ["wmNobody"]
    task = wecom.post("externalcontact/get_groupmsg_task", {"msgid": answer["msgid"]})["task_list"]
    assert task == [{"userid": "lisi", "status": 0}]
    assert set(result(wecom, answer["msgid"]).values()) == {0}

    wecom.control("POST", "people/mass-send-confirmed", {"msgid": answer["msgid"]})

    task = wecom.post("externalcontact/get_groupmsg_task", {"msgid": answer["msgid"]})["task_list"]
    assert task == [{"userid": "lisi", "status": 2, "send_time": int(clock.now)}]
    assert set(result(wecom, answer["msgid"]).values()) == {1}


def test_who_deleted_the_member_fails_at_confirmation(wecom, customers):
    msgid = send(wecom, customers)["msgid"]
    pair = {"userid": "lisi", "external_userid": customers[0]}
    wecom.control("POST", "people/customer-deletes", pair)
    wecom.control("POST", "people/mass-send-confirmed", {"msgid": msgid, "leave_out": [customers[2]]})
    assert result(wecom, msgid) == {customers[0]: 2, customers[1]: 1, customers[2]: 0}


@pytest.mark.parametrize(("mode", "cap"), [("day1", 1), ("month4", 4), ("week7", 7), ("month_days", 31)])
def test_the_cap_counts_what_members_confirmed(wecom, customers, mode, cap):
    wecom.control("PUT", "settings", {"mass_mode": mode})
    for _ in range(cap):
        msgid = send(wecom, customers[:1])["msgid"]
        wecom.control("POST", "people/mass-send-confirmed", {"msgid": msgid})
        assert result(wecom, msgid) == {customers[0]: 1}
    assert send(wecom, customers[:1])["errcode"] == 41048
    msgid = send(wecom, customers[:2])["msgid"]
    wecom.control("POST", "people/mass-send-confirmed", {"msgid": msgid})
    assert result(wecom, msgid) == {customers[0]: 3, customers[1]: 1}


def test_the_months_cap_ends_with_the_month(wecom, customers, clock):
    wecom.control("PUT", "settings", {"mass_mode": "day1"})
    msgid = send(wecom, customers[:1])["msgid"]
    wecom.control("POST", "people/mass-send-confirmed", {"msgid": msgid})
    clock.advance(hours=14)  # Tuesday in Beijing
    wecom.token = ""
    assert send(wecom, customers[:1])["errcode"] == 0


def test_without_a_sender_the_last_to_chat_sends(wecom, customers, clock):
    external = customers[0]
    wecom.control("POST", "people/scan", {"userid": "zhangsan", "external_userid": external})
    clock.advance(seconds=1)
    wecom.control("POST", "people/customer-writes", {"userid": "lisi", "external_userid": external})
    msgid = wecom.post(ADD, {"external_userid": [external]} | TEXT)["msgid"]
    task = wecom.post("externalcontact/get_groupmsg_task", {"msgid": msgid})["task_list"]
    assert [row["userid"] for row in task] == ["lisi"]


def test_tags_choose_with_or_inside_and_and_between(wecom, customers):
    made = wecom.control("POST", "people/tag-created", {"group_name": "g", "names": ["a", "b", "c"]})["tags"]
    for external, tags in zip(customers, (["a", "c"], ["b", "c"], ["a"]), strict=True):
        pair = {"userid": "lisi", "external_userid": external, "add_tag": [made[tag] for tag in tags]}
        wecom.control("POST", "people/member-edits", pair)
    groups = [{"tag_list": [made["a"], made["b"]]}, {"tag_list": [made["c"]]}]
    msgid = wecom.post(ADD, {"tag_filter": {"group_list": groups}} | TEXT)["msgid"]
    assert set(result(wecom, msgid)) == set(customers[:2])


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({}, 40058),
        ({"sender": "lisi"} | TEXT, 41048),
        ({"sender": "nobody"} | TEXT, 40003),
        ({"external_userid": ["wmNobody"], "sender": "lisi"} | TEXT, 41048),
        ({"external_userid": ["x"] * 10_001} | TEXT, 40058),
        ({"chat_type": "group"} | TEXT, 40058),
        ({"sender": "lisi"}, 40058),
    ],
)
def test_tasks_that_are_refused(wecom, wish, code):
    answer = wecom.post(ADD, wish)
    assert answer["errcode"] == code
    assert "fail_list" in answer


def test_dispatching_takes_a_moment(wecom, customers, clock):
    wecom.control("PUT", "settings", {"dispatch_seconds": 2})
    msgid = send(wecom, customers)["msgid"]
    assert wecom.post("externalcontact/get_groupmsg_task", {"msgid": msgid})["errcode"] == 41063
    clock.advance(seconds=2)
    assert wecom.post("externalcontact/get_groupmsg_task", {"msgid": msgid})["errcode"] == 0


def test_three_reminders_a_day_and_none_after_cancelling(wecom, customers, clock):
    wish = {"msgid": send(wecom, customers)["msgid"]}
    codes = [wecom.post("externalcontact/remind_groupmsg_send", wish)["errcode"] for _ in range(4)]
    clock.advance(days=1)
    wecom.token = ""
    codes.append(wecom.post("externalcontact/remind_groupmsg_send", wish)["errcode"])
    assert codes == [0, 0, 0, 41094, 0]
    assert wecom.post("externalcontact/cancel_groupmsg_send", wish)["errcode"] == 0
    assert wecom.post("externalcontact/cancel_groupmsg_send", wish)["errcode"] == 41093
    assert wecom.post("externalcontact/remind_groupmsg_send", wish)["errcode"] == 41093
    assert wecom.post("externalcontact/remind_groupmsg_send", {"msgid": "x"})["errcode"] == 41047
    assert wecom.post("externalcontact/remind_groupmsg_send", {})["errcode"] == 41046


def test_tasks_list_without_creator(wecom, customers, clock):
    msgid = send(wecom, customers)["msgid"]
    window = {"chat_type": "single", "start_time": int(clock.now) - 60, "end_time": int(clock.now) + 60}
    rows = wecom.post("externalcontact/get_groupmsg_list_v2", window)["group_msg_list"]
    assert [row["msgid"] for row in rows] == [msgid]
    assert "creator" not in rows[0]
    wide = window | {"start_time": int(clock.now) - 40 * 86_400}
    assert wecom.post("externalcontact/get_groupmsg_list_v2", wide)["errcode"] == 40058


def test_a_group_task_lists_only_what_was_sent(wecom):
    chats = [
        wecom.control("POST", "people/chat-created", {"owner": "lisi", "name": f"群{n}"})["chat_id"]
        for n in range(2)
    ]
    wish = {"chat_type": "group", "sender": "lisi"} | TEXT
    answer = wecom.post(ADD, wish | {"chat_id_list": [*chats, "wrOther"]})
    assert answer["fail_list"] == ["wrOther"]
    assert result(wecom, answer["msgid"]) == {}
    wecom.control("POST", "people/mass-send-confirmed", {"msgid": answer["msgid"], "leave_out": chats[1:]})
    assert result(wecom, answer["msgid"]) == {chats[0]: 1}


def test_results_come_in_pages(wecom):
    wecom.control("POST", "populate", {"customers": 7, "staff": ["lisi"]})
    msgid = wecom.post(ADD, {"sender": "lisi"} | TEXT)["msgid"]
    wish = {"msgid": msgid, "userid": "lisi", "limit": 3}
    path, seen, cursor = "externalcontact/get_groupmsg_send_result", 0, ""
    for expected in (3, 3, 1):
        page = wecom.post(path, wish | {"cursor": cursor})
        cursor = page["next_cursor"]
        assert len(page["send_list"]) == expected
        seen += expected
    assert (seen, cursor) == (7, "")


def test_a_group_that_had_its_share_fails_at_confirmation(wecom):
    wecom.control("PUT", "settings", {"mass_mode": "day1"})
    chat = wecom.control("POST", "people/chat-created", {"owner": "lisi", "name": "群"})["chat_id"]
    wish = {"chat_type": "group", "sender": "lisi", "chat_id_list": [chat]} | TEXT
    counts = []
    for _ in range(2):
        msgid = wecom.post(ADD, wish)["msgid"]
        confirmed = wecom.control("POST", "people/mass-send-confirmed", {"msgid": msgid})
        counts.append(confirmed["members"]["lisi"])
    assert counts == [{"1": 1}, {"3": 1}]


def test_a_call_whose_answer_is_lost_has_made_its_task(wecom, customers, clock):
    wecom.control("POST", "faults", {"endpoint": ADD, "what": "unknown_outcome", "count": 1})
    with pytest.raises(NoAnswer):
        send(wecom, customers)
    window = {"chat_type": "single", "start_time": int(clock.now) - 60, "end_time": int(clock.now) + 60}
    rows = wecom.post("externalcontact/get_groupmsg_list_v2", window)["group_msg_list"]
    assert len(rows) == 1
    assert set(result(wecom, rows[0]["msgid"])) == set(customers)


def test_a_cancelled_task_sends_nothing_more(wecom, customers):
    msgid = send(wecom, customers)["msgid"]
    assert wecom.post("externalcontact/cancel_groupmsg_send", {"msgid": msgid})["errcode"] == 0
    with pytest.raises(AssertionError, match="no open mass send"):
        wecom.control("POST", "people/mass-send-confirmed", {"msgid": msgid})
    assert set(result(wecom, msgid).values()) == {0}
