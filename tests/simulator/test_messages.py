"""App messages: partial failures, silent drops, duplicates, cards."""

import pytest

AGENT = 1000002


def text(touser="lisi", **more):
    return {"touser": touser, "agentid": AGENT, "msgtype": "text", "text": {"content": "你好"}} | more


def card(task_id="task_1", **more):
    parts = {"card_type": "button_interaction", "task_id": task_id, "main_title": {"title": "跟进"}} | more
    return text() | {"msgtype": "template_card", "template_card": parts}


def outcomes(simulator):
    return [(row.userid, row.outcome) for row in simulator.world.messages]


def test_partly_wrong_receivers_are_named_in_lower_case(wecom, simulator):
    answer = wecom.post("message/send", text("LIUYANG|NoBody|lisi", toparty="5|88", totag="t1"))
    assert answer["errcode"] == 0
    assert (answer["invaliduser"], answer["invalidparty"], answer["invalidtag"]) == ("nobody", "88", "t1")
    assert {userid for userid, _ in outcomes(simulator)} == {"LiuYang", "lisi", "admin", "wujiu"}


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (text("nobody|gone"), 81013),
        (text(""), 82001),
        (text("|".join(["lisi"] * 1_001)), 40032),
        (text("", toparty="|".join(["2"] * 101)), 82002),
        (text("", totag="|".join(["2"] * 101)), 82003),
        (text(agentid=7), 301002),
        (text(msgtype="shout"), 40008),
        (text(text={"content": ""}), 44004),
        (text(msgtype="image", image={"media_id": "x"}), 40007),
        (text(msgtype="image", image={}), 41006),
        (text(msgtype="textcard", textcard={"title": "a"}), 40058),
        (card(card_type="text_notice"), 42045),
        (card(task_id=""), 42014),
        (card(task_id="有"), 42014),
    ],
)
def test_messages_that_are_refused(wecom, simulator, wish, code):
    assert wecom.post("message/send", wish)["errcode"] == code
    assert simulator.world.messages == []


def test_all_wrong_names_them_still(wecom):
    assert wecom.post("message/send", text("Nobody"))["invaliduser"] == "nobody"


def test_everybody_in_range(wecom, simulator):
    wecom.control("PUT", "apps/1000002", {"visible_departments": [5]})
    assert wecom.post("message/send", text("@all"))["errcode"] == 0
    assert {userid for userid, _ in outcomes(simulator)} == {"admin", "wujiu"}
    assert wecom.post("message/send", text("lisi"))["errcode"] == 81013


def test_long_text_is_cut_and_not_refused(wecom, simulator):
    assert wecom.post("message/send", text(text={"content": "字" * 1_000}))["errcode"] == 0
    assert simulator.world.messages[0].content["content"] == "字" * 682


def test_more_than_thirty_a_minute_vanish_silently(wecom, simulator, clock):
    codes = {wecom.post("message/send", text(text={"content": str(n)}))["errcode"] for n in range(32)}
    wecom.post("message/send", text("zhangsan"))
    clock.advance(seconds=60)
    wecom.post("message/send", text())
    assert codes == {0}
    lisi = [outcome for userid, outcome in outcomes(simulator) if userid == "lisi"]
    assert lisi == ["delivered"] * 30 + ["dropped"] * 2 + ["delivered"]
    assert ("zhangsan", "delivered") in outcomes(simulator)


def test_a_thousand_an_hour(wecom, simulator, clock):
    wecom.control("PUT", "limits", {"message_per_member_hour": 40})
    for _ in range(3):
        for _ in range(20):
            wecom.post("message/send", text())
        clock.advance(seconds=60)
    assert [outcome for _, outcome in outcomes(simulator)].count("dropped") == 20


def test_messages_are_not_counted_in_the_base_limits(wecom):
    wecom.control("PUT", "limits", {"api_per_minute": 1})
    assert {wecom.post("message/send", text())["errcode"] for _ in range(5)} == {0}


def test_the_days_person_messages(wecom):
    wecom.control("PUT", "limits", {"message_persons_per_day": 3})
    assert wecom.post("message/send", text("lisi|zhangsan"))["errcode"] == 0
    assert wecom.post("message/send", text("lisi|zhangsan"))["errcode"] == 45009


def test_the_same_request_is_delivered_once_inside_the_interval(wecom, simulator, clock):
    wish = text(enable_duplicate_check=1, duplicate_check_interval=600)
    first, again = wecom.post("message/send", wish), wecom.post("message/send", wish)
    wecom.post("message/send", wish | {"text": {"content": "anders"}})
    clock.advance(seconds=600)
    wecom.post("message/send", wish)
    assert first["msgid"] == again["msgid"]
    assert [outcome for _, outcome in outcomes(simulator)] == [
        "delivered",
        "duplicate",
        "delivered",
        "delivered",
    ]


def test_without_the_check_it_is_delivered_twice(wecom, simulator):
    wecom.post("message/send", text())
    wecom.post("message/send", text())
    assert [outcome for _, outcome in outcomes(simulator)] == ["delivered"] * 2


def test_recall_within_a_day(wecom, simulator, clock):
    msgid = wecom.post("message/send", text())["msgid"]
    assert wecom.post("message/recall", {"msgid": msgid})["errcode"] == 0
    assert simulator.world.messages[0].recalled
    late = wecom.post("message/send", text())["msgid"]
    clock.advance(days=1)
    wecom.token = ""
    assert wecom.post("message/recall", {"msgid": late})["errcode"] == 40058
    assert wecom.post("message/recall", {"msgid": "x"})["errcode"] == 40058


def test_a_card_is_changed_once_and_within_a_day(wecom, clock):
    change = {"agentid": AGENT, "button": {"replace_name": "已完成"}, "userids": ["lisi", "Nobody"]}
    code = wecom.post("message/send", card())["response_code"]
    answer = wecom.post("message/update_template_card", change | {"response_code": code})
    assert (answer["errcode"], answer["invaliduser"]) == (0, ["nobody"])
    assert wecom.post("message/update_template_card", change | {"response_code": code})["errcode"] == 60140
    late = wecom.post("message/send", card("task_2"))["response_code"]
    clock.advance(days=1)
    wecom.token = ""
    assert wecom.post("message/update_template_card", change | {"response_code": late})["errcode"] == 60140


def test_a_task_id_is_used_once(wecom):
    assert wecom.post("message/send", card())["errcode"] == 0
    assert wecom.post("message/send", card())["errcode"] == 42014


def test_a_click_on_a_card_calls_back(wecom, simulator):
    code = wecom.post("message/send", card())["response_code"]
    wecom.control("POST", "people/card-clicked", {"userid": "LISI", "task_id": "task_1", "key": "done"})
    xml = simulator.callbacks.listed()[0]["xml"]
    assert "<FromUserName><![CDATA[lisi]]>" in xml
    assert f"<ResponseCode><![CDATA[{code}]]>" in xml
    assert "<AgentID>1000002</AgentID>" in xml
