"""contract.md, Callbacks; spec IDN-01; quality bars U1, R11, S1 to S3."""

import base64
import json
from typing import Any

import pytest

from tests.component.conftest import AGENT_ID, CALLBACK_AES_KEY, CALLBACK_TOKEN, CORP_ID
from tests.component.wecom_callback.conftest import (
    NOW,
    PREFIX,
    SEAL,
    URL,
    added,
    check,
    posted,
    request,
    tag_changed,
)
from wecom_simulator.sealing import Seal, seal_event


def test_idn_01_the_check_is_answered_with_the_decrypted_text_alone(callback: Any) -> None:
    answer = callback(check("1616140317555161061"))

    assert (answer["statusCode"], answer["body"]) == (200, "1616140317555161061")
    assert answer["headers"]["Content-Type"].startswith("text/plain")


def test_idn_01_an_event_is_queued_once_and_answered_with_an_empty_body(callback: Any, queues: Any) -> None:
    answer = callback(posted(added()))

    assert (answer["statusCode"], answer["body"]) == (200, "")
    (message,) = queues.messages("CustomerEvents")
    assert message["xml"] == added()
    assert message["receiver"] == "app"
    assert message["received_at"] == "2026-03-02T02:15:00.000+00:00"
    assert len(message["event_id"]) == 64
    assert queues.messages("CorpEvents") == []


def test_a_customers_events_keep_their_order_in_a_group_of_their_own(callback: Any, queues: Any) -> None:
    callback(posted(added("wmE1")))
    callback(posted(added("wmE2")))
    callback(posted(added("wmE1", "LiuYang")))

    groups = [m["Attributes"]["MessageGroupId"] for m in queues.received("CustomerEvents")]
    assert sorted(groups) == ["wmE1", "wmE1", "wmE2"]


def test_every_other_event_goes_to_the_corps_queue(callback: Any, queues: Any) -> None:
    callback(posted(tag_changed()))

    assert [message["xml"] for message in queues.messages("CorpEvents")] == [tag_changed()]
    assert queues.messages("CustomerEvents") == []


def test_nothing_is_queued_twice_for_the_same_decrypted_event(callback: Any, queues: Any) -> None:
    again = posted(added(), prefix=b"another prefix..", stamp=NOW + 5)

    assert [callback(event)["statusCode"] for event in (posted(added()), posted(added()), again)] == [200] * 3
    assert len(queues.messages("CustomerEvents")) == 1


def test_two_customers_added_in_one_second_are_two_events(callback: Any, queues: Any) -> None:
    callback(posted(added("wmE1")))
    callback(posted(added("wmE2")))

    assert len({message["event_id"] for message in queues.messages("CustomerEvents")}) == 2


@pytest.mark.parametrize("body", [base64.b64decode, str.encode], ids=["base64", "plain"])
def test_bodies_arrive_plain_or_base64(callback: Any, queues: Any, body: Any) -> None:
    sealed = seal_event(SEAL, URL, added(), AGENT_ID, NOW, "n", PREFIX)
    event = request("POST", sealed.query, sealed.body if body is base64.b64decode else sealed.body.decode())

    assert callback(event)["statusCode"] == 200
    assert len(queues.messages("CustomerEvents")) == 1


OTHER_TOKEN = Seal("AnotherToken", CALLBACK_AES_KEY, CORP_ID)
OTHER_KEY = Seal(CALLBACK_TOKEN, "AnotherAESKeyForCallbacksOfTheTestsAbcdefgh"[:43], CORP_ID)
OTHER_CORP = Seal(CALLBACK_TOKEN, CALLBACK_AES_KEY, "ww0000000000000000")


def _bad_padding() -> dict[str, Any]:
    """Return a request with a right signature over a ciphertext that has no valid padding."""
    encrypted = base64.b64encode(bytes(64)).decode()
    query = {
        "msg_signature": SEAL.sign(str(NOW), "n", encrypted),
        "timestamp": str(NOW),
        "nonce": "n",
    }
    return request("POST", query, f"<xml><Encrypt>{encrypted}</Encrypt></xml>")


def _altered() -> dict[str, Any]:
    event = posted(added())
    event["queryStringParameters"]["nonce"] = "nonce2"
    return event


def _unsigned() -> dict[str, Any]:
    event = posted(added())
    del event["queryStringParameters"]
    return event


