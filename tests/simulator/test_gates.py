"""What every call passes before its business rules, and the limits on how often."""

import json

import pytest

from tests.simulator.conftest import Wecom
from wecom_simulator import NoAnswer

LIST = "externalcontact/get_follow_user_list"


def test_a_refusal_carries_the_long_text_with_the_callers_address(wecom, simulator):
    wecom.control("PUT", "trusted-ips", {"ips": ["203.0.113.7"]})
    wecom.ip = "198.51.100.9"

    answer = wecom.get(LIST)

    assert answer["errcode"] == 60020
    assert "hint: [" in answer["errmsg"]
    assert "from ip: 198.51.100.9, more info at" in answer["errmsg"]
    assert answer["errmsg"].endswith("devtool/query?e=60020")


def test_a_refusal_keeps_the_empty_containers(wecom):
    wecom.control("PUT", "apps/1000002", {"denied": ["externalcontact/*"]})

    assert wecom.get(LIST)["follow_user"] == []
    assert wecom.get("externalcontact/list", userid="lisi")["external_userid"] == []
    refused = wecom.get("externalcontact/get", external_userid="wm1")
    assert (refused["external_contact"], refused["follow_user"]) == ({}, [])
    assert wecom.post("externalcontact/add_msg_template")["fail_list"] == []


def test_the_gates_open_in_order(wecom, simulator, clock):
    """Each wish is wrong in every later way too; only the first gate speaks."""
    wecom.gettoken()
    wecom.control(
        "PUT", "apps/1000002", {"denied": ["externalcontact/remark"], "visible_users": ["zhangsan"]}
    )
    wecom.control("PUT", "trusted-ips", {"ips": ["203.0.113.7"]})
    target = "/cgi-bin/externalcontact/remark"

    def code(token: str, body: bytes = b"no json") -> int:
        return json.loads(simulator.handle("POST", f"{target}?access_token={token}", body)[2])["errcode"]

    assert code("wrong") == 60020
    wecom.control("PUT", "trusted-ips", {"ips": None})
    assert code("") == 41001
    assert code("wrong") == 40014
    token = wecom.gettoken()["access_token"]
    assert code(token) == 48002
    wecom.control("PUT", "apps/1000002", {"denied": []})
    assert code(token) == 40058
    body = {"userid": "lisi", "external_userid": "wmNobody", "remark": "x"}
    assert code(token, json.dumps(body).encode()) == 60011
    body["userid"] = "zhangsan"
    assert code(token, json.dumps(body).encode()) == 40096


def test_a_trusted_address_may_take_a_minute(wecom, clock):
    wecom.control("PUT", "trusted-ips", {"ips": [], "after_seconds": 60})

    assert wecom.get(LIST)["errcode"] == 0
    clock.advance(seconds=60)
    assert wecom.get(LIST)["errcode"] == 60020


def test_gettoken_is_served_from_any_address(wecom):
    wecom.control("PUT", "trusted-ips", {"ips": []})
    assert wecom.gettoken()["errcode"] == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"\xff"])
def test_a_body_that_is_no_json_object_is_40058(wecom, simulator, body):
    token = wecom.gettoken()["access_token"]
    answer = simulator.handle("POST", f"/cgi-bin/externalcontact/mark_tag?access_token={token}", body)[2]
    assert json.loads(answer)["errcode"] == 40058


def test_the_wrong_verb_leaves_the_body_unread(wecom):
    assert wecom.get("externalcontact/mark_tag")["errcode"] == 40058


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("externalcontact/batch/get_by_user", {"userid_list": "lisi"}),
        ("externalcontact/batch/get_by_user", {"userid_list": ["lisi"] * 101}),
        ("externalcontact/remark", {"userid": "lisi", "external_userid": "wm", "remark": "长" * 21}),
        ("externalcontact/remark", {"userid": 7, "external_userid": "wm", "remark": "x"}),
        ("externalcontact/groupchat/list", {"limit": "10"}),
        ("externalcontact/groupchat/list", {"limit": 1001}),
        ("externalcontact/transfer_customer", {"handover_userid": "a", "takeover_userid": "b"}),
    ],
)
def test_types_lengths_and_presence_are_checked(wecom, path, body):
    assert wecom.post(path, body)["errcode"] == 40058


def test_an_unknown_path_is_a_404(simulator):
    assert simulator.handle("GET", "/cgi-bin/no/such")[0] == 404
    assert simulator.calls.listed()[0]["outcome"] == "unknown_path"


