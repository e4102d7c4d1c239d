"""Every vector of crypto-vectors.json: public ones from WeCom's documents and libraries, and made ones.

The lenient case is decided: a message padded to 16 bytes is accepted, since it is signed and encrypted with
the receiver's own keys and its padding is well formed.
"""

import json
from pathlib import Path

import pytest

from scrm.wecom.crypto import CallbackKey, Forged
from scrm.wecom.jssdk import signature

VECTORS = json.loads(Path(__file__).with_name("crypto-vectors.json").read_text(encoding="utf-8"))
REASONS = {
    "signature_mismatch": {"signature"},
    "receive_id_mismatch": {"receive_id"},
    "bad_padding": {"padding"},
    "bad_length": {"length"},
    "decrypt_failed": {"decrypt"},
    "bad_padding or bad_length or receive_id_mismatch": {"padding", "length", "receive_id"},
}


def by_id(section):
    return [pytest.param(vector, id=vector["id"]) for vector in VECTORS[section]]


def key_of(vector, receive_id=None):
    credential = VECTORS["credentials"][vector["credential"]]
    expected = vector.get("receive_id", vector.get("expected_receive_id", credential["corp_id"]))
    receive_id = expected if receive_id is None else receive_id
    return CallbackKey(credential["token"], credential["encoding_aes_key"], receive_id)


def opened(key, vector):
    return key.open(vector["msg_signature"], vector["timestamp"], vector["nonce"], vector["encrypt"])


@pytest.mark.parametrize("vector", by_id("decrypt"))
def test_a_genuine_message_opens_and_seals_back_to_the_same_bytes(vector):
    key = key_of(vector)

    message = opened(key, vector)
    again = key.seal(message, vector["nonce"], vector["timestamp"], bytes.fromhex(vector["random_hex"]))

    assert message.decode() == vector["plaintext"]
    assert len(message) == vector["msg_len"]
    assert (again.encrypted, again.msg_signature) == (vector["encrypt"], vector["msg_signature"])


@pytest.mark.parametrize("vector", by_id("encrypt"))
def test_a_reply_is_sealed_as_the_official_libraries_do_it(vector):
    key = key_of(vector)

    sealed = key.seal(
        vector["plaintext"].encode(), vector["nonce"], vector["timestamp"], vector["random_ascii"].encode()
    )

    assert sealed.encrypted == vector["expected_encrypt"]
    assert sealed.msg_signature == vector["expected_signature"]
    assert sealed.reply_xml() == vector["expected_reply_xml"]


@pytest.mark.parametrize("vector", by_id("negative"))
def test_what_is_not_genuine_is_refused_with_one_error(vector):
    expected = next(reasons for name, reasons in REASONS.items() if vector["expect"].split(" (")[0] == name)

    with pytest.raises(Forged) as refused:
        opened(key_of(vector), vector)

    assert refused.value.reason in expected
    assert str(refused.value) == "callback_refused"


@pytest.mark.parametrize("vector", by_id("lenient"))
def test_padding_to_sixteen_bytes_is_accepted(vector):
    assert len(opened(key_of(vector), vector).decode()) == 506


@pytest.mark.parametrize("vector", by_id("decrypt"))
def test_a_message_for_another_receiver_is_refused(vector):
    with pytest.raises(Forged):
        opened(key_of(vector, receive_id=vector["receive_id"] + "x"), vector)


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=f"{i}-{case['why'][:40]}") for i, case in enumerate(VECTORS["encoding_aes_keys"])],
)
def test_only_keys_the_console_makes_are_accepted(case):
    if case["valid"]:
        CallbackKey("token", case["encoding_aes_key"], "ww1")
        return
    with pytest.raises(ValueError, match="EncodingAESKey") as refused:
        CallbackKey("token", case["encoding_aes_key"], "ww1")
    assert not case["encoding_aes_key"] or case["encoding_aes_key"] not in str(refused.value)


@pytest.mark.parametrize("vector", by_id("jsapi_signature"))
def test_a_page_is_signed_as_documented(vector):
    signed = signature(vector["jsapi_ticket"], vector["noncestr"], vector["timestamp"], vector["url"])
    with_fragment = signature(
        vector["jsapi_ticket"], vector["noncestr"], int(vector["timestamp"]), vector["url"] + "#/followups"
    )

    assert signed == with_fragment == vector["signature"]
