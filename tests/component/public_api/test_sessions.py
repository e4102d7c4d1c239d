"""Sessions, played as their owners and their thieves would (S6)."""

import json
import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.component.conftest import START
from tests.component.http_world import Browser, change_member, code_of, logged_in

ME = "/auth/me"
SOMETHING = "/workbench/today"
CLIENT = {"user-agent": "Mozilla/5.0 Chrome/107.0 wxwork/5.0.11 (MicroMessenger/6.2) WindowsWechat"}
FLAGS = {"Path=/", "HttpOnly", "Secure", "SameSite=Lax"}


def later(at, **delta):
    at((datetime.fromisoformat(START) + timedelta(**delta)).isoformat())


def returned(corp, browser, userid="lisi", place="/sidebar%3Fx=1"):
    """Log a browser in by WeCom's page, up to the answer of /auth/return."""
    there = browser.send("GET", f"/auth/login?next={place}", headers=CLIENT)
    assert there.status == 302, there.text
    query = parse_qs(urlsplit(there.headers["location"]).query)
    assert query["redirect_uri"] == ["https://scrm.test/auth/return"]
    state = query["state"][0]
    return browser.send("GET", f"/auth/return?code={code_of(corp, userid)}&state={state}")


def test_a_code_gives_a_session(corp):
    answered = Browser().send("POST", "/auth/session", {"code": code_of(corp, "LiuYang")})

    assert answered.status == 200
    assert answered.json["staff"] == {
        "userid": "LiuYang",
        "name": "刘洋",
        "role": "staff",
        "departments": ["3", "4"],
    }
    assert answered.json["expires_at"] == "2026-03-02T12:15:00+08:00"
    assert not answered.cookies
    me = Browser(answered.json["token"]).send("GET", ME).json
    assert (me["userid"], me["data_scope"], me["leads"]) == ("LiuYang", "own", ["3"])


@pytest.mark.parametrize("code", ["never-given", "x" * 512])
def test_a_code_that_wecom_does_not_know_gives_none(corp, code):
    answered = Browser().send("POST", "/auth/session", {"code": code})

    assert (answered.status, answered.code) == (401, "invalid_code")


@pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": "x" * 513}, {"code": 5}, {"code": "a", "b": 1}])
def test_a_request_without_a_code_is_told_so(corp, body):
    assert Browser().send("POST", "/auth/session", body).status == 422


def test_a_code_works_once(corp):
    code = code_of(corp, "lisi")

    first, again = (Browser().send("POST", "/auth/session", {"code": code}) for _ in range(2))

    assert (first.status, again.status, again.code) == (200, 401, "invalid_code")


def test_an_old_code_gives_no_session(corp, at):
    code = code_of(corp, "lisi")
    later(at, minutes=5, seconds=1)

    assert Browser().send("POST", "/auth/session", {"code": code}).code == "invalid_code"


def test_somebody_who_is_no_member_gets_no_session(corp):
    stranger = corp.people.new_customer(name="客户")
    code = corp.people.login(external_userid=stranger.external_userid)["code"]

    answered = Browser().send("POST", "/auth/session", {"code": code})

    assert (answered.status, answered.code) == (403, "not_a_member")


@pytest.mark.parametrize("status", ["disabled", "left", "not_activated"])
def test_a_member_who_may_not_work_gets_no_session(corp, status):
    change_member("lisi", status=status)

    answered = Browser().send("POST", "/auth/session", {"code": code_of(corp, "lisi")})

    assert (answered.status, answered.code) == (403, "member_inactive")


def test_a_member_we_have_not_heard_of_gets_no_session(wecom):
    answered = Browser().send("POST", "/auth/session", {"code": code_of(wecom, "lisi")})

    assert (answered.status, answered.code) == (403, "unknown_member")


def test_when_wecom_does_not_answer_the_login_may_be_tried_again(corp):
    corp.faults.add({"endpoint": "auth/getuserinfo", "what": "errcode", "errcode": -1, "count": 0})

    answered = Browser().send("POST", "/auth/session", {"code": code_of(corp, "lisi")})

    assert (answered.status, answered.code) == (503, "wecom_unavailable")
    assert answered.headers["retry-after"]


