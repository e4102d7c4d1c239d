"""Whose sale an order is: L19, and the readings of 4.6 and 4.9."""

from datetime import UTC, datetime, timedelta

import pytest

from scrm.attribution.deciding import by_channel, decide
from scrm.attribution.model import CameBy, Evidence, Friend, Lead, Shared, Terms

PAID = datetime(2026, 3, 20, 2, 15, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
TERMS = Terms()


def on(day, hour=2):
    return datetime(2026, 3, day, hour, 15, tzinfo=UTC)


def share(userid, at, how="sent", share_id="s1"):
    return Shared(at, userid, share_id, how)


def members(evidence, terms=TERMS):
    decision = decide(evidence, PAID, terms)
    return decision.rule, decision.members


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        (Evidence((share("U1", on(10)),), Lead("U2")), ("share", (("U1", 1),))),
        (Evidence((share("U1", on(1)),), Lead("U2")), ("lead", (("U2", 1),))),
        (Evidence((share("U1", on(10)), share("U3", on(18))), Lead("U2")), ("share", (("U3", 1),))),
        (Evidence(), ("none", (("", 1),))),
    ],
    ids=["share", "share 19 days old", "two shares", "none and no owner"],
)
def test_l19_staff(evidence, expected):
    assert members(evidence) == expected


@pytest.mark.parametrize(
    ("at", "rule"),
    [
        (PAID - 14 * DAY, "share"),
        (PAID - 14 * DAY - SECOND, "none"),
        (PAID, "share"),
        (PAID + SECOND, "none"),
        (PAID - 14 * DAY + timedelta(microseconds=-1), "none"),
    ],
)
def test_4_9_the_window_is_inclusive_by_the_second(at, rule):
    assert members(Evidence((share("U1", at),)))[0] == rule


def test_a_click_counts_like_a_send_and_the_later_act_decides():
    shares = (share("U1", on(12)), share("U1", on(19), "opened"), share("U3", on(18), share_id="s3"))
    assert members(Evidence(shares)) == ("share", (("U1", 1),))
    of_one_second = (share("U3", PAID, "sent", "z"), share("U1", PAID, "ordered", "a"))
    assert members(Evidence(of_one_second)) == ("share", (("U1", 1),))


@pytest.mark.parametrize(
    ("inherited", "expected"),
    [
        (5, (("U2", 40), ("U1", 60))),
        (30, (("U2", 40), ("U1", 60))),
        (31, (("U2", 1),)),
        (-1, (("U2", 1),)),
    ],
)
def test_l19b_an_owner_by_inheritance_shares_with_the_former_for_30_days(inherited, expected):
    lead = Lead("U2", "U1", PAID - inherited * DAY)
    assert members(Evidence(lead=lead)) == ("lead", expected)


def test_inheritance_does_not_matter_where_a_share_decides():
    evidence = Evidence((share("U3", on(18)),), Lead("U2", "U1", on(15)))
    assert members(evidence) == ("share", (("U3", 1),))


def test_the_split_is_configured_and_nobody_is_named_with_nothing():
    lead = Lead("U2", "U1", PAID - DAY)
    assert members(Evidence(lead=lead), Terms(old_percent=100))[1] == (("U1", 100),)
    assert members(Evidence(lead=lead), Terms(old_percent=0))[1] == (("U2", 100),)
    assert members(Evidence(lead=Lead("U2", "u2", PAID - DAY)))[1] == (("U2", 1),)


def test_rule_3_is_the_friend_of_the_latest_contact_within_30_days():
    friends = (Friend("U4", on(3)), Friend("U5", on(4)), Friend("U6", PAID + SECOND))
    assert members(Evidence(friends=friends)) == ("friend", (("U5", 1),))
    assert members(Evidence(friends=(Friend("U4", PAID - 30 * DAY),)))[0] == "friend"
    assert members(Evidence(friends=(Friend("U4", PAID - 30 * DAY - SECOND),)))[0] == "none"
    assert members(Evidence(friends=(Friend("ub", on(4)), Friend("Ua", on(4)))))[1] == (("Ua", 1),)
    assert members(Evidence(lead=Lead("U2"), friends=friends))[0] == "lead"


def came(*channels):
    return [CameBy(channel, on(1) + place * DAY) for place, channel in enumerate(channels)]


@pytest.mark.parametrize(
    ("channels", "mode", "expected"),
    [
        ((), "first", {"": 1}),
        (("A", "B", "C"), "first", {"A": 1}),
        (("A", "B", "C"), "last", {"C": 1}),
        (("A",), "40-20-40", {"A": 1}),
        (("A", "B"), "40-20-40", {"A": 1, "B": 1}),
        (("A", "B", "C"), "40-20-40", {"A": 40, "B": 20, "C": 40}),
        (("A", "B", "C", "D"), "40-20-40", {"A": 80, "B": 20, "C": 20, "D": 80}),
        (("A", "B", "A"), "40-20-40", {"A": 80, "B": 20}),
    ],
)
def test_4_9_channels_by_first_last_or_position(channels, mode, expected):
    assert dict(by_channel(came(*channels), PAID, mode)) == expected


def test_a_channel_after_the_payment_brought_nobody_to_pay():
    assert by_channel([CameBy("A", PAID + SECOND)], PAID, "last") == (("", 1),)
