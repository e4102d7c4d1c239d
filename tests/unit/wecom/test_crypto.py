"""Forgeries: no altered bit passes, and every refusal looks alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrm.wecom.crypto import CallbackKey, Forged, is_fresh

KEY = CallbackKey("ScrmTestToken2024", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "wwscrmtest00000001")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def test_every_flipped_bit_of_a_signed_message_is_refused():
    sealed = KEY.seal(b"<xml><Event>x</Event></xml>", "n1", "1772417700", bytes(16))

    for position, letter in enumerate(sealed.encrypted):
        for bit in range(7):
            altered = (
                sealed.encrypted[:position] + chr(ord(letter) ^ (1 << bit)) + sealed.encrypted[position + 1 :]
            )
            with pytest.raises(Forged):
                KEY.open(sealed.msg_signature, "1772417700", "n1", altered)


@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=20), st.text(max_size=200))
def test_anything_but_wecoms_own_is_refused_with_the_same_words(signature, timestamp, nonce, encrypted):
    with pytest.raises(Forged) as refused:
        KEY.open(signature, timestamp, nonce, encrypted)
    assert str(refused.value) == "callback_refused"


@given(st.text(alphabet=ALPHABET, max_size=300))
def test_even_a_rightly_signed_forgery_is_refused_without_a_crash(encrypted):
    signature = KEY.signature("1", "n", encrypted)

    with pytest.raises(Forged):
        KEY.open(signature, "1", "n", encrypted)


@given(st.binary(max_size=600))
def test_what_we_seal_opens(message):
    sealed = KEY.seal(message, "n", "1772417700")

    assert KEY.open(sealed.msg_signature, "1772417700", "n", sealed.encrypted) == message


def test_a_key_does_not_show_its_secrets():
    shown = repr(KEY)

    assert "ScrmTestToken2024" not in shown
    assert "AAECAwQF" not in shown


@pytest.mark.parametrize("token", ["", "with space", "x" * 33, "中文"])
def test_a_token_the_console_would_refuse_is_refused(token):
    with pytest.raises(ValueError, match="token"):
        CallbackKey(token, "A" * 43, "ww1")


@pytest.mark.parametrize(
    ("stamp", "fresh"),
    [
        ("1000", True),
        ("400", True),
        ("399", False),
        ("1600", True),
        ("1601", False),
        ("", False),
        ("x", False),
        ("-5", False),
        ("９９９", False),
        ("9" * 5000, False),
    ],
)
def test_a_stamp_is_fresh_within_ten_minutes(stamp, fresh):
    assert is_fresh(stamp, 1000.0) is fresh