# ------------------------------------------------------------------ the browser's way


def test_a_browser_comes_back_with_a_cookie_that_only_we_can_use(corp):
    browser = Browser()

    answered = returned(corp, browser)

    assert (answered.status, answered.headers["location"]) == (302, "https://scrm.test/sidebar?x=1")
    session, login = answered.cookies
    name, *flags = session.split("; ")
    assert name.startswith("scrm_session=")
    assert set(flags) >= FLAGS
    assert not any(flag.startswith("Domain") for flag in flags)
    assert login.startswith("scrm_login=;")
    assert browser.send("GET", SOMETHING).status == 200
    # The cookie is the bearer.
    assert Browser(browser.cookies["scrm_session"]).send("GET", ME).json["userid"] == "lisi"


def test_an_ordinary_browser_is_shown_the_page_to_scan(corp):
    there = Browser().send("GET", "/auth/login", headers={"user-agent": "Firefox"}).headers["location"]

    assert urlsplit(there).path == "/wwlogin/sso/login"


def test_the_state_is_bound_to_the_browser_that_began(corp):
    mine, victim = Browser(), Browser()
    there = mine.send("GET", "/auth/login").headers["location"]
    state = parse_qs(urlsplit(there).query)["state"][0]
    code = code_of(corp, "lisi")
    assert re.fullmatch("[a-zA-Z0-9]{1,128}", state)

    without_cookie = victim.send("GET", f"/auth/return?code={code}&state={state}")
    victim.send("GET", "/auth/login")
    other_state = victim.send("GET", f"/auth/return?code={code}&state={state}")
    no_state = mine.send("GET", f"/auth/return?code={code}")

    for answered in (without_cookie, other_state, no_state):
        assert (answered.status, answered.code) == (403, "invalid_state")
        assert not any("scrm_session" in cookie for cookie in answered.cookies)
    assert mine.send("GET", f"/auth/return?code={code}&state={state}").status == 302


def test_a_login_left_alone_cannot_be_finished(corp, at):
    browser = Browser()
    there = browser.send("GET", "/auth/login").headers["location"]
    state = parse_qs(urlsplit(there).query)["state"][0]
    later(at, minutes=11)

    assert browser.send("GET", f"/auth/return?code={code_of(corp, 'lisi')}&state={state}").status == 403


def test_a_refused_login_gives_no_session(corp):
    browser = Browser()
    there = browser.send("GET", "/auth/login").headers["location"]
    state = parse_qs(urlsplit(there).query)["state"][0]

    answered = browser.send("GET", f"/auth/return?state={state}")

    assert (answered.status, answered.code) == (401, "invalid_code")


@pytest.mark.parametrize(
    "place",
    [
        "//evil.example",
        "/%5Cevil.example",
        "https://evil.example",
        "/a%0d%0aSet-Cookie:x",
        "evil",
        "/%09/evil.x",
    ],
)
def test_nobody_is_led_elsewhere(corp, place):
    answered = Browser().send("GET", f"/auth/login?next={place}")

    assert (answered.status, answered.json["errors"][0]["field"]) == (422, "next")


def test_each_login_is_a_session_of_its_own(corp):
    one, other = logged_in(corp, "lisi"), logged_in(corp, "lisi")

    assert one.token != other.token
    assert one.send("POST", "/auth/logout").status == 204
    assert other.send("GET", ME).status == 200


# ------------------------------------------------------------------ its use


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "https://scrm.test"}, 204),
    ],
)
def test_another_site_cannot_use_the_cookie(corp, headers, status):
    browser = Browser()
    returned(corp, browser)

    answered = browser.send("POST", "/auth/logout", headers=headers)

    assert answered.status == status
    assert Browser(browser.cookies.get("scrm_session")).send("GET", ME).status == (
        200 if status == 403 else 401
    )


def test_a_session_left_alone_for_two_hours_is_over(corp, at):
    browser = logged_in(corp, "lisi")

    later(at, hours=2, seconds=-1)
    assert browser.send("GET", ME).status == 200
    later(at, hours=2)
    assert browser.send("GET", ME).status == 401
    assert browser.send("GET", SOMETHING).code == "unauthenticated"


