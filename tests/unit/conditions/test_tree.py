"""Spec D5, SEG-02..06: what a condition says of one card, and what it does not know."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from scrm.cards.model import Card
from scrm.conditions.tree import holds, of_plain, selects

NOW = datetime.fromisoformat("2026-03-02T10:15:00+08:00")


def said(plain: dict[str, Any], **known: Any) -> bool | None:
    return holds(of_plain(plain, {"size": "number", "born": "date"}), Card("cu_1", **known), NOW)


def ago(**since: float) -> datetime:
    return NOW - timedelta(**since)


NOON = "1990-05-01T12:00:00+08:00"
UNREPLIED = {"field": "unreplied", "op": "is", "value": True}


def test_d5_without_a_conversation_feed_unreplied_is_unknown_and_so_is_its_opposite():
    assert said(UNREPLIED) is None
    assert said({"not": UNREPLIED}) is None
    assert not selects(of_plain({"not": UNREPLIED}), Card("cu_1"), NOW)


def test_seg_06_unreplied_is_a_customers_message_later_than_the_last_of_staff():
    assert said(UNREPLIED, customer_message_at=ago(hours=1)) is True
    assert said(UNREPLIED, customer_message_at=ago(hours=2), staff_message_at=ago(hours=1)) is False
    assert said(UNREPLIED, staff_message_at=ago(hours=1)) is False


@pytest.mark.parametrize(
    ("parts", "every", "some"),
    [
        ([], True, False),
        ([True, None], None, True),
        ([False, None], False, None),
        ([None], None, None),
        ([True, True], True, True),
        ([False, True], False, True),
    ],
)
def test_the_unknown_decides_only_where_nothing_else_does(parts, every, some):
    forms = {True: {"field": "friends", "op": "eq", "value": 0}, None: UNREPLIED}
    forms[False] = {"not": forms[True]}
    asked = [forms[each] for each in parts]

    assert said({"all": asked}) is every
    assert said({"any": asked}) is some


@pytest.mark.parametrize(
    ("op", "wanted", "answer"),
    [
        ("any", ["a", "x"], True),
        ("any", ["x"], False),
        ("all", ["a", "b"], True),
        ("all", ["a", "x"], False),
        ("none", ["x"], True),
        ("none", ["a", "x"], False),
    ],
)
def test_seg_04_tags_are_asked_for_with_any_all_and_none(op, wanted, answer):
    assert said({"field": "tags", "op": op, "value": wanted}, tags=("a", "b")) is answer


def test_a_set_is_never_unknown():
    assert said({"field": "tags", "op": "none", "value": ["a"]}) is True
    assert said({"field": "tags", "op": "any", "value": ["a"]}) is False


@pytest.mark.parametrize(("at", "inside"), [(-1, False), (0, True), (3599, True), (3600, False)])
def test_seg_02_between_takes_its_beginning_and_leaves_its_end(at, inside):
    start = datetime.fromisoformat("2026-03-01T00:00:00+08:00")
    asked = {"field": "added_at", "op": "between", "value": [start.isoformat(), "2026-03-01T01:00:00+08:00"]}

    assert said(asked, added_at=start + timedelta(seconds=at)) is inside


def test_the_last_days_end_where_older_begins():
    for gone, within in ((timedelta(days=30), False), (timedelta(days=30, seconds=-1), True)):
        known = NOW - gone
        assert said({"field": "added_at", "op": "within_days", "value": 30}, added_at=known) is within
        assert said({"field": "added_at", "op": "older_than_days", "value": 30}, added_at=known) is not within


def test_today_begins_at_midnight_in_beijing():
    today = {"field": "added_at", "op": "since_midnight", "value": 0}

    assert said(today, added_at=datetime.fromisoformat("2026-03-02T00:00:00+08:00")) is True
    assert said(today, added_at=datetime.fromisoformat("2026-03-01T23:59:59+08:00")) is False


@pytest.mark.parametrize(
    ("plain", "known", "answer"),
    [
        ({"field": "order_amount", "op": "gte", "value": 500000}, {"order_amount": 500000}, True),
        ({"field": "order_count", "op": "between", "value": [2, 3]}, {"order_count": 3}, False),
        ({"field": "stage", "op": "in", "value": ["意向"]}, {"stage": "意向"}, True),
        ({"field": "stage", "op": "not_in", "value": ["意向"]}, {}, None),
        ({"field": "name", "op": "contains", "value": "WANG"}, {"name": "Mr. Wang"}, True),
        ({"field": "staff", "op": "in", "value": ["LiSi"]}, {"userid": "lisi"}, True),
        ({"field": "score.intent", "op": "in", "value": ["high"]}, {"scores": {"intent": "high"}}, True),
        ({"field": "score.intent", "op": "gte", "value": 60}, {"scores": {"intent": "high"}}, None),
        ({"field": "score.intent", "op": "gte", "value": 60}, {"scores": {"intent": 61.5}}, True),
        ({"field": "field.size", "op": "lt", "value": 5}, {"fields": {"size": 4}}, True),
        ({"field": "field.size", "op": "lt", "value": 5}, {"fields": {"size": True}}, None),
        ({"field": "field.born", "op": "before", "value": NOON}, {"fields": {"born": "1990-05-01"}}, True),
        ({"field": "field.born", "op": "known", "value": False}, {}, True),
        ({"field": "is_member", "op": "is", "value": False}, {}, True),
        ({"field": "gone_field", "op": "is", "value": "x"}, {}, None),
    ],
)  # fmt: skip
def test_each_kind_of_field_answers_its_own_questions(plain, known, answer):
    assert said(plain, **known) is answer
