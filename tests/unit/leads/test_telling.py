"""What staff read of a lead: every stage with its reason, steps and waits in words (spec 4.1)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scrm.changes.leads import lead_changed
from scrm.leads.model import Lead
from scrm.leads.pipeline import stages_of
from scrm.leads.policy import Fits, Pool, RuleOfPool, RuleSet
from scrm.leads.protection import Policy
from scrm.leads.sentences import DecisionTold, StageTold, comes_next, step_told
from scrm.leads.views import contacts_out

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
LEAD = Lead("L", "NEW", "website", "陈一", keys=(("phone", "13800138000"),), region="330106")
RULES = RuleSet(
    1,
    (
        RuleOfPool("活动", "P", priority=1, fits=Fits(campaigns=("春季",), regions=("310000",))),
        RuleOfPool("旧", "P", priority=2, enabled=False),
        RuleOfPool("华东", "P", priority=3, fits=Fits(regions=("330000",))),
        RuleOfPool("其余", "P", priority=9),
    ),
    (Pool("P", "华东公海"),),
    "P",
)


def test_4_1_every_stage_down_to_the_rule_that_chose_says_its_reason() -> None:
    chose = StageTold("rule", "华东", "round_robin", "规则「华东」：轮流分配")
    decided = DecisionTold("rule", "按规则分配", 1, "华东", (chose,))

    told = stages_of(replace(LEAD, previous_lead_id="L0"), decided, RULES)

    assert [(each.stage, each.subject, each.code) for each in told] == [
        ("normalise", "", "keys"),
        ("blacklist", "", "passed"),
        ("dedupe", "L0", "previous"),
        ("sticky", "", "none"),
        ("rule", "活动", "not_fitting"),
        ("rule", "旧", "disabled"),
        ("rule", "华东", "round_robin"),
    ]
    assert told[4].sentence == "规则「活动」：不适用，活动、地区不符"


def test_4_1_without_a_rule_each_says_why_it_is_not_for_the_lead() -> None:
    rules = replace(RULES, rules=RULES.rules[:2])

    told = stages_of(LEAD, DecisionTold("no_rule", "没有适用的分配规则", 1, None), rules)

    assert [each.code for each in told if each.stage == "rule"] == ["not_fitting", "disabled"]


def test_4_2_whoever_knows_the_person_is_asked_before_any_rule() -> None:
    sticky = StageTold("sticky", "lisi", "last_won", "李四曾与其成交")

    told = stages_of(LEAD, DecisionTold("sticky", "", 1, None, (sticky,)), RULES)

    assert [each.stage for each in told] == ["normalise", "blacklist", "dedupe", "sticky"]


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        ({"trigger": "create", "reason": "blacklist"}, "线索进入系统（在黑名单中）"),
        ({"trigger": "refund", "reason": "refunded"}, "全额退款，成交作废"),
        ({"trigger": "clean", "reason": "外呼结果"}, "核实为有效（外呼结果）"),
        (
            {"trigger": "recycle", "by": "lisi", "former": "LiSi", "reason": "不合适"},
            "李四退回公海（不合适）",
        ),
        ({"trigger": "recycle", "by": "admin", "former": "lisi", "reason": "离岗"}, "从李四收回（离岗）"),
        (
            {"trigger": "recycle", "by": "system", "former": "lisi", "reason": "R4"},
            "从李四收回（到达最长持有时间）",
        ),
    ],
)
def test_a_step_is_told_in_words(step: dict[str, str], sentence: str) -> None:
    assert step_told({"to": "POOLED", **step}, {"lisi": "李四"}).sentence == sentence


def test_led_10_a_lead_that_is_to_be_cleaned_says_that_it_waits_for_that() -> None:
    (next_,) = comes_next(replace(LEAD, uncleaned=True), Policy(), "", {}, NOW)

    assert (next_.code, next_.sentence) == ("clean", "核实为有效后分配")


def test_a_planned_follow_up_that_was_missed_says_so() -> None:
    lead = replace(LEAD, status="FOLLOWING", owner="lisi", next_follow_at=NOW)

    (before,) = comes_next(lead, Policy(), "", {}, NOW - timedelta(minutes=1))
    (after,) = comes_next(lead, Policy(), "", {}, NOW + timedelta(minutes=1))

    assert (before.sentence, after.sentence) == (
        "计划下次跟进：2026-03-02 10:15",
        "计划下次跟进：2026-03-02 10:15，已过期",
    )


def test_led_11_one_number_is_shown_once_whatever_its_source_calls_it() -> None:
    detail = {"contacts": [{"type": "mobile", "value": "13800138000"}]}
    lead = replace(LEAD, keys=(*LEAD.keys, ("crmid", "C-1")))

    assert [(each.kind, each.value) for each in contacts_out(lead, detail)] == [
        ("mobile", "138****8000"),
        ("crmid", "C-1"),
    ]


@pytest.mark.parametrize(
    ("reason", "title"),
    [
        ("R1", "线索「陈一」已不再由你负责：未在规定时间内首次跟进"),
        ("客户 13900139000 投诉", "线索「陈一」已不再由你负责"),
    ],
)
def test_whoever_loses_a_lead_is_told_by_which_rule_and_nobodys_words(reason: str, title: str) -> None:
    had = replace(LEAD, status="ASSIGNED", owner="lisi", version=2, updated_at=NOW)
    lost = replace(
        had, status="POOLED", owner="", version=3, trigger="recycle", reason=reason, updated_by="x"
    )

    told = [each.notice for each in lead_changed(had, lost, None) if hasattr(each, "notice")]

    assert [(each.userid, each.facts["title"]) for each in told] == [("lisi", title)]