def test_a_bearer_in_use_is_renewed_until_twelve_hours_are_over(corp, at):
    browser = logged_in(corp, "lisi")
    for minutes in range(31, 12 * 60, 31):
        later(at, minutes=minutes)
        answered = browser.send("GET", SOMETHING)
        assert answered.status == 200
        browser.token = answered.headers["x-scrm-session"]

    later(at, hours=12)

    assert browser.send("GET", SOMETHING).status == 401


def test_a_cookie_in_use_is_renewed_with_its_flags(corp, at):
    browser = Browser()
    returned(corp, browser)
    before = browser.cookies["scrm_session"]
    later(at, minutes=45)

    (cookie,) = browser.send("GET", SOMETHING).cookies

    assert set(cookie.split("; ")) >= FLAGS
    assert browser.cookies["scrm_session"] != before
    later(at, hours=2, minutes=30)
    assert browser.send("GET", SOMETHING).status == 200


def test_a_fresh_session_is_not_renewed(corp):
    answered = logged_in(corp, "lisi").send("GET", SOMETHING)

    assert "x-scrm-session" not in answered.headers


def test_a_session_that_was_ended_is_over_everywhere_at_once(corp, at):
    browser = logged_in(corp, "lisi")
    later(at, minutes=31)
    renewed = Browser(browser.send("GET", SOMETHING).headers["x-scrm-session"])

    assert browser.send("POST", "/auth/logout").status == 204
    assert browser.send("POST", "/auth/logout").status == 204
    assert browser.send("GET", SOMETHING).status == renewed.send("GET", SOMETHING).status == 401


def test_logging_out_without_a_session_is_told_so(corp):
    assert Browser().send("POST", "/auth/logout").status == 401


@pytest.mark.parametrize("status", ["left", "disabled"])
def test_a_member_who_was_removed_is_out_within_a_minute(corp, at, status):
    browser = logged_in(corp, "lisi")
    assert browser.send("GET", SOMETHING).status == 200

    change_member("lisi", status=status)
    later(at, seconds=60)

    assert browser.send("GET", SOMETHING).status == 401


def test_a_new_role_is_in_force_within_a_minute(corp, at):
    browser = logged_in(corp, "lisi")
    assert browser.send("GET", ME).json["role"] == "staff"

    change_member("lisi", role="auditor", data_scope="all")
    later(at, seconds=60)

    me = browser.send("GET", ME).json
    assert (me["role"], me["data_scope"]) == ("auditor", "all")


def test_a_replaced_key_ends_no_session_and_a_withdrawn_one_does(corp, parameters):
    from scrm import secret_store

    browser = logged_in(corp, "lisi")

    parameters("session/keys", json.dumps(["brand-new-key", "newest-session-key"]))
    secret_store.forget()
    assert browser.send("GET", ME).status == 200

    parameters("session/keys", json.dumps(["brand-new-key"]))
    secret_store.forget()
    assert browser.send("GET", ME).status == 401


@pytest.mark.parametrize(
    "authorization",
    ["Bearer ", "Bearer x", "Basic {}", "{}", "Bearer {}x", "Bearer x.{}", "Bearer é", "Bearer \ud800"],
)
def test_what_is_not_quite_the_token_is_none(corp, authorization):
    token = logged_in(corp, "lisi").token

    answered = Browser().send("GET", SOMETHING, headers={"authorization": authorization.format(token)})

    assert (answered.status, answered.code) == (401, "unauthenticated")


def test_a_bearer_goes_before_the_cookie(corp):
    browser = Browser()
    returned(corp, browser)

    assert browser.send("GET", ME, headers={"authorization": "Bearer x"}).status == 401


def test_losing_the_volatile_table_ends_sessions_and_nothing_else(corp, tables):
    browser = logged_in(corp, "lisi")
    for row in tables.typed("VolatileTable"):
        tables.client.delete_item(TableName="VolatileTable", Key={"key": row["key"]})

    assert browser.send("GET", ME).status == 401
    assert logged_in(corp, "lisi").send("GET", ME).status == 200