REFUSED = {
    "token": posted(added(), seal=OTHER_TOKEN),
    "key": posted(added(), seal=OTHER_KEY),
    "receive-id": posted(added(), seal=OTHER_CORP),
    "padding": _bad_padding(),
    "altered": _altered(),
    "unsigned": _unsigned(),
    "unknown receiver": posted(added(), receiver="kf"),
    "impossible receiver": posted(added(), receiver="../wecom/secret"),
    "too old": posted(added(), stamp=NOW - 601),
    "too young": posted(added(), stamp=NOW + 601),
    "stamp is no number": posted(added(), stamp="later"),  # type: ignore[arg-type]
    "check with another token": check("hello", seal=OTHER_TOKEN),
    "check of an unknown receiver": check("hello", receiver="contacts"),
    "check that is too old": check("hello", stamp=NOW - 601),
}


@pytest.mark.parametrize("event", REFUSED.values(), ids=REFUSED.keys())
def test_s1_a_forged_request_gets_one_identical_answer(callback: Any, queues: Any, event: Any) -> None:
    answer = callback(event)

    assert answer["statusCode"] == 403
    assert answer == callback(_altered())
    assert queues.messages("CustomerEvents") == []


@pytest.mark.parametrize("skew", [-600, 600])
def test_r11_a_stamp_ten_minutes_off_is_accepted(callback: Any, queues: Any, skew: int) -> None:
    assert callback(posted(added(), stamp=NOW + skew))["statusCode"] == 200
    assert len(queues.messages("CustomerEvents")) == 1


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not xml",
        "<xml></xml>",
        "<xml><Encrypt>a</Encrypt><Encrypt>b</Encrypt></xml>",
        '<!DOCTYPE xml [<!ENTITY a "b">]><xml><Encrypt>&a;</Encrypt></xml>',
        '<!DOCTYPE xml SYSTEM "http://169.254.169.254/"><xml><Encrypt>a</Encrypt></xml>',
        "<xml>" * 10_000,
        b"<xml><Encrypt>\xff\xfe</Encrypt></xml>",
    ],
)
def test_s3_a_malformed_body_is_refused(callback: Any, queues: Any, body: Any) -> None:
    assert callback(request("POST", {"msg_signature": "s", "timestamp": str(NOW)}, body))["statusCode"] == 400


def test_s3_a_doctype_inside_the_sealed_event_is_refused(callback: Any, queues: Any) -> None:
    event = posted('<!DOCTYPE xml [<!ENTITY a "b">]><xml><Event>&a;</Event></xml>')

    assert callback(event)["statusCode"] == 400
    assert queues.messages("CorpEvents") == []


@pytest.mark.parametrize(("size", "status"), [(64 * 1024, 400), (64 * 1024 + 1, 413), (10_000_000, 413)])
@pytest.mark.parametrize("kind", [str, str.encode], ids=["plain", "base64"])
def test_s14_a_body_may_have_64_kib(callback: Any, size: int, status: int, kind: Any) -> None:
    assert callback(request("POST", {}, kind("x" * size)))["statusCode"] == status


def test_a_queue_that_is_away_asks_wecom_to_repeat(callback: Any, queues: Any) -> None:
    queues.client.delete_queue(QueueUrl=queues.url("CustomerEvents"))

    answer = callback(posted(added()))

    assert answer["statusCode"] == 503
    assert answer["headers"]["Retry-After"]


def test_each_receiver_has_its_own_token_and_key(callback: Any, queues: Any, parameters: Any) -> None:
    parameters("callbacks/kf", json.dumps({"token": "KfToken", "aes_key": OTHER_KEY.aes_key}))
    kf = Seal("KfToken", OTHER_KEY.aes_key, CORP_ID)

    assert callback(posted(added(), seal=kf, receiver="kf"))["statusCode"] == 200
    assert callback(posted(added(), seal=kf))["statusCode"] == 403
    assert callback(posted(added(), receiver="kf"))["statusCode"] == 403


def test_scanning_unknown_receivers_asks_for_each_name_once(
    callback: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scrm import secret_store

    asked: list[str] = []
    fetch = secret_store._fetch
    monkeypatch.setattr(secret_store, "_fetch", lambda name: (asked.append(name), fetch(name))[1])

    for _ in range(3):
        callback(posted(added(), receiver="guess"))
        callback(posted(added(), receiver="GUESS!"))

    assert asked == ["callbacks/guess"]


def test_the_log_is_one_line_with_ids_and_no_secret(callback: Any, capsys: Any) -> None:
    callback(posted(added()))

    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["message"] == "callback_queued"
    assert len(json.loads(line)["event_id"]) == 64
    assert "WELCOMECODE" not in line
    assert CALLBACK_TOKEN not in line
