"""A set of rules is read as it was written."""

from datetime import timedelta

from scrm.channel_codes.model import Shift
from scrm.leads.plain import plain_rules, rules_of
from scrm.leads.policy import Fits, Member, Pool, RuleOfPool, RuleSet
from scrm.leads.protection import Policy

FULL = RuleSet(
    7,
    (
        RuleOfPool(
            "R",
            "P",
            "weighted",
            5,
            Fits(sources=("website",), regions=("330000",)),
            ("A",),
            {"english": 2},
            True,
            "duty",
            "D",
            enabled=False,
        ),
        RuleOfPool("S", "P"),
    ),
    (
        Pool(
            "P",
            "公海",
            (
                Member("A", 1, 3, 10, 5, {"saas": 1}, ("330100",), (Shift("09:00", "12:00", (1, 2)),)),
                Member("B"),
            ),
            ("D",),
            3,
            0,
            Policy(7, 2, None, 0, timedelta(hours=2), 3, 4, timedelta(hours=1)),
        ),
        Pool("Q", "空"),
    ),
    "Q",
)


def test_what_is_written_is_read_the_same() -> None:
    assert rules_of(plain_rules(FULL), 7) == FULL
    assert rules_of(plain_rules(RuleSet()), 0) == RuleSet()


def test_what_is_usual_takes_no_room_and_zero_is_not_nothing() -> None:
    plain = plain_rules(FULL)

    assert plain["rules"][1] == {"rule_id": "S", "pool_id": "P"}
    assert plain["pools"][0]["hold_cap"] == 0
    assert plain["pools"][0]["protection"]["max_days"] is None
