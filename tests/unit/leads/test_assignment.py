"""Who gets a lead: the oracles of spec 4.8 over the public functions (L1 to L12, L15, L20), and F1 to F3."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import gcd

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrm.leads.algorithms import Algorithm, Cursor, pick
from scrm.leads.candidates import Candidate
from scrm.leads.deciding import Decision, Rule, Sticky, decide

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
HANGZHOU, XIHU, NINGBO, BEIJING, ZHEJIANG = "330100", "330106", "330200", "110000", "330000"

Before = Callable[[int, dict[str, Candidate]], None]


class Desk:
    """One rule and its members, who are given one lead after the other."""

    def __init__(self, algorithm: Algorithm, *members: Candidate) -> None:
        self.members = {each.userid: replace(each, order_no=place) for place, each in enumerate(members)}
        self.rule = Rule("R", algorithm, ())
        self.cursor = Cursor()
        self.at = START

    def give(self, region: str = "") -> Decision:
        """Decide on one lead and count it against whoever gets it."""
        rule = replace(self.rule, members=tuple(self.members.values()), cursor=self.cursor)
        decision = decide((), (rule,), region)
        self.cursor = decision.cursor or self.cursor
        self.at += timedelta(minutes=1)
        if decision.userid in self.members:
            had = self.members[decision.userid]
            self.members[had.userid] = replace(
                had, open=had.open + 1, today=had.today + 1, last_assigned_at=self.at
            )
        return decision

    def change(self, userid: str, **changes: object) -> None:
        """Change how a member stands."""
        self.members[userid] = replace(self.members[userid], **changes)  # type: ignore[arg-type]

    def gives(self, leads: int) -> str:
        """Return who gets so many leads; a dot is the pool."""
        return "".join(self.give().userid or "." for _ in range(leads))


def test_l1_round_robin_goes_round() -> None:
    desk = Desk("round_robin", *map(Candidate, "ABC"))

    assert desk.gives(7) == "ABCABCA"
    assert desk.cursor.last == (0, "A")


def test_l2_who_is_off_is_passed_over_and_not_made_up_for() -> None:
    desk = Desk("round_robin", *map(Candidate, "ABC"))
    given_to = desk.gives(1)
    desk.change("B", on_leave=True)
    given_to += desk.gives(2)
    desk.change("B", on_leave=False)

    assert given_to + desk.gives(2) == "ACABC"


def test_l3_smooth_weights() -> None:
    desk = Desk("weighted", Candidate("A", weight=5), Candidate("B", weight=3), Candidate("C", weight=2))

    assert desk.gives(10) == "ABCAABACBA"
    assert set(desk.cursor.gained.values()) == {0}


def test_l3b_smooth_weights() -> None:
    desk = Desk("weighted", Candidate("A", weight=5), Candidate("B"), Candidate("C"))

    assert desk.gives(7) == "AABACAA"


def test_l4_who_has_reached_the_cap_neither_gains_nor_counts() -> None:
    desk = Desk("weighted", Candidate("A", weight=2, daily_cap=3), Candidate("B"), Candidate("C"))

    assert desk.gives(8) == "ABCAABCB"


def test_l5_load_ratio() -> None:
    desk = Desk(
        "load_ratio",
        Candidate("A", open=8, max_open=10),
        Candidate("B", open=10, max_open=20),
        Candidate("C", open=3, max_open=5),
    )

    assert desk.gives(8) == "BBCBBBBA"
    assert {name: each.open for name, each in desk.members.items()} == {"A": 9, "B": 16, "C": 4}


def test_l6_least_open() -> None:
    desk = Desk("least_open", Candidate("A", open=4), Candidate("B", open=2), Candidate("C", open=2))

    assert desk.gives(6) == "BCBCAB"


def test_l7_the_most_specific_region_that_has_anybody() -> None:
    desk = Desk(
        "round_robin",
        Candidate("A", regions=(ZHEJIANG,)),
        Candidate("B", regions=(HANGZHOU,)),
        Candidate("C"),
    )
    desk.rule = replace(desk.rule, by_region=True)

    assert [desk.give(region).userid for region in (XIHU, NINGBO, BEIJING)] == ["B", "A", "C"]

    desk.change("B", on_leave=True)
    assert desk.give(XIHU).userid == "A"


def test_l8_all_skills_or_the_pool() -> None:
    desk = Desk(
        "round_robin",
        Candidate("A", skills={"english": 3}),
        Candidate("B", skills={"english": 2, "saas": 1}, max_open=1),
        Candidate("C", skills={"saas": 3}),
    )
    desk.rule = replace(desk.rule, skills={"english": 2, "saas": 1})

    first, second = desk.give(), desk.give()

    assert first.userid == "B"
    assert (second.userid, second.why) == ("", "skill_unmet")
    assert second.stages[-1].judgement == {"A": "skill_unmet", "B": "full", "C": "skill_unmet"}


@pytest.mark.parametrize(
    ("on_shift", "opens_in_hours", "given_to", "waits"),
    [("A", 0, "A", 0), ("", 1, "", 1), ("", 13, "", 13)],
    ids=["10:00", "13:00 until B at 14:00", "20:00 until A at 09:00"],
)
def test_l9_off_hours_wait_for_the_next_shift(
    on_shift: str, opens_in_hours: int, given_to: str, waits: int
) -> None:
    desk = Desk("round_robin", *(Candidate(name, on_shift=name == on_shift) for name in "AB"))
    opens = START + timedelta(hours=opens_in_hours)
    desk.rule = replace(desk.rule, off_hours="queue_until_open", opens_at=opens)

    decision = desk.give()

    assert decision.userid == given_to
    assert decision.until == (START + timedelta(hours=waits) if waits else None)


def test_l9_off_hours_somebody_is_on_duty() -> None:
    desk = Desk("round_robin", *(Candidate(name, on_shift=False) for name in "AB"))
    desk.rule = replace(desk.rule, off_hours="duty", duty="D", opens_at=START)

    assert (desk.give().userid, desk.cursor) == ("D", Cursor())


def test_l11_a_sticky_owner_who_has_left_falls_through_to_the_algorithm() -> None:
    rule = Rule("R", "round_robin", tuple(map(Candidate, "AB")))

    decision = decide((Sticky("last_won", "U2", active=False),), (rule,), "")

    assert (decision.userid, decision.why) == ("A", "rule")
    assert decision.stages[0].code == "sticky_inactive"


def test_sticky_asks_for_no_room_and_moves_no_cursor() -> None:
    rule = Rule("R", "round_robin", tuple(map(Candidate, "AB")))

    decision = decide((Sticky("last_won", "gone", active=False), Sticky("friend", "U3")), (rule,), "")

    assert (decision.userid, decision.why, decision.cursor) == ("U3", "sticky", None)


def test_l12_beyond_all_caps_is_the_pool() -> None:
    desk = Desk("round_robin", Candidate("A", max_open=2), Candidate("B", max_open=1))

    assert desk.gives(5) == "ABA.."
    assert desk.give().why == "nobody_free"


def test_l15_an_ex_owner_waits() -> None:
    rule = Rule("R", "round_robin", tuple(map(Candidate, "AB")))

    assert decide((), (rule,), "", frozenset("A")).userid == "B"
    assert decide((), (replace(rule, members=(Candidate("A"),)),), "", frozenset("A")).why == "nobody_free"


def test_l20_tickets_by_load_ratio() -> None:
    desk = Desk(
        "load_ratio",
        Candidate("A", open=2, max_open=5),
        Candidate("B", open=1, max_open=4),
        Candidate("C", max_open=9, on_shift=False),
    )

    assert desk.gives(7) == "BABABA."


def test_no_one_free_in_the_first_rule_asks_the_next() -> None:
    full = Rule("first", "round_robin", (Candidate("A", open=1, max_open=1),))
    then = Rule("second", "round_robin", (Candidate("B"),))

    decision = decide((), (full, then), "")

    assert (decision.userid, decision.rule_id) == ("B", "second")
    assert [(each.subject, each.judgement) for each in decision.stages] == [
        ("first", {"A": "full"}),
        ("second", {"B": None}),
    ]


def test_who_joins_begins_without_a_debt_and_who_leaves_is_followed_by_the_next() -> None:
    three = [Candidate(name, order_no=place) for place, name in enumerate("ABC")]
    _, cursor = pick("round_robin", three[:2], Cursor((1, "B")))
    without_a, _ = pick("round_robin", three[1:], cursor)

    assert cursor.last == (0, "A")
    assert without_a.userid == "B"


@given(st.integers(2, 9), st.integers(1, 200))
def test_f1_round_robin_is_even_over_any_interval(members: int, leads: int) -> None:
    desk = Desk("round_robin", *(Candidate(f"u{place}") for place in range(members)))

    counts = [each.open for each in _after(desk, leads).values()]

    assert max(counts) - min(counts) <= 1


@given(st.lists(st.integers(1, 9), min_size=2, max_size=15), st.integers(1, 120))
def test_f2_weights_are_exact_at_every_round_and_near_between(weights: list[int], leads: int) -> None:
    desk = Desk("weighted", *(Candidate(f"u{place:02}", weight=each) for place, each in enumerate(weights)))
    whole = sum(weights)

    counts = _after(desk, leads)

    for each in counts.values():
        assert abs(each.open * whole - leads * each.weight) < 2 * whole
    if leads % (whole // gcd(*weights)) == 0:
        assert all(each.open * whole == leads * each.weight for each in counts.values())


@given(st.lists(st.integers(1, 5), min_size=2, max_size=6))
def test_f3_jain_index_after_ten_rounds(weights: list[int]) -> None:
    desk = Desk("weighted", *(Candidate(f"u{place}", weight=each) for place, each in enumerate(weights)))

    shares = [
        each.open / each.weight for each in _after(desk, 10 * sum(weights) // gcd(*weights) + 3).values()
    ]

    assert sum(shares) ** 2 / (len(shares) * sum(each * each for each in shares)) >= 0.99


def _after(desk: Desk, leads: int) -> Mapping[str, Candidate]:
    desk.gives(leads)
    return desk.members
