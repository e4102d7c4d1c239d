"""Callbacks: sealed as WeCom seals, tried as WeCom tries, and lost or doubled when asked."""

import hashlib
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from wechatpy.enterprise.crypto import WeChatCrypto

from wecom_simulator import Seal, Simulator

TOKEN, KEY, CORP = (
    "SimulatedCallbackToken",
    "SimulatedAESKeyForCallbacksOfTheLocalStackx",
    "wwsim0000000000001",
)
VECTORS = json.loads((Path(__file__).parents[1] / "contracts/wecom/crypto-vectors.json").read_text())
PLAIN = "<xml><Event>ping</Event></xml>"


def opened(sealed):
    """Open a request with another implementation than the simulator's."""
    query = sealed.query
    crypto = WeChatCrypto(TOKEN, KEY, CORP)
    return crypto.decrypt_message(sealed.body, query["msg_signature"], query["timestamp"], query["nonce"])


def emit(simulator, number=1):
    for index in range(number):
        simulator.callbacks.emit("ping", PLAIN.replace("ping", f"ping{index}"))


def test_wechatpy_opens_what_the_simulator_seals(simulator):
    for length in range(40):
        xml = f"<xml><Name>{'雨' * length}</Name></xml>"
        simulator.callbacks.emit("ping", xml)
        assert opened(simulator.callbacks.take()[0]) == xml


def test_the_seal_opens_what_wechatpy_makes():
    crypto = WeChatCrypto(TOKEN, KEY, CORP)
    envelope = crypto.encrypt_message(PLAIN, "nonce", "1772417700")
    encrypted = envelope.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    signature = envelope.partition("<MsgSignature><![CDATA[")[2].partition("]]>")[0]
    seal = Seal(TOKEN, KEY, CORP)
    assert seal.decrypt(encrypted) == PLAIN
    assert seal.sign("1772417700", "nonce", encrypted) == signature
    with pytest.raises(ValueError, match="receiver"):
        Seal(TOKEN, KEY, "wwother").decrypt(encrypted)


@pytest.mark.parametrize("row", VECTORS["decrypt"], ids=lambda row: row["id"])
def test_the_seal_agrees_with_the_recorded_vectors(row):
    secrets = VECTORS["credentials"][row["credential"]]
    seal = Seal(secrets["token"], secrets["encoding_aes_key"], row["receive_id"])
    assert seal.encrypt(row["plaintext"], bytes.fromhex(row["random_hex"])) == row["encrypt"]
    assert seal.decrypt(row["encrypt"]) == row["plaintext"]
    assert seal.sign(row["timestamp"], row["nonce"], row["encrypt"]) == row["msg_signature"]


def test_the_url_carries_the_signature_and_the_stacks_time(simulator, clock):
    emit(simulator)
    sealed = simulator.callbacks.take()[0]
    query = parse_qs(urlsplit(sealed.target).query)
    assert query["timestamp"] == [str(int(clock.now))]
    encrypted = sealed.body.decode().partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    parts = sorted([TOKEN, query["timestamp"][0], query["nonce"][0], encrypted])
    assert query["msg_signature"] == [hashlib.sha1("".join(parts).encode()).hexdigest()]  # noqa: S324
    assert "<AgentID><![CDATA[1000002]]></AgentID>" in sealed.body.decode()


def test_two_simulators_of_one_seed_send_the_same_bytes(clock):
    def sent():
        simulator = Simulator(clock, "same")
        simulator.people.scan(userid="lisi", name="小雨")
        return [(row.target, row.body) for row in simulator.callbacks.take()]

    assert sent() == sent()


@pytest.mark.parametrize(
    ("act", "wish", "change", "extra"),
    [
        ("customer-deletes", {}, "del_follow_user", None),
        ("member-deletes", {}, "del_external_contact", None),
        ("member-edits", {"remark": "新"}, "edit_external_contact", None),
    ],
)
def test_acts_become_events(wecom, simulator, clock, friends, act, wish, change, extra):
    clock.advance(seconds=5)
    pair = {"userid": "LISI", "external_userid": friends["external_userid"]}
    wecom.control("POST", f"people/{act}", pair | wish)
    xml = opened(simulator.callbacks.take()[0])
    assert xml == (
        f"<xml><ToUserName><![CDATA[{CORP}]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName>"
        f"<CreateTime>{int(clock.now)}</CreateTime><MsgType><![CDATA[event]]></MsgType>"
        f"<Event><![CDATA[change_external_contact]]></Event><ChangeType><![CDATA[{change}]]></ChangeType>"
        f"<UserID><![CDATA[lisi]]></UserID>"
        f"<ExternalUserID><![CDATA[{friends['external_userid']}]]></ExternalUserID></xml>"
    )


def test_a_scan_tells_state_and_welcome_code(wecom, simulator):
    wish = {"type": 2, "scene": 2, "user": ["lisi"], "state": "ch_1"}
    wecom.post("externalcontact/add_contact_way", wish)
    scan = wecom.control("POST", "people/scan", {"state": "ch_1"})
    xml = opened(simulator.callbacks.take()[0])
    assert (
        f"<State><![CDATA[ch_1]]></State><WelcomeCode><![CDATA[{scan['welcome_code']}]]></WelcomeCode>" in xml
    )


def test_a_change_of_phone_numbers_alone_is_silent(wecom, simulator, friends):
    pair = {"userid": "lisi", "external_userid": friends["external_userid"]}
    wecom.control("POST", "people/member-edits", pair | {"remark_mobiles": ["139"]})
    assert simulator.callbacks.take() == []


