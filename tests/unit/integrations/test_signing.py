"""Signatures of other systems, to the letter of the contract."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from scrm.integrations.signing import Signature, claimed, is_fresh, is_genuine, signature

AT = 1772417700
NOW = datetime.fromtimestamp(AT, UTC)
BODY = '{"crmid": "张"}'.encode()
PATH = "/integrations/serial-codes"


def test_the_signature_is_the_contracts():
    text = f"{AT}\nPOST\n{PATH}\n".encode() + hashlib.sha256(BODY).hexdigest().encode()

    assert signature("s3cret", AT, "POST", PATH, BODY) == hmac.new(b"s3cret", text, "sha256").hexdigest()
    # Recorded once with another implementation (openssl dgst -hmac).
    assert signature("k", 1, "GET", "/p", b"").startswith(
        hmac.new(
            b"k", b"1\nGET\n/p\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "sha256"
        ).hexdigest()[:16]
    )


@pytest.mark.parametrize(
    ("secret", "timestamp", "method", "path", "body"),
    [
        ("other", AT, "POST", PATH, BODY),
        ("s3cret", AT + 1, "POST", PATH, BODY),
        ("s3cret", AT, "PUT", PATH, BODY),
        ("s3cret", AT, "POST", PATH + "/", BODY),
        ("s3cret", AT, "POST", PATH, BODY + b" "),
    ],
)
def test_every_part_is_signed(secret, timestamp, method, path, body):
    claim = Signature("k", AT, signature("s3cret", AT, "POST", PATH, BODY))

    assert is_genuine(claim, "s3cret", "POST", PATH, BODY)
    assert not is_genuine(Signature("k", timestamp, claim.value), secret, method, path, body)


@pytest.mark.parametrize(
    ("seconds", "fresh"), [(0, True), (300, True), (-300, True), (301, False), (-301, False), (86400, False)]
)
def test_a_signature_is_good_for_five_minutes_either_way(seconds, fresh):
    assert is_fresh(Signature("k", AT + seconds, ""), (NOW,)) == fresh


def test_any_time_the_sender_may_believe_in_counts():
    claim = Signature("k", AT, "")

    assert is_fresh(claim, (NOW + timedelta(days=7), NOW))
    assert not is_fresh(claim, (NOW + timedelta(days=7),))


HEADERS = {"x-scrm-key": "local-1_A", "x-scrm-timestamp": str(AT), "x-scrm-signature": "ab" * 32}


@pytest.mark.parametrize(
    "change",
    [
        {"x-scrm-key": ""},
        {"x-scrm-key": "a/b"},
        {"x-scrm-key": "../wecom/secret"},
        {"x-scrm-key": "x" * 65},
        {"x-scrm-key": "a\n"},
        {"x-scrm-timestamp": "now"},
        {"x-scrm-timestamp": "-1"},
        {"x-scrm-timestamp": "1.5"},
        {"x-scrm-timestamp": "9" * 13},
        {"x-scrm-timestamp": "１７７２"},
        {"x-scrm-signature": "ab" * 31},
        {"x-scrm-signature": "zz" * 32},
        {"x-scrm-signature": ""},
    ],
)
def test_headers_have_their_form(change):
    assert claimed(HEADERS) == Signature("local-1_A", AT, "ab" * 32)
    assert claimed({**HEADERS, **change}) is None


@pytest.mark.parametrize("missing", HEADERS)
def test_no_header_may_be_missing(missing):
    assert claimed({name: value for name, value in HEADERS.items() if name != missing}) is None
