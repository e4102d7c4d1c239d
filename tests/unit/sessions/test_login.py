"""Where a browser is sent to log in, and where it may be led back to."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from scrm.config import Corp
from scrm.sessions import login

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
KEYS = ["k"]
CLIENT = "Mozilla/5.0 AppleWebKit/537.36 Chrome/107.0 wxwork/5.0.11 (MicroMessenger/6.2) WindowsWechat"
WECHAT = "Mozilla/5.0 AppleWebKit/537.36 MicroMessenger/8.0.3"
BACK = "https://scrm.example/auth/return"


def corp(base_url: str = login.OFFICIAL_API) -> Corp:
    return Corp("ww01", 1000002, base_url, "scrm", None)


@pytest.mark.parametrize("place", ["/", "/sidebar", "/sidebar?x=1#/tasks/9", "/a//b", "/客户", "/a:b@c"])
def test_a_path_of_ours_may_be_the_goal(place):
    assert login.is_own_place(place)


@pytest.mark.parametrize(
    "place",
    [
        "",
        "sidebar",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/ok\\..\\evil",
        "https://evil.example",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x=1",
        "/a\nb",
        "/\t/evil.example",
        "\t//evil.example",
        "/\x00",
        "/\ud800",
        " /a",
        "/" + "x" * 512,
    ],
)
def test_nothing_else_may_be_the_goal(place):
    assert not login.is_own_place(place)


def test_inside_the_client_the_silent_page_is_used():
    page = urlsplit(login.page(corp(), CLIENT, BACK, "abc123"))

    assert (page.netloc, page.path) == ("open.weixin.qq.com", "/connect/oauth2/authorize")
    assert page.fragment == "wechat_redirect"
    assert parse_qs(page.query) == {
        "appid": ["ww01"],
        "redirect_uri": [BACK],
        "response_type": ["code"],
        "scope": ["snsapi_base"],
        "state": ["abc123"],
        "agentid": ["1000002"],
    }


@pytest.mark.parametrize("agent", ["", "Mozilla/5.0 Firefox/130", WECHAT])
def test_elsewhere_the_page_to_scan_is_used(agent):
    page = urlsplit(login.page(corp(), agent, BACK, "abc123"))

    assert (page.netloc, page.path) == ("login.work.weixin.qq.com", "/wwlogin/sso/login")
    assert parse_qs(page.query) == {
        "login_type": ["CorpApp"],
        "appid": ["ww01"],
        "agentid": ["1000002"],
        "redirect_uri": [BACK],
        "state": ["abc123"],
    }


def test_another_wecom_server_serves_its_own_pages():
    for agent in (CLIENT, ""):
        assert login.page(corp("http://127.0.0.1:9000"), agent, BACK, "s").startswith(
            "http://127.0.0.1:9000/"
        )


def test_a_state_is_letters_and_digits_and_never_the_same():
    states = {login.attempt("/", NOW).state for _ in range(50)}

    assert len(states) == 50
    assert all(state.isalnum() and state.isascii() and 20 <= len(state) <= 128 for state in states)


def test_only_the_browser_that_began_may_come_back_and_only_soon():
    begun = login.attempt("/sidebar", NOW)
    cookie = login.cookie_text(begun, KEYS)

    assert login.resumed(cookie, begun.state, NOW, KEYS) == begun
    assert login.resumed(cookie, begun.state, NOW + timedelta(minutes=10), KEYS) is None
    assert login.resumed(cookie, begun.state + "0", NOW, KEYS) is None
    assert login.resumed(cookie, "", NOW, KEYS) is None
    assert login.resumed(cookie, "é", NOW, KEYS) is None
    assert login.resumed(None, begun.state, NOW, KEYS) is None
    assert login.resumed(login.cookie_text(begun, ["other"]), begun.state, NOW, KEYS) is None
