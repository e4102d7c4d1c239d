"""The simulator as a process: its state, its clock, its socket, its control API."""

import http.client
import json
import time

import httpx
import pytest

from tests.simulator.conftest import Clock, Wecom
from wecom_simulator import Simulator
from wecom_simulator.__main__ import arguments, built
from wecom_simulator.clock import stack_now
from wecom_simulator.server import Service
from wecom_simulator.storage import from_json, to_json
from wecom_simulator.transport import SimulatorTransport

HELLO = {"msgtype": "text", "text": {"content": "你好"}}


def test_the_clock_is_real_time_plus_the_files_offset(tmp_path):
    file = tmp_path / "clock.json"
    assert abs(stack_now(file) - time.time()) < 5
    file.write_text(json.dumps({"offset_seconds": -86_400.5}))
    assert abs(stack_now(file) - time.time() + 86_400.5) < 5
    file.write_text("")
    assert abs(stack_now(file) - time.time()) < 5
    assert abs(stack_now(None) - time.time()) < 5


def test_state_survives_a_restart(tmp_path, clock):
    file = tmp_path / "deep" / "wecom.json"
    first = Simulator(clock, state=file)
    wecom = Wecom(first)
    wish = {"group_name": "意向", "tag": [{"name": "高"}]}
    tag = wecom.post("externalcontact/add_corp_tag", wish)["tag_group"]["tag"][0]["id"]
    way = wecom.post(
        "externalcontact/add_contact_way", {"type": 1, "scene": 2, "user": ["lisi"], "state": "s"}
    )
    scan = wecom.control("POST", "people/scan", {"state": "s", "name": "小雨"})
    pair = {"userid": "lisi", "external_userid": scan["external_userid"]}
    wecom.post("externalcontact/mark_tag", pair | {"add_tag": [tag]})
    wecom.control("PUT", "settings", {"dispatch_seconds": 3})
    first.close()

    second = Simulator(clock, state=file)
    again = Wecom(second)
    again.token = wecom.token
    follower = again.get("externalcontact/get", external_userid=scan["external_userid"])["follow_user"][0]
    assert [row["tag_id"] for row in follower["tags"]] == [tag]
    assert again.post("externalcontact/get_contact_way", {"config_id": way["config_id"]})["errcode"] == 0
    assert (
        again.post(
            "externalcontact/send_welcome_msg",
            {"welcome_code": scan["welcome_code"], "text": {"content": "x"}},
        )["errcode"]
        == 0
    )
    assert second.settings.dispatch_seconds == 3
    assert len(second.callbacks.take()) == 1
    assert (
        again.control("POST", "people/scan", {"userid": "lisi"})["external_userid"] != scan["external_userid"]
    )


def test_every_kind_of_row_survives(simulator, wecom, friends):
    wecom.control("POST", "people/chat-created", {"owner": "lisi", "name": "群"})
    wecom.post("externalcontact/add_msg_template", {"sender": "lisi", "text": {"content": "x"}})
    wecom.post("externalcontact/add_moment_task", {"text": {"content": "x"}})
    wish = {
        "handover_userid": "lisi",
        "takeover_userid": "wangwu",
        "external_userid": [friends["external_userid"]],
    }
    wecom.post("externalcontact/transfer_customer", wish)
    wecom.post(
        "message/send", {"touser": "lisi", "agentid": 1000002, "msgtype": "text", "text": {"content": "x"}}
    )
    document = to_json(simulator.world)
    assert to_json(from_json(json.loads(json.dumps(document)))) == document


def test_a_simulator_without_a_file_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    simulator = Simulator()
    simulator.people.scan(userid="lisi")
    simulator.close()
    assert list(tmp_path.iterdir()) == []


def test_options_come_from_the_environment_and_the_command_line(monkeypatch, tmp_path):
    monkeypatch.setenv("WECOM_CORP_ID", "wwfromenv")
    monkeypatch.setenv("WECOM_STATE_FILE", str(tmp_path / "state.json"))
    options = arguments(["--agent-id", "7", "--receiver", f"contacts,tok,{'k' * 43},http://c.test/x"])
    simulator = built(options)
    assert simulator.world.corp_id == "wwfromenv"
    assert simulator.world.apps[7].secret == "simulated-app-secret"
    assert simulator.world.receivers["contacts"].url == "http://c.test/x"
    assert simulator.state == tmp_path / "state.json"


def test_an_httpx_client_reaches_it_without_sockets(simulator):
    client = httpx.Client(transport=SimulatorTransport(simulator), base_url="https://qyapi.weixin.qq.com")
    query = {"corpid": simulator.world.corp_id, "corpsecret": "simulated-app-secret"}
    token = client.get("/cgi-bin/gettoken", params=query).json()["access_token"]
    files = {"media": ("图.txt", b"0123456789", "text/plain")}
    sent = client.post("/cgi-bin/media/upload", params={"access_token": token, "type": "file"}, files=files)
    assert sent.json()["errcode"] == 0
    assert simulator.calls.listed("media/upload")[0]["body"]["size"] == 10


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"what": "timeout"}, httpx.ReadTimeout),
        ({"what": "reset"}, httpx.ReadError),
        ({"what": "unknown_outcome"}, httpx.RemoteProtocolError),
        ({"what": "unknown_outcome", "seconds": 9}, httpx.ReadTimeout),
    ],
)
def test_faults_are_the_exceptions_a_socket_would_raise(simulator, wecom, wish, error):
    wecom.control("POST", "faults", {"endpoint": "gettoken"} | wish)
    client = httpx.Client(transport=SimulatorTransport(simulator), base_url="https://qyapi.weixin.qq.com")
    with pytest.raises(error):
        client.get("/cgi-bin/gettoken")


