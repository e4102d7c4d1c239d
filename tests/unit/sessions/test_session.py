"""How long a session lives, and whose text is believed."""

from datetime import UTC, datetime, timedelta

import pytest

from scrm.sessions.session import Session, Signer, session_of, text_of

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
AT = int(NOW.timestamp())
BEGUN = Session("s1", "Ann", AT, AT)
KEYS = ["newest", "older"]


@pytest.mark.parametrize(
    ("idle", "alive", "renewed"),
    [
        (timedelta(0), True, False),
        (timedelta(minutes=29, seconds=59), True, False),
        (timedelta(minutes=30), True, True),
        (timedelta(hours=2, seconds=-1), True, True),
        (timedelta(hours=2), False, True),
        (timedelta(days=400), False, True),
    ],
)
def test_a_session_left_alone_ends_after_two_hours(idle, alive, renewed):
    assert (BEGUN.is_alive(NOW + idle), BEGUN.wants_renewal(NOW + idle)) == (alive, renewed)


def test_a_session_in_use_ends_after_twelve_hours():
    session, now = BEGUN, NOW
    for _ in range(23):
        now += timedelta(minutes=31)
        session = session.renewed(now)

    assert session.is_alive(NOW + timedelta(hours=12, seconds=-1))
    assert not session.is_alive(NOW + timedelta(hours=12))
    assert session.expires_at == NOW + timedelta(hours=12)


def test_a_text_leads_back_to_its_session():
    assert session_of(text_of(BEGUN, KEYS), KEYS) == BEGUN


def test_an_older_key_still_reads_and_no_longer_signs():
    signed_before = text_of(BEGUN, ["older"])

    assert session_of(signed_before, KEYS) == BEGUN
    assert session_of(text_of(BEGUN, KEYS), ["older"]) is None


def test_a_text_of_another_purpose_is_no_session():
    text = Signer(KEYS, "login").sign(["s1", "Ann", AT, AT])

    assert session_of(text, KEYS) is None


@pytest.mark.parametrize("index", range(len(text_of(BEGUN, KEYS))))
def test_a_changed_character_is_noticed(index):
    text = text_of(BEGUN, KEYS)
    changed = text[:index] + ("A" if text[index] != "A" else "B") + text[index + 1 :]

    found = session_of(changed, KEYS)

    # The last character of base64 carries bits that mean nothing.
    assert found is None or (found == BEGUN and index == len(text) - 1)


@pytest.mark.parametrize("text", ["", ".", "a.b", "é", "\ud800", "..", "x" * 10_000, "null.sig", "\x00"])
def test_what_is_no_text_of_ours_is_no_session(text):
    assert session_of(text, KEYS) is None


def test_a_signed_text_of_another_shape_is_no_session():
    for content in (None, 5, {}, [], ["s1"], ["s1", "Ann", AT, AT, "more"]):
        assert session_of(Signer(KEYS, "session").sign(content), KEYS) is None
