"""A lead's row: read as it was written, and small enough that giving it costs what the bar says."""

import json
import random
from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from scrm.leads.candidates import REASONS
from scrm.leads.deciding import Decision, Stage
from scrm.leads.explaining import folded, unfolded
from scrm.leads.model import Cooldown, Lead
from scrm.leads.stored import lead_of, text_of

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIRST, SECOND = NOW + timedelta(hours=1), NOW + timedelta(days=3)
FULL = Lead(
    "ld_1",
    "NURTURE",
    "website",
    "王小明",
    "杭州某某科技有限公司",
    (("phone", "13900000001"), ("crmid", "C-1")),
    "lisi",
    "P",
    "ch_1",
    "spring",
    "training",
    "330106",
    {"userid": 2, "until": 3},
    "cu_1",
    ("官网", "高意向"),
    60,
    NOW,
    FIRST,
    SECOND,
    FIRST,
    NOW,
    SECOND,
    FIRST,
    NOW,
    SECOND,
    FIRST,
    2,
    (Cooldown("lisi", NOW),),
    (("friend", "wangwu"),),
    "ld_0",
    "ld_2",
    "POOLED",
    ("ld_3",),
    NOW,
    True,
    True,
    "approved",
    "self_share",
    "INTENT",
    "recycle",
    "R2",
    "system",
    3,
    4,
    "admin",
    NOW,
    NOW,
)


def test_led_11_every_field_of_a_lead_is_read_as_it_was_written() -> None:
    assert all(getattr(FULL, each.name) not in (each.default, {}, ()) for each in fields(Lead))
    assert lead_of("ld_1", text_of(FULL)) == FULL
    assert len(json.loads(text_of(FULL))) == len(fields(Lead)) - 1
    assert lead_of("L", text_of(Lead("L", "NEW", "website"))) == Lead("L", "NEW", "website")


@pytest.mark.parametrize("ways", [1, 2, 3, 9])
@pytest.mark.parametrize("members", [0, 1, 24, 25, 1000])
def test_led_11_an_explanation_says_of_each_member_how_they_stood(ways: int, members: int) -> None:
    dice = random.Random(f"{ways}#{members}")
    stood = {f"m{number}": dice.choice((None, *REASONS)[:ways]) for number in range(members)}

    plain = folded(Decision("m0", "rule", "R", stages=(Stage("rule", "R", "round_robin", stood),)), 7)
    told = unfolded(json.loads(json.dumps(plain)), {"R": list(stood)})["stages"][0]["members"]

    assert {each["userid"]: each["reason"] for each in told} == stood


def test_le1_a_thousand_members_in_three_ways_are_250_bytes() -> None:
    dice = random.Random(3)
    stood = {f"m{number}": dice.choice((None, "full", "inactive")) for number in range(1000)}

    plain = folded(Decision("m0", "rule", "R", stages=(Stage("rule", "R", "round_robin", stood),)), 7)

    assert len(plain["stages"][0][3]) < 260