def test_names_cannot_break_out_of_the_xml(simulator):
    simulator.people.event("ping", {"Name": "]]><Evil/>"})
    root = ElementTree.fromstring(simulator.callbacks.listed()[0]["xml"])  # noqa: S314 - made just above
    assert root.findtext("Name") == "]]><Evil/>"
    assert root.find(".//Evil") is None


class Receiver:
    """Answers with the given statuses in turn, then 200; remembers what came."""

    def __init__(self, *statuses):
        self.statuses = list(statuses)
        self.came = []

    def __call__(self, sealed, seconds):
        self.came.append(sealed)
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 0:
            raise TimeoutError
        return status, b""


def test_three_retries_each_sealed_anew(simulator):
    receiver = Receiver(500, 0, 503)
    emit(simulator)
    assert simulator.callbacks.pump(receiver) == 1
    assert len({sealed.body for sealed in receiver.came}) == 4
    assert {opened(sealed) for sealed in receiver.came} == {PLAIN.replace("ping", "ping0")}
    row = simulator.callbacks.listed()[0]
    assert row["state"] == "delivered"
    assert [attempt["status"] for attempt in row["attempts"]] == [500, 0, 503, 200]
    assert row["attempts"][1]["error"] == "TimeoutError"


def test_after_the_third_retry_it_is_given_up(simulator):
    receiver = Receiver(*[204] * 9)
    emit(simulator)
    assert simulator.callbacks.pump(receiver) == 0
    assert len(receiver.came) == 4
    assert simulator.callbacks.listed()[0]["state"] == "failed"


def test_retries_can_be_identical(wecom, simulator):
    wecom.control("PUT", "callbacks", {"identical_retries": True})
    receiver = Receiver(500, 500)
    emit(simulator)
    simulator.callbacks.pump(receiver)
    assert len({(sealed.body, sealed.target) for sealed in receiver.came}) == 1


def test_deliveries_are_doubled_lost_and_shuffled(wecom, simulator):
    receiver = Receiver()
    wecom.control("PUT", "callbacks", {"duplicate_rate": 1.0})
    emit(simulator)
    wecom.control("PUT", "callbacks", {"duplicate_rate": 0.0, "lose_next": 1})
    emit(simulator)
    simulator.callbacks.pump(receiver)
    assert [row["state"] for row in simulator.callbacks.listed()] == ["delivered", "delivered", "lost"]

    receiver.came.clear()
    wecom.control("PUT", "callbacks", {"reorder_seconds": 60})
    emit(simulator, 20)
    simulator.callbacks.pump(receiver)
    order = [opened(sealed) for sealed in receiver.came]
    assert len(order) == 20
    assert order != sorted(order, key=lambda xml: int(xml.partition("ping")[2].partition("<")[0]))


def test_paused_deliveries_wait(wecom, simulator):
    receiver = Receiver()
    wecom.control("PUT", "callbacks", {"paused": True})
    emit(simulator)
    assert simulator.callbacks.pump(receiver) == 0
    wecom.control("PUT", "callbacks", {"paused": False})
    assert simulator.callbacks.pump(receiver) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(lambda text: text, ""), (lambda text: text + b"\n", "body"), (lambda text: b'"' + text + b'"', "body")],
)
def test_the_url_is_verified_by_its_echo(wecom, simulator, answer, reason):
    def receiver(sealed, seconds):
        assert seconds == 1.0
        query = sealed.query
        crypto = WeChatCrypto(TOKEN, KEY, CORP)
        echo = crypto.check_signature(
            query["msg_signature"], query["timestamp"], query["nonce"], query["echostr"]
        )
        return 200, answer(echo.encode() if isinstance(echo, str) else echo)

    simulator.callbacks.send = receiver
    result = wecom.control("POST", "callbacks/verify")
    assert (result["ok"], result["reason"]) == (not reason, reason)


def test_a_receiver_that_refuses_is_not_verified(wecom, simulator):
    simulator.callbacks.send = Receiver(403)
    assert wecom.control("POST", "callbacks/verify")["reason"] == "status"
    simulator.callbacks.send = Receiver(0)
    assert wecom.control("POST", "callbacks/verify")["reason"] == "TimeoutError"


def test_any_event_can_be_sent_or_only_sealed(wecom, simulator):
    wish = {"event": "kf_msg_or_event", "fields": {"Token": "T", "OpenKfId": "wk1"}}
    wecom.control("POST", "events", wish)
    xml = opened(simulator.callbacks.take()[0])
    assert "FromUserName" not in xml
    assert xml.endswith("<Token><![CDATA[T]]></Token><OpenKfId><![CDATA[wk1]]></OpenKfId></xml>")
    sealed = wecom.control("POST", "callbacks/seal", {"xml": PLAIN})
    assert set(sealed) == {"method", "url", "query", "body"}
    assert simulator.callbacks.take() == []


def test_a_receiver_can_be_set_while_running(wecom, simulator):
    wecom.control("PUT", "receivers/app", {"url": "http://moved.test/cb"})
    emit(simulator)
    assert simulator.callbacks.take()[0].url == "http://moved.test/cb"
    status, _, _ = simulator.handle("PUT", "/_control/receivers/kf", json.dumps({"token": "t"}).encode())
    assert status == 400


def test_the_background_thread_delivers(wecom, simulator):
    receiver = Receiver(500)
    simulator.callbacks.send = receiver
    simulator.callbacks.settings.retry_seconds = 0.0
    simulator.callbacks.start()
    try:
        emit(simulator, 3)
        assert wecom.control("POST", "callbacks/drain", {"seconds": 10}) == {"idle": True}
    finally:
        simulator.callbacks.stop()
    assert len(receiver.came) == 4
