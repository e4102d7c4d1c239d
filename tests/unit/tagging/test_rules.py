"""What a tag rule waits for (TAG-05): the kind, one of the values, the place, the hour and the weekday."""

from datetime import datetime
from typing import Any

import pytest

from scrm.settings.model import Hours
from scrm.tagging.rules import KINDS, Rule, met

MONDAY = datetime.fromisoformat("2026-03-02T10:15:00+08:00")


def rule(**changes: Any) -> Rule:
    return Rule(**{"rule_id": "tr_1", "name": "规则", "kind": "menu", "tag_ids": ("t1",), **changes})


@pytest.mark.parametrize(
    ("changes", "kind", "facts", "found"),
    [
        ({"values": ("保养",)}, "menu", {"item": "保养"}, True),
        ({"values": ("保养",)}, "menu", {"item": " 保养 "}, True),
        ({"values": ("KEY_A", "KEY_B")}, "menu", {"item": "key_b"}, True),
        ({"values": ("保养",)}, "menu", {"item": "洗车"}, False),
        ({"values": ("保养",)}, "click", {"target": "保养"}, False),
        ({"values": ("保养",)}, "menu", {}, False),
        ({}, "menu", {}, True),
        ({"enabled": False}, "menu", {}, False),
        ({"kind": "keyword", "values": ("价格",)}, "keyword", {"word_class": "价格"}, True),
        ({"kind": "check_in", "values": ("上海门店",)}, "check_in", {"place": "上海门店"}, True),
        ({"kind": "scan", "values": ("SH-01",)}, "scan", {"code": "sh-01"}, True),
    ],
)
def test_tag_05_kind_and_value(changes: Any, kind: str, facts: Any, found: bool) -> None:
    assert rule(**changes).met_by(kind, MONDAY, facts) is found


@pytest.mark.parametrize(
    ("changes", "at", "found"),
    [
        ({"hours": Hours("09:00", "10:15")}, "2026-03-02T10:14:59+08:00", True),
        ({"hours": Hours("09:00", "10:15")}, "2026-03-02T10:15:00+08:00", False),
        ({"hours": Hours("22:00", "02:00")}, "2026-03-02T17:30:00+00:00", True),
        ({"weekdays": (1,)}, "2026-03-01T16:00:00+00:00", True),
        ({"weekdays": (1,)}, "2026-03-01T15:59:59+00:00", False),
    ],
)
def test_tag_05_hour_and_weekday_are_beijings(changes: Any, at: str, found: bool) -> None:
    assert rule(**changes).met_by("menu", datetime.fromisoformat(at), {}) is found


def test_an_event_may_meet_several_rules() -> None:
    rules = [rule(), rule(rule_id="tr_2", values=("x",)), rule(rule_id="tr_3", values=("保养",))]

    assert met(rules, "menu", MONDAY, {"item": "保养"}) == ["tr_1", "tr_3"]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_rule_is_a_kind_of_trace(kind: str) -> None:
    from scrm.timeline.model import KINDS as TRACES

    assert kind in TRACES
    assert rule(kind=kind).met_by(kind, MONDAY, {})
