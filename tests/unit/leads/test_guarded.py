"""What must not be got around: an ex-owner's cooldown, a rule's skills, an absent duty, hidden numbers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scrm.channel_codes.model import Shift
from scrm.leads.algorithms import Cursor
from scrm.leads.candidates import Candidate
from scrm.leads.deciding import Rule, Sticky, decide
from scrm.leads.engine import decided_by
from scrm.leads.model import Cooldown, Lead
from scrm.leads.policy import Member, Pool, RuleOfPool, RuleSet, Standing, ready
from scrm.leads.steps import reopened
from scrm.leads.wanted import Wanted

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAYTIME = Shift("09:00", "18:00", (1, 2, 3, 4, 5))
TAKEN = Lead("L", "POOLED", "website", cooldowns=(Cooldown("D", NOW),), trigger="recycle", reason="R1")


def decided(
    lead: Lead, *, active: str = "AD", on_leave: str = "", shifts: tuple[Shift, ...] = (), duty: str = ""
):  # type: ignore[no-untyped-def]
    """Decide on a lead by one rule over A and D."""
    pool = Pool(
        "P", "公海", (Member("A", 0, skills={"english": 1}, shifts=shifts), Member("D", 1, shifts=shifts))
    )
    rule = RuleOfPool(
        "R",
        "P",
        skills={"english": 2} if lead.skills else {},
        duty=duty,
        off_hours="duty" if duty else "pool",
    )
    standing = Standing({}, {each.lower() for each in active}, {each.lower() for each in on_leave})
    return decided_by(RuleSet(1, (rule,), (pool,), "P"), lead, standing, {"R": (Cursor(), 0)}, NOW)


@pytest.mark.parametrize(
    ("active", "on_leave", "lead", "gets"),
    [
        ("AD", "", Lead("L", "NEW", "website"), "D"),
        ("A", "", Lead("L", "NEW", "website"), ""),
        ("AD", "D", Lead("L", "NEW", "website"), ""),
        ("AD", "", TAKEN, ""),
    ],
)
def test_l9_a_duty_who_left_is_away_or_just_lost_the_lead_does_not_get_it(
    active: str, on_leave: str, lead: Lead, gets: str
) -> None:
    found = decided(lead, active=active, on_leave=on_leave, shifts=(DAYTIME,), duty="D")

    assert (found.userid, found.why) == (gets, "duty" if gets else "off_hours")


def test_l15_l17_an_ex_owner_is_kept_out_however_they_are_spelled() -> None:
    rule = Rule("R", "round_robin", (Candidate("zhangsan"),))

    found = decide((Sticky("friend", "ZhangSan"),), (rule,), "", frozenset({"ZHANGSAN"}))

    assert (found.userid, found.why) == ("", "nobody_free")


def test_l17_the_next_owner_is_another_even_where_the_cooldown_is_over() -> None:
    ex_owner = replace(TAKEN, cooldowns=(Cooldown("A", NOW - timedelta(hours=9)),))

    assert decided(ex_owner).userid == "D"
    assert decided(ex_owner, active="A").userid == ""


def test_l8_what_a_source_asks_for_does_not_lower_what_the_rule_does() -> None:
    assert decided(Lead("L", "NEW", "website", skills={"english": 1})).why == "skill_unmet"


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("8000", True),
        ("13800138000", True),
        ("+86 138-0013-8000", True),
        ("38000", False),
        ("013800", False),
        ("3800138000", False),
    ],
)
def test_s5_a_search_does_not_tell_the_digits_that_are_hidden(q: str, found: bool) -> None:
    lead = Lead("L", "ASSIGNED", "website", keys=(("phone", "13800138000"),))

    assert Wanted(NOW, q=q).fits(lead) is found


def test_a_lead_that_is_opened_again_is_nobody_s_and_locked_for_nobody() -> None:
    lost = Lead("L", "LOST", "website", owner="U1", locked=True)

    assert not reopened(lost, "P", "manager", "boss", NOW, "again").locked


def test_l3_who_comes_back_to_a_rule_begins_anew() -> None:
    pool = Pool("P", "公海", (Member("A"), Member("B")))
    gained = Cursor((0, "A"), {"A": -1, "C": 5})
    rule = RuleOfPool("R", "P", "weighted")

    found = ready(
        rule, pool, gained, Standing({}, frozenset(), frozenset()), Lead("L", "NEW", "website"), NOW
    )

    assert found.cursor == Cursor((0, "A"), {"A": -1})


def test_le1_rules_behind_the_one_that_chooses_are_not_asked() -> None:
    def rules() -> Iterator[Rule]:
        yield Rule("R", "round_robin", (Candidate("A"),))
        raise AssertionError("asked")

    assert decide((Sticky("friend", "B", active=False),), rules(), "").userid == "A"
    pools = (Pool("P", "公海", (Member("A"),)),)
    many = tuple(RuleOfPool(f"R{number}", "P") for number in range(3))
    first = {"R0": (Cursor(), 0)}
    standing = Standing({}, {"a"}, frozenset())
    lead = Lead("L", "NEW", "website")
    assert decided_by(RuleSet(1, many, pools, "P"), lead, standing, first, NOW).userid == "A"
