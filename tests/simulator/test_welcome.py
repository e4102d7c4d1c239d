"""The welcome message: once, within twenty seconds, and never to whom WeCom gives no code."""

import pytest

from tests.simulator.conftest import PNG

SEND = "externalcontact/send_welcome_msg"
HELLO = {"content": "你好"}


def send(wecom, code, **content):
    return wecom.post(SEND, {"welcome_code": code, "text": HELLO} | content)["errcode"]


def test_a_code_works_once(wecom, friends, clock):
    assert send(wecom, friends["welcome_code"]) == 0
    assert send(wecom, friends["welcome_code"]) == 41051
    clock.advance(seconds=20)
    assert send(wecom, friends["welcome_code"]) == 41050


@pytest.mark.parametrize(("seconds", "code"), [(19.9, 0), (20, 41050), (3_600, 41050)])
def test_a_code_lives_twenty_seconds(wecom, friends, clock, seconds, code):
    wecom.gettoken()
    clock.advance(seconds=seconds)
    assert send(wecom, friends["welcome_code"]) == code


def test_missing_and_unknown_codes(wecom):
    assert wecom.post(SEND, {"text": HELLO})["errcode"] == 41049
    assert send(wecom, "made-up") == 41050


def test_a_chat_that_began_needs_no_welcome(wecom, friends):
    pair = {"userid": "lisi", "external_userid": friends["external_userid"]}
    wecom.control("POST", "people/customer-writes", pair)
    assert send(wecom, friends["welcome_code"]) == 41051


def test_another_app_may_be_sending(wecom, friends):
    wecom.control("POST", "welcomes/hold", {"code": friends["welcome_code"]})
    assert send(wecom, friends["welcome_code"]) == 41096
    wecom.control("POST", "welcomes/hold", {"code": friends["welcome_code"], "held": False})
    assert send(wecom, friends["welcome_code"]) == 0


def test_consent_comes_first_and_brings_the_code(wecom, simulator):
    scan = wecom.control("POST", "people/scan", {"userid": "lisi", "consent_open": True})
    assert scan["welcome_code"] == ""
    assert "WelcomeCode" not in simulator.callbacks.listed()[0]["xml"]
    pair = {"userid": "lisi", "external_userid": scan["external_userid"]}
    code = wecom.control("POST", "people/consent", pair)["welcome_code"]
    assert "msg_audit_approved" in simulator.callbacks.listed()[1]["xml"]
    assert send(wecom, code) == 0


def test_consent_withdrawn_after_the_event_is_41053(wecom, simulator, friends):
    simulator.people.customer(friends["external_userid"]).consent_open = True
    assert send(wecom, friends["welcome_code"]) == 41053


def test_the_half_events_code_counts_for_the_friendship(wecom):
    half = wecom.control("POST", "people/scan", {"userid": "lisi", "half": True})
    pair = {"userid": "lisi", "external_userid": half["external_userid"]}
    assert send(wecom, half["welcome_code"]) == 0
    assert wecom.control("POST", "people/accept", pair)["welcome_code"] == ""


def test_an_unused_half_code_is_followed_by_another(wecom):
    half = wecom.control("POST", "people/scan", {"userid": "lisi", "half": True})
    pair = {"userid": "lisi", "external_userid": half["external_userid"]}
    assert wecom.control("POST", "people/accept", pair)["welcome_code"]


@pytest.mark.parametrize("wish", [{"kind": 2}, {"welcome": False}])
def test_who_gets_no_code(wecom, simulator, wish):
    assert wecom.control("POST", "people/scan", {"userid": "lisi"} | wish)["welcome_code"] == ""
    assert "WelcomeCode" not in simulator.callbacks.listed()[0]["xml"]


def test_a_native_welcome_takes_the_codes_place(wecom):
    wecom.control("POST", "people/member-changes", {"userid": "lisi", "native_welcome": True})
    assert wecom.control("POST", "people/scan", {"userid": "lisi"})["welcome_code"] == ""


def test_a_returning_customer_who_had_chatted_gets_no_code(wecom, friends):
    pair = {"userid": "lisi", "external_userid": friends["external_userid"]}
    wecom.control("POST", "people/customer-writes", pair)
    wecom.control("POST", "people/customer-deletes", pair)
    again = wecom.control("POST", "people/scan", pair)
    assert (again["added"], again["welcome_code"]) == (True, "")


def test_a_member_out_of_range_is_60011(wecom, friends):
    wecom.control("PUT", "apps/1000002", {"visible_users": ["zhangsan"]})
    assert send(wecom, friends["welcome_code"]) == 60011


LINK = {"msgtype": "link", "link": {"title": "试听", "url": "https://h5.example.com/t"}}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"text": {"content": ""}}, 40058),
        ({"text": {"content": "x" * 4_001}}, 40058),
        ({"text": {"content": "字" * 1_334}}, 40058),
        ({"attachments": [LINK] * 10}, 41064),
        ({"attachments": [{"msgtype": "voice", "voice": {}}]}, 41065),
        ({"attachments": [{"msgtype": "link"}]}, 40058),
        (
            {"attachments": [{"msgtype": "link", "link": {"title": "字" * 43, "url": "https://a.example"}}]},
            40058,
        ),
        ({"attachments": [{"msgtype": "image", "image": {"media_id": "x"}}]}, 40007),
        (
            {"attachments": [{"msgtype": "image", "image": {"pic_url": "https://elsewhere.example/a.png"}}]},
            40058,
        ),
    ],
)
def test_content_is_checked_and_a_refusal_leaves_the_code_usable(wecom, friends, content, code):
    assert send(wecom, friends["welcome_code"], **content) == code
    assert send(wecom, friends["welcome_code"], attachments=[LINK] * 9) == 0


def test_every_kind_of_attachment(wecom, friends):
    image = wecom.upload("media/upload", PNG, type="image")["media_id"]
    video = wecom.upload("media/upload", b"\0\0\0\x18ftypmp42", "a.mp4", type="video")["media_id"]
    url = wecom.upload("media/uploadimg", PNG)["url"]
    program = {"title": "预约", "pic_media_id": image, "appid": "wx1", "page": "a.html"}
    attachments = [
        {"msgtype": "image", "image": {"media_id": image}},
        {"msgtype": "image", "image": {"pic_url": url}},
        {"msgtype": "video", "video": {"media_id": video}},
        {"msgtype": "miniprogram", "miniprogram": program},
        LINK,
    ]
    wrong = [{"msgtype": "video", "video": {"media_id": image}}]
    assert send(wecom, friends["welcome_code"], attachments=wrong) == 40007
    assert send(wecom, friends["welcome_code"], attachments=attachments) == 0


def test_a_used_code_stays_used_when_the_customer_comes_back(wecom, friends):
    pair = {"userid": "lisi", "external_userid": friends["external_userid"]}
    assert send(wecom, friends["welcome_code"]) == 0
    wecom.control("POST", "people/customer-deletes", pair)
    again = wecom.control("POST", "people/scan", pair)
    assert send(wecom, friends["welcome_code"]) == 41051
    assert send(wecom, again["welcome_code"]) == 0
