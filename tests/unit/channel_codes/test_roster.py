"""Who a code leads to: eligibility, turns, caps, shifts (spec 4.2, 4.9, IDN-18)."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrm.channel_codes.model import Add, Channel, RosterEntry, Shift
from scrm.channel_codes.roster import (
    depends_on_time,
    forecast,
    needs_counting,
    on_code,
    on_shift,
    standing,
)
from scrm.staff.model import Directory, Member

NOW = datetime.fromisoformat("2026-03-02T10:15:00+08:00")
ABLE = frozenset("abc")


def at(text):
    return datetime.fromisoformat(f"{text}+08:00")


def adds(*userids):
    return [
        Add(userid, f"2026-03-02T01:{minute:02d}:00Z", f"e{minute}") for minute, userid in enumerate(userids)
    ]


def directory(*userids, **changes):
    members = [Member(each, each, can_contact=True) for each in userids]
    return Directory({each.key: replace(each, **changes.get(each.key, {})) for each in members})


def channel(*staff, **changes):
    return Channel("ch_1", "码", "phone", staff=staff, status="active", **changes)


def nginx(weights, scans):
    """The reference: nginx's smooth weighted round robin, ties to the first."""
    current, order = dict.fromkeys(weights, 0), []
    for _ in range(scans):
        for name, weight in weights.items():
            current[name] += weight
        best = max(current, key=lambda name: current[name])
        current[best] -= sum(weights.values())
        order.append(best)
    return order


@given(st.lists(st.integers(1, 9), min_size=1, max_size=5), st.integers(0, 60))
def test_turns_are_nginxs(weights, scans):
    staff = [RosterEntry(f"u{place}", weight) for place, weight in enumerate(weights)]
    able = frozenset(each.userid for each in staff)
    taken = []
    for _ in range(scans):
        day = standing(staff, able, adds(*taken))
        taken.append(day.next_of(staff).userid)

    assert taken == nginx({each.userid: each.weight for each in staff}, scans)


@given(
    st.lists(st.tuples(st.integers(1, 5), st.one_of(st.none(), st.integers(0, 8))), min_size=1, max_size=4),
    st.lists(st.integers(0, 3), max_size=20),
    st.integers(0, 60),
)
def test_a_forecast_loses_no_scan_and_breaks_no_cap(members, earlier, scans):
    staff = [RosterEntry(f"u{place}", weight, cap) for place, (weight, cap) in enumerate(members)]
    able = frozenset(each.userid for each in staff)
    before = adds(*(f"u{place}" for place in earlier))
    had = standing(staff, able, before)

    fallen = forecast(staff, able, before, NOW, scans)

    assert sum(fallen.scans.values()) + fallen.beyond == scans
    for each in staff:
        if each.daily_cap is not None and fallen.scans[each.userid]:
            assert had.count(each) + fallen.scans[each.userid] <= each.daily_cap


def test_a_joiner_starts_at_nothing_and_is_not_made_up_for():
    early = RosterEntry("a", 1)
    late = RosterEntry("b", 1, shifts=(Shift("10:00", "18:00"),))

    day = standing([early, late], ABLE, adds("a", "a", "a", "a"))

    assert day.turns == {"a": 0}
    assert forecast([early, late], ABLE, adds("a", "a", "a", "a"), NOW, 2).scans == {"a": 1, "b": 1}


def test_somebody_ineligible_neither_gains_nor_counts():
    capped = RosterEntry("b", 5, daily_cap=0)

    day = standing([RosterEntry("a", 1), capped], ABLE, adds("a"))

    assert day.turns == {"a": 0}


def test_a_customer_of_somebody_off_the_roster_moves_no_turn():
    day = standing([RosterEntry("a", 2), RosterEntry("b", 1)], ABLE, adds("fallback"))

    assert (day.turns, day.counts) == ({}, {"fallback": 1})


@pytest.mark.parametrize(
    ("moment", "on"),
    [
        ("2026-03-02T08:59:59", False),
        ("2026-03-02T09:00:00", True),
        ("2026-03-02T17:59:59", True),
        ("2026-03-02T18:00:00", False),
        ("2026-03-03T10:00:00", False),
    ],
)
def test_a_shift_is_closed_at_its_start_and_open_at_its_end(moment, on):
    monday = RosterEntry("a", shifts=(Shift("09:00", "18:00", (1,)),))

    assert on_shift(monday, at(moment)) is on


@pytest.mark.parametrize(
    ("moment", "on"),
    [
        ("2026-03-02T21:59:00", False),
        ("2026-03-02T22:00:00", True),
        ("2026-03-03T05:59:00", True),
        ("2026-03-03T06:00:00", False),
        ("2026-03-02T05:00:00", False),
        ("2026-03-03T23:00:00", False),
    ],
)
def test_a_shift_over_midnight_belongs_to_the_day_it_starts_on(moment, on):
    monday = RosterEntry("a", shifts=(Shift("22:00", "06:00", (1,)),))

    assert on_shift(monday, at(moment)) is on


def test_equal_weights_are_all_on_the_code_and_unequal_ones_in_turn():
    everybody = directory("a", "b")
    equal = channel(RosterEntry("a"), RosterEntry("b"))
    unequal = channel(RosterEntry("a"), RosterEntry("b", 2))

    assert on_code(equal, everybody, [], NOW).userids == ("a", "b")
    assert on_code(unequal, everybody, [], NOW) == type(on_code(unequal, everybody, [], NOW))(("b",), "turn")


@pytest.mark.parametrize(
    "change",
    [{"status": "disabled"}, {"status": "left"}, {"status": "not_activated"}, {"can_contact": False}],
)
def test_only_active_members_with_the_feature_are_on_the_code(change):
    found = on_code(channel(RosterEntry("a"), RosterEntry("B")), directory("a", "B", a=change), [], NOW)

    assert found.userids == ("B",)


def test_a_userid_is_found_however_it_is_spelled():
    found = on_code(channel(RosterEntry("Ann", daily_cap=1)), directory("ann"), adds("ANN"), NOW)

    assert found.why == "nobody"


def test_nobody_eligible_leads_to_the_fallback_and_without_one_nowhere_else():
    everybody = directory("a", "b")
    capped = channel(RosterEntry("a", daily_cap=0), fallback=("b",), on_code=("a",))

    assert on_code(capped, everybody, [], NOW).userids == ("b",)
    alone = on_code(replace(capped, fallback=()), everybody, [], NOW)
    assert (alone.userids, alone.why) == (("a",), "nobody")


def test_a_paused_code_leads_to_the_fallback():
    paused = replace(channel(RosterEntry("a"), fallback=("b",)), status="paused")

    assert on_code(paused, directory("a", "b"), [], NOW).userids == ("b",)


def test_what_a_channel_depends_on():
    plain = channel(RosterEntry("a"), RosterEntry("b"))
    capped = channel(RosterEntry("a", daily_cap=1))
    weighted = channel(RosterEntry("a", 2), RosterEntry("b"))
    shifted = channel(RosterEntry("a", shifts=(Shift("09:00", "18:00"),)))

    assert [needs_counting(each) for each in (plain, capped, weighted, shifted)] == [False, True, True, False]
    assert [depends_on_time(each) for each in (plain, capped, weighted, shifted)] == [False, True, True, True]
