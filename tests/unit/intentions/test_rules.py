"""CUS-11: when a rule holds, from which moment on and until when."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from scrm.facts.model import Score
from scrm.intentions.model import Rule, score_of, settled
from scrm.timeline.model import Entry

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
DAY = timedelta(days=1)
RULE = Rule("ir_1", "看价格", "visit", 2, 7, "/price")


def visit(days_ago: float, page: str = "/price/a", kind: str = "visit", n: int = 0) -> Entry:
    return Entry(f"e{days_ago}-{n}", kind, NOW - days_ago * DAY, facts={"page": page})


def test_cus_11_two_price_pages_in_seven_days_are_high_with_the_rule_and_its_counts():
    score = score_of(RULE, [visit(6), visit(0)], NOW)

    assert (score.name, score.value, score.model) == ("intention", "high", "rule:ir_1")
    assert score.reason == "看价格：7 天内 2 次，达到 2 次（规则 ir_1）"
    assert score.expires_at is not None
    assert (score.at, score.expires_at) == (NOW, NOW + DAY)


def test_cus_11_one_at_day_0_and_one_at_day_8_are_none():
    assert score_of(RULE, [visit(8), visit(0)], NOW) is None


@pytest.mark.parametrize(("ago", "holds"), [(7 - 1 / 86400, True), (7, False)])
def test_cus_11_an_act_counts_until_it_is_exactly_seven_days_old(ago, holds):
    assert (score_of(RULE, [visit(ago), visit(0)], NOW) is not None) is holds


@pytest.mark.parametrize("order", list(permutations([5.0, 3.0, 1.0])))
def test_the_same_acts_give_the_same_score_in_any_order_and_it_lasts_while_two_are_left(order):
    score = score_of(RULE, [visit(each) for each in order], NOW)

    assert score.expires_at is not None
    assert (score.at, score.expires_at) == (NOW - DAY, NOW + 4 * DAY)
    assert score_of(RULE, [visit(each) for each in order], score.expires_at - DAY / 2) is not None
    assert score_of(RULE, [visit(each) for each in order], score.expires_at) is None


@pytest.mark.parametrize(
    ("page", "kind", "taken"),
    [
        ("/price", "visit", True),
        ("/pricelist", "visit", True),
        ("https://h5.example.com/price/1?x=1", "visit", True),
        ("https://h5.example.com/about?next=/price", "visit", False),
        ("/about", "visit", False),
        ("http://[broken/price", "visit", False),
        ("/price", "click", False),
        ("", "visit", False),
    ],
)
def test_a_rule_takes_what_begins_so(page, kind, taken):
    assert RULE.takes(visit(0, page, kind)) is taken


def test_without_a_match_every_act_of_the_kind_is_taken():
    assert Rule("r", "n", "menu", 1, 1).takes(Entry("e", "menu", NOW))


def score(model: str, at_days: float = 0, expires_days: float | None = None, value="high") -> Score:
    expires = None if expires_days is None else NOW + expires_days * DAY
    return Score("intention", value, model, NOW + at_days * DAY, expires_at=expires)


@pytest.mark.parametrize(
    ("known", "given", "stands"),
    [
        (score("rule:a", -1, 1), score("rule:a", 0, 2), "given"),
        (score("rule:a", 0, 9), score("rule:b", 0, 2), "known"),
        (score("rule:a", 0, 1), score("rule:b", -1, 2), "given"),
        (score("rule:a", 0, -1), score("rule:b", -1, 2), "given"),
        (score("llm", -1), score("rule:a", 0, 1), "given"),
        (score("llm", 1), score("rule:a", 0, 1), "known"),
        (score("llm", 0), score("rule:a", 0, 1), "known"),
        (score("llm", 0, 0), score("rule:a", -1, 1), "given"),
    ],
)
def test_which_score_of_a_name_stands(known, given, stands):
    other = Score("friendliness", 1, "llm", NOW)

    assert settled((other, known), [given], NOW) == (other, {"known": known, "given": given}[stands])


def test_two_rules_settle_alike_in_either_order_and_again():
    one, two = score("rule:a", 0, 1), score("rule:b", 0, 1)

    assert settled((), [one, two], NOW) == settled((), [two, one], NOW) == (two,)
    assert settled(settled((), [one, two], NOW), [one, two], NOW) == (two,)