def test_calls_are_kept_without_secrets(wecom, simulator, friends):
    pair = {"userid": "lisi", "external_userid": friends["external_userid"], "remark": "x"}
    wecom.post("externalcontact/remark", pair)
    calls = wecom.control("GET", "calls")["calls"]
    assert [(row["n"], row["path"].rpartition("/")[2], row["outcome"]) for row in calls] == [
        (1, "gettoken", "ok"),
        (2, "remark", "ok"),
    ]
    assert calls[1]["body"] == pair
    assert calls[1]["answer"]["errcode"] == 0
    assert wecom.token not in json.dumps(calls)
    assert "simulated-app-secret" not in json.dumps(calls)
    found = json.loads(simulator.handle("GET", "/_control/calls?path=externalcontact/remark&since=1")[2])
    assert len(found["calls"]) == 1
    wecom.control("DELETE", "calls")
    assert wecom.control("GET", "calls/counts") == {"paths": {}, "outcomes": {}}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "nothing", b"", 404),
        ("POST", "people/unknown-act", b"{}", 400),
        ("POST", "people/scan", b"[]", 400),
        ("POST", "people/scan", b"{", 400),
        ("POST", "people/scan", b'{"nobody": 1}', 400),
        ("POST", "people/scan", b'{"userid": "nobody"}', 400),
        ("POST", "faults", b'{"endpoint": "x", "what": "shout"}', 400),
        ("PUT", "limits", b'{"nope": 1}', 400),
        ("PUT", "callbacks", b'{"nope": 1}', 400),
        ("GET", "customers/wmNobody", b"", 400),
        ("GET", "state/secrets", b"", 400),
    ],
)
def test_wishes_that_cannot_be_met(simulator, method, path, body, status):
    answer = simulator.handle(method, f"/_control/{path}", body)
    assert answer[0] == status
    assert json.loads(answer[2])["error"]


def test_what_the_corp_holds_can_be_looked_at(wecom, simulator, friends):
    external = friends["external_userid"]
    shown = wecom.control("GET", f"customers/{external}")
    assert shown["customer"]["name"] == "小雨"
    assert shown["relations"][0]["userid"] == "lisi"
    assert wecom.control("GET", "state")["sizes"]["staff"] == 12
    assert len(wecom.control("GET", "state/relations")["relations"]) == 1
    relation = simulator.handle("GET", f"/_control/relation?userid=LISI&external_userid={external}")
    assert json.loads(relation[2])["relation"]["half"] is False
    wecom.control("POST", "reset", {"seed": "other"})
    assert wecom.control("GET", "state")["sizes"]["customers"] == 0


def test_the_socket_keeps_connections_and_drops_them_on_request(simulator):
    service = Service(simulator)
    service.start()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", int(service.url.rpartition(":")[2]), timeout=5)
        for _ in range(2):
            connection.request("GET", "/_control/health")
            assert json.loads(connection.getresponse().read())["ok"] is True
        wish = json.dumps({"endpoint": "gettoken", "what": "unknown_outcome"})
        connection.request("POST", "/_control/faults", wish)
        connection.getresponse().read()
        connection.request("GET", "/cgi-bin/gettoken?corpid=x&corpsecret=y")
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            connection.getresponse()
        connection.close()
    finally:
        service.stop()
    assert simulator.calls.listed()[0]["outcome"].startswith("unknown_outcome")


def test_ten_thousand_calls_take_seconds_at_most(clock):
    simulator = Simulator(clock)
    wecom = Wecom(simulator)
    wecom.control("POST", "populate", {"customers": 2_000})
    wecom.get("getcallbackip")
    external = next(iter(simulator.world.customers))
    target = f"/cgi-bin/externalcontact/get?access_token={wecom.token}&external_userid={external}"
    began = time.process_time()
    for _ in range(10_000):
        simulator.handle("GET", target)
    assert time.process_time() - began < 10
    assert simulator.calls.outcomes["ok"] == 10_002


def test_a_fresh_clock_needs_no_file():
    assert abs(Simulator().clock() - time.time()) < 5
    assert Clock()() > 0


def test_reading_changes_nothing_that_needs_saving(tmp_path, clock):
    simulator = Simulator(clock, state=tmp_path / "state.json")
    wecom = Wecom(simulator)
    for change in (
        wecom.gettoken,
        lambda: wecom.get("ticket/get", type="agent_config"),
        lambda: wecom.control("POST", "people/scan", {"userid": "lisi"}),
        lambda: wecom.post("externalcontact/add_corp_tag", {"group_name": "g", "tag": [{"name": "t"}]}),
        lambda: wecom.post("message/send", {"touser": "@all", "agentid": 1000002} | HELLO),
    ):
        simulator.dirty = False
        change()
        assert simulator.dirty
    simulator.dirty = False
    wecom.get("externalcontact/list", userid="lisi")
    wecom.post("externalcontact/get_corp_tag_list")
    wecom.post("externalcontact/groupchat/list", {"limit": 1})
    assert not simulator.dirty