def test_one_api_is_blocked_for_the_minute_that_was_exceeded(wecom, clock):
    wecom.control("PUT", "limits", {"api_per_minute": 3})
    codes = [wecom.get(LIST)["errcode"] for _ in range(4)]
    assert codes == [0, 0, 0, 45009]
    assert wecom.get("externalcontact/get", external_userid="wm")["errcode"] == 40096

    clock.advance(seconds=59)
    assert wecom.get(LIST)["errcode"] == 45009
    clock.advance(seconds=1)
    assert wecom.get(LIST)["errcode"] == 0


def test_an_exceeded_hour_blocks_for_an_hour(wecom, clock):
    wecom.control("PUT", "limits", {"api_per_hour": 2})
    assert [wecom.get(LIST)["errcode"] for _ in range(3)] == [0, 0, 45009]

    clock.advance(seconds=3_599)
    assert wecom.get(LIST)["errcode"] == 45009
    clock.advance(seconds=1)
    wecom.token = ""
    assert wecom.get(LIST)["errcode"] == 0


def test_an_address_has_its_own_window(wecom, simulator):
    wecom.control("PUT", "limits", {"ip_per_minute": 1})
    assert wecom.get(LIST)["errcode"] == 0
    assert wecom.get(LIST)["errcode"] == 45009
    assert Wecom(simulator, ip="203.0.113.8").get(LIST)["errcode"] == 0


def test_moving_the_clock_back_lifts_a_block(wecom, clock):
    wecom.control("PUT", "limits", {"api_per_minute": 1})
    wecom.get(LIST)
    assert wecom.get(LIST)["errcode"] == 45009
    clock.advance(hours=-1)
    assert wecom.get(LIST)["errcode"] == 0


def test_too_many_calls_at_once_are_45033(wecom, simulator):
    wecom.get(LIST)
    wecom.control("PUT", "limits", {"concurrency": 1})
    path = f"/cgi-bin/{LIST}"
    with simulator.concurrency.entered(path):
        assert wecom.get(LIST)["errcode"] == 45033
    assert wecom.get(LIST)["errcode"] == 0


def test_a_fault_hits_the_nth_matching_call_only(wecom):
    wecom.control(
        "POST", "faults", {"endpoint": LIST, "what": "errcode", "errcode": 45009, "nth": 2, "count": 2}
    )
    assert [wecom.get(LIST)["errcode"] for _ in range(4)] == [0, 45009, 45009, 0]


def test_a_fault_may_look_at_the_request(wecom, simulator, friends):
    wish = {
        "endpoint": "externalcontact/list",
        "what": "errcode",
        "errcode": -1,
        "body": {"userid": "zhangsan"},
    }
    wecom.control("POST", "faults", wish)
    assert wecom.get("externalcontact/list", userid="lisi")["errcode"] == 0
    assert wecom.get("externalcontact/list", userid="zhangsan")["errcode"] == -1


def test_a_rate_of_faults_repeats_for_the_same_seed(clock):
    from wecom_simulator import Simulator

    def codes() -> list[int]:
        wecom = Wecom(Simulator(clock, "seven"))
        wecom.control(
            "POST", "faults", {"endpoint": "*", "what": "errcode", "errcode": -1, "rate": 0.2, "count": 0}
        )
        wecom.token = "unused"
        return [wecom.get(LIST)["errcode"] for _ in range(200)]

    first = codes()
    assert first == codes()
    assert 20 <= first.count(-1) <= 60


@pytest.mark.parametrize(("what", "done"), [("timeout", False), ("reset", False), ("unknown_outcome", True)])
def test_no_answer_says_whether_the_call_took_effect(wecom, simulator, friends, what, done):
    wish = {"userid": "lisi", "external_userid": friends["external_userid"], "remark": "new"}
    wecom.control("POST", "faults", {"endpoint": "externalcontact/remark", "what": what})

    with pytest.raises(NoAnswer) as nothing:
        wecom.post("externalcontact/remark", wish)

    assert nothing.value.done is done
    changed = simulator.people.relation("lisi", friends["external_userid"]).remark == "new"
    assert changed is done


def test_a_gateway_page_instead_of_json(wecom, simulator):
    wecom.control("POST", "faults", {"endpoint": LIST, "what": "html"})
    wecom.control("POST", "faults", {"endpoint": LIST, "what": "http500"})
    assert simulator.handle("GET", f"/cgi-bin/{LIST}")[1]["Content-Type"] == "text/html"
    assert simulator.handle("GET", f"/cgi-bin/{LIST}")[0] == 500


def test_every_answer_is_dated_by_the_stacks_clock(wecom, simulator):
    def dated() -> str:
        return simulator.handle("GET", "/cgi-bin/getcallbackip")[1]["Date"]

    assert dated() == "Mon, 02 Mar 2026 02:15:00 GMT"
    wecom.control("PUT", "settings", {"date_skew_seconds": 600})
    assert dated() == "Mon, 02 Mar 2026 02:25:00 GMT"
