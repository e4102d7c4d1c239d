"""Signatures for our own pages, and for nobody else's (CUS-01)."""

import hashlib

import pytest

from tests.component.http_world import calls_of, logged_in

PAGE = "https://scrm.test/sidebar/?from=chat&x=%E4%B8%AD"


def sign(browser, url, **more):
    from urllib.parse import quote

    return browser.send("GET", f"/sidebar/jssdk?url={quote(url, safe='')}", **more)


def expected(ticket, given, url):
    text = f"jsapi_ticket={ticket}&noncestr={given['nonce_str']}&timestamp={given['timestamp']}&url={url}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def tickets(corp):
    """Return the tickets as WeCom gives them out: the corp's and the app's."""
    from scrm.wecom.deployed import wecom

    return wecom().corp_ticket(), wecom().app_ticket()


def test_a_page_of_ours_is_signed_for_the_corp_and_for_the_app(corp):
    answered = sign(logged_in(corp, "lisi"), PAGE + "#/tasks/1")

    assert answered.status == 200
    body = answered.json
    corp_ticket, app_ticket = tickets(corp)
    assert (body["url"], body["corp_id"], body["agent_id"]) == (PAGE, corp.world.corp_id, "1000002")
    assert body["config"]["signature"] == expected(corp_ticket, body["config"], PAGE)
    assert body["agent_config"]["signature"] == expected(app_ticket, body["agent_config"], PAGE)
    assert body["config"]["timestamp"] == 1772417700
    assert corp_ticket not in answered.text
    assert app_ticket not in answered.text


def test_tickets_are_fetched_once(corp):
    browser = logged_in(corp, "lisi")
    first, second = sign(browser, PAGE).json, sign(browser, PAGE).json

    assert first["config"]["nonce_str"] != second["config"]["nonce_str"]
    assert len(calls_of(corp, "get_jsapi_ticket")) == len(calls_of(corp, "ticket/get")) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://scrm.test.evil.example/",
        "https://scrm.test@evil.example/",
        "https://scrm.test:8443/",
        "https://user@scrm.test/",
        "https://evil.example\\@scrm.test/",
        "https://evil.example#https://scrm.test/",
        "//scrm.test/",
        "ftp://scrm.test/",
        "javascript:alert(1)//scrm.test/",
        "https://scrm.test/a b",
        "https://scrm.test/a\nb",
        "https://[::1/",
        "scrm.test",
        "/",
    ],
)
def test_other_pages_are_not_signed(corp, url):
    answered = sign(logged_in(corp, "lisi"), url)

    assert (answered.status, answered.json["errors"][0]["field"]) == (422, "url")
    assert not calls_of(corp, "get_jsapi_ticket")


def test_a_trusted_host_of_the_settings_is_ours_too(corp):
    from scrm import clock
    from scrm.audit.dynamodb import record
    from scrm.settings import dynamodb as settings
    from scrm.settings.model import Settings

    step = settings.save_step(Settings(trusted_hosts=("h5.example.com",)), 0, clock.now())
    record("admin", "settings_changed", "SETTINGS", None, None, "r", clock.now(), writes=[step])

    assert sign(logged_in(corp, "lisi"), "https://h5.example.com/p").status == 200


@pytest.mark.parametrize(("env", "status"), [("local", 200), ("prod", 422)])
def test_only_the_local_stack_signs_for_whatever_host_was_called(corp, monkeypatch, env, status):
    monkeypatch.setenv("ENV", env)

    answered = sign(logged_in(corp, "lisi"), "http://127.0.0.1:4567/p", headers={"host": "127.0.0.1:4567"})

    assert answered.status == status


def test_when_wecom_does_not_answer_the_page_may_ask_again(corp):
    browser = logged_in(corp, "lisi")
    corp.faults.add({"endpoint": "get_jsapi_ticket", "what": "errcode", "errcode": -1, "count": 0})

    answered = sign(browser, PAGE)

    assert (answered.status, answered.code) == (503, "wecom_unavailable")
