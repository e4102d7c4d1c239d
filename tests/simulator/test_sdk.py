"""sendChatMessage takes exactly the documented object, and media that is alive."""

from typing import Any

import pytest

from tests.simulator.conftest import PNG

OK = "sendChatMessage:ok"
NEWS = {"link": "https://x.cn/a", "title": "价目表", "desc": "", "imgUrl": "https://x.cn/a.png"}
CARD = {"appid": "wx1", "title": "课", "imgUrl": "https://x.cn/a.png", "page": "pages/a.html?x=1"}


@pytest.fixture
def sent(wecom: Any) -> Any:
    """Send a message to a customer of lisi; return what the client says."""
    there = wecom.control("POST", "people/scan", {"userid": "lisi"})["external_userid"]

    def send(message: dict[str, Any], userid: str = "lisi") -> str:
        wish = {"userid": userid, "external_userid": there, "message": message}
        return str(wecom.control("POST", "people/member-sends", wish).get("err_msg"))

    return send


@pytest.mark.parametrize(
    "message",
    [
        {"msgtype": "text", "text": {"content": "您好"}},
        {"msgtype": "text", "text": {"content": "您好"}, "enterChat": True},
        {"msgtype": "news", "news": NEWS},
        {"msgtype": "miniprogram", "miniprogram": CARD},
    ],
)
def test_the_documented_objects_are_taken_and_kept_as_they_are(wecom, sent, message):
    assert sent(message) == OK
    (kept,) = wecom.control("GET", "chat-messages")["chat_messages"]
    assert kept["message"] == message


@pytest.mark.parametrize(
    "message",
    [
        {"msgtype": "text", "content": "您好"},
        {"msgtype": "text", "text": {"content": ""}},
        {"msgtype": "text", "text": {"content": "您好"}, "send_id": "x"},
        {"msgtype": "link", "link": NEWS},
        {"msgtype": "news", "news": {**NEWS, "url": "https://x.cn"}},
        {"msgtype": "news", "news": {**NEWS, "link": "/a"}},
        {"msgtype": "miniprogram", "miniprogram": {**CARD, "page": "pages/a"}},
        {"msgtype": "image", "image": {"media_id": "3aKx"}},
        {"msgtype": "image", "image": {"mediaid": "nothing"}},
    ],
)
def test_anything_else_is_refused_and_not_kept(wecom, sent, message):
    assert sent(message).startswith("sendChatMessage:fail ")
    assert wecom.control("GET", "chat-messages")["chat_messages"] == []


def test_media_has_to_be_alive_and_of_its_kind(wecom, sent, clock):
    media = wecom.upload("media/upload", PNG, type="image")["media_id"]

    assert sent({"msgtype": "image", "image": {"mediaid": media}}) == OK
    assert sent({"msgtype": "file", "file": {"mediaid": media}}).startswith("sendChatMessage:fail 40007")
    clock.advance(days=3)
    assert sent({"msgtype": "image", "image": {"mediaid": media}}).startswith("sendChatMessage:fail 40007")
