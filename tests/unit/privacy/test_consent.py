"""Consent: the latest word holds, in whatever order words arrive (OAE-13)."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from scrm.customers.model import Customer
from scrm.customers.whole import united
from scrm.privacy.consent import Change, allows, may_market, told

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
ANYBODY = Customer("cu_1")


def word(given: bool, minutes: int = 0, purpose: str = "marketing") -> Change:
    return Change(purpose, given, NOON + timedelta(minutes=minutes), "会话", "lisi")  # type: ignore[arg-type]


def test_oae_13_who_has_said_nothing_may_be_marketed_to():
    assert may_market(ANYBODY, NOON)


def test_oae_13_who_opted_out_may_not():
    out = told(ANYBODY, [word(False)])

    assert not may_market(out, NOON)
    assert out.opted_out_at == NOON


def test_an_opt_in_after_an_opt_out_holds():
    back = told(told(ANYBODY, [word(False)]), [word(True, 5)])

    assert may_market(back, NOON + timedelta(minutes=5))
    assert back.opted_out_at is None


@pytest.mark.parametrize(
    "order", list(permutations([word(True), word(False, 5), word(False, 9), word(True, 9)]))
)
def test_every_order_of_words_ends_alike(order):
    known = ANYBODY
    for each in order:
        known = told(known, [each])

    assert known.consents["marketing"] == word(False, 9).plain
    assert known.opted_out_at == NOON + timedelta(minutes=9)


def test_a_word_of_one_purpose_says_nothing_of_another():
    known = told(ANYBODY, [word(False, purpose="profiling")])

    assert may_market(known, NOON)
    assert not allows(known, "profiling", NOON)
    assert known.opted_out_at is None


@pytest.mark.parametrize("purpose", ["chat_archive", "sensitive_data"])
def test_what_is_sensitive_needs_a_yes(purpose):
    assert not allows(ANYBODY, purpose, NOON)
    assert allows(told(ANYBODY, [word(True, purpose=purpose)]), purpose, NOON)


def test_whoever_opted_out_before_a_merge_stays_out():
    gone = told(Customer("cu_2", merged_into="cu_1"), [word(False)])

    assert not may_market(united((Customer("cu_1", absorbed=("cu_2",)), gone)), NOON)


def test_nobody_sends_to_the_erased():
    assert not may_market(Customer("cu_1", erased_at=NOON), NOON)
