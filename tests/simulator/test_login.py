"""Tokens, tickets and OAuth codes."""

import json

import pytest

from tests.simulator.conftest import Wecom


def test_the_token_stays_the_same_while_it_is_valid(wecom, clock):
    first = wecom.gettoken()
    clock.advance(seconds=7_000)
    again = wecom.gettoken()
    clock.advance(seconds=200)
    new = wecom.gettoken()

    assert first["expires_in"] == 7_200
    assert (again["access_token"], again["expires_in"]) == (first["access_token"], 200)
    assert new["access_token"] != first["access_token"]
    wecom.token = first["access_token"]
    assert wecom.get("getcallbackip")["errcode"] == 42001


def test_each_secret_has_its_own_token(simulator, wecom):
    contacts = Wecom(simulator, "simulated-contacts-secret")
    assert contacts.gettoken()["access_token"] != wecom.gettoken()["access_token"]


def test_rotation_ends_the_older_token(wecom):
    wecom.control("PUT", "settings", {"rotate_tokens": True})
    first, second = wecom.gettoken(), wecom.gettoken()
    assert first["access_token"] != second["access_token"]
    wecom.token = first["access_token"]
    assert wecom.get("getcallbackip")["errcode"] == 40014


@pytest.mark.parametrize("code", [42001, 40014])
def test_a_token_can_end_early(wecom, code):
    wecom.get("getcallbackip")
    wecom.control("POST", "tokens/expire", {"errcode": code})
    assert wecom.get("getcallbackip")["errcode"] == code
    wecom.token = ""
    assert wecom.get("getcallbackip")["errcode"] == 0


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("corpsecret=x", 41002),
        ("corpid=x", 41004),
        ("corpid=wrong&corpsecret=simulated-app-secret", 40013),
        ("corpid=wwsim0000000000001&corpsecret=wrong", 40001),
    ],
)
def test_gettoken_names_what_is_wrong(simulator, query, code):
    assert json.loads(simulator.handle("GET", f"/cgi-bin/gettoken?{query}")[2])["errcode"] == code


def test_guessing_secrets_blocks_the_address_for_the_hour(wecom, clock):
    wrong = Wecom(wecom.simulator, "guess")
    wecom.control("PUT", "limits", {"bad_secrets_per_hour": 2})
    assert [wrong.gettoken()["errcode"] for _ in range(3)] == [40001, 40001, 45009]
    assert wecom.gettoken()["errcode"] == 45009
    clock.advance(hours=1)
    assert wecom.gettoken()["errcode"] == 0


def test_gettoken_itself_is_limited(wecom):
    wecom.control("PUT", "limits", {"gettoken_per_minute": 1})
    assert [wecom.gettoken()["errcode"] for _ in range(2)] == [0, 45009]


def test_tickets_of_corp_and_app_differ_and_last(wecom, clock):
    corp, app = wecom.get("get_jsapi_ticket"), wecom.get("ticket/get", type="agent_config")
    assert corp["ticket"] != app["ticket"]
    assert corp["ticket"] == wecom.get("get_jsapi_ticket")["ticket"]
    assert wecom.get("ticket/get", type="jsapi")["errcode"] == 91040
    clock.advance(hours=2)
    wecom.token = ""
    assert wecom.get("get_jsapi_ticket")["ticket"] != corp["ticket"]


def test_an_app_gets_a_hundred_tickets_an_hour(wecom):
    codes = [wecom.get("ticket/get", type="agent_config")["errcode"] for _ in range(101)]
    assert codes == [0] * 100 + [45009]
    assert wecom.get("get_jsapi_ticket")["errcode"] == 0


def test_a_corp_gets_four_hundred_tickets_an_hour(wecom):
    wecom.control("PUT", "limits", {"app_tickets_per_hour": 0})
    codes = [wecom.get("get_jsapi_ticket")["errcode"] for _ in range(401)]
    assert codes == [0] * 400 + [45009]


def test_a_code_works_once_and_for_five_minutes(wecom, clock):
    code = wecom.control("POST", "people/login", {"userid": "LIUYANG"})["code"]
    assert wecom.get("auth/getuserinfo", code=code)["userid"] == "LiuYang"
    assert wecom.get("auth/getuserinfo", code=code)["errcode"] == 40029

    late = wecom.control("POST", "people/login", {"userid": "lisi"})["code"]
    clock.advance(seconds=300)
    assert wecom.get("auth/getuserinfo", code=late)["errcode"] == 40029
    assert wecom.get("auth/getuserinfo", code="made-up")["errcode"] == 40029


def test_a_code_is_exempt_from_the_rate_limits(wecom):
    wecom.get("getcallbackip")
    wecom.control("PUT", "limits", {"api_per_minute": 1})
    for _ in range(3):
        code = wecom.control("POST", "people/login", {"userid": "lisi"})["code"]
        assert wecom.get("auth/getuserinfo", code=code)["errcode"] == 0


def test_a_stranger_has_an_openid_and_a_customer_their_id_too(wecom, friends):
    external = friends["external_userid"]
    stranger = wecom.control("POST", "people/login")["code"]
    customer = wecom.control("POST", "people/login", {"external_userid": external})["code"]

    first, second = (wecom.get("auth/getuserinfo", code=code) for code in (stranger, customer))

    assert set(first) == {"errcode", "errmsg", "openid"}
    assert second["external_userid"] == external


def test_a_customer_of_nobody_visible_is_a_stranger(wecom, friends):
    wecom.control("PUT", "apps/1000002", {"visible_users": ["zhangsan"]})
    code = wecom.control("POST", "people/login", {"external_userid": friends["external_userid"]})["code"]
    assert "external_userid" not in wecom.get("auth/getuserinfo", code=code)


def test_the_older_path_spells_differently(wecom):
    code = wecom.control("POST", "people/login", {"userid": "lisi"})["code"]
    assert wecom.get("user/getuserinfo", code=code)["UserId"] == "lisi"


def test_private_info_gives_a_ticket_for_the_details(wecom):
    code = wecom.control("POST", "people/login", {"userid": "lisi", "private_info": True})["code"]
    ticket = wecom.get("auth/getuserinfo", code=code)["user_ticket"]
    assert wecom.post("auth/getuserdetail", {"user_ticket": ticket})["userid"] == "lisi"
    assert wecom.post("auth/getuserdetail", {"user_ticket": "x"})["errcode"] == 84015


def test_the_login_page_returns_with_a_code_and_the_state(simulator, wecom):
    query = f"appid={simulator.world.corp_id}&redirect_uri=http%3A%2F%2Fapp.test%2Fback%3Fx%3D1&state=s1"
    status, headers, _ = simulator.handle("GET", f"/connect/oauth2/authorize?{query}&as=lisi")
    location = headers["Location"]
    assert status == 302
    assert location.startswith("http://app.test/back?x=1&code=")
    assert location.endswith("&state=s1")
    code = location.partition("code=")[2].partition("&")[0]
    assert wecom.get("auth/getuserinfo", code=code)["userid"] == "lisi"


def test_the_login_page_offers_members_and_refuses_foreign_corps(simulator):
    query = f"appid={simulator.world.corp_id}&redirect_uri=http%3A%2F%2Fapp.test%2F"
    page = simulator.handle("GET", f"/wwlogin/sso/login?{query}")[2].decode()
    assert "李四" in page
    refused = simulator.handle(
        "GET", "/connect/oauth2/authorize?appid=other&redirect_uri=http%3A%2F%2Fa%2F&as=lisi"
    )
    assert refused[0] == 200
    assert "50001" in refused[2].decode()
