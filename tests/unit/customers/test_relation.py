"""The relation state machine: spec 2.3 and 2.4, quality bar R14."""

from itertools import pairwise, permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrm.customers.relation import (
    MAX_FACTS,
    Fact,
    FactKind,
    by_handover,
    fold,
    knows,
    learn,
    observe,
    turns,
)


def fact(kind: FactKind, at: int, about: str = "") -> Fact:
    return Fact(kind, at, f"{kind}-{at}", about)


def learnt(*facts: Fact) -> tuple[Fact, ...]:
    """Return what is kept after these events have arrived in this order."""
    kept: tuple[Fact, ...] = ()
    forgotten = 0
    for each in facts:
        kept, forgotten = learn(kept, each, forgotten)
    return kept


LIVES = {
    "half, add, edit, deleted, added again, edit": (
        fact("half", 10),
        fact("add", 20),
        fact("edit", 30),
        fact("deleted_by_customer", 40),
        fact("add", 50, "ch_1"),
        fact("edit", 60),
    ),
    "both delete, twice": (
        fact("add", 10),
        fact("deleted_by_staff", 20),
        fact("deleted_by_customer", 30),
        fact("add", 40),
        fact("deleted_by_customer", 50),
        fact("deleted_by_staff", 60),
    ),
    "handed over and back": (
        fact("add", 10),
        fact("edit", 20),
        fact("transferred", 30),
        fact("deleted_by_customer", 40),
        fact("add", 50),
        fact("deleted_by_staff", 60),
    ),
    "everything in one second": (
        fact("add", 10),
        fact("half", 10),
        fact("edit", 10),
        fact("deleted_by_staff", 10),
        fact("deleted_by_customer", 10),
        fact("transferred", 11),
    ),
    "had by a handover, told late, given on": (
        fact("inherited", 10),
        fact("add", 12),
        fact("edit", 20),
        fact("transferred", 4000),
        fact("transferred", 4003),
        fact("add", 9000, "ch_1"),
    ),
    "found by reconciliation, told afterwards": (
        fact("observed", 10),
        fact("add", 12),
        fact("deleted_by_customer", 20),
        fact("observed", 30),
        fact("edit", 31),
        fact("deleted_by_staff", 40),
    ),
}


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES.keys())
def test_r14_all_720_orders_of_six_events_end_in_one_state(life: tuple[Fact, ...]) -> None:
    in_order = learnt(*life)

    for order in permutations(life):
        assert learnt(*order) == in_order
    assert fold(in_order) == fold(life)


@pytest.mark.parametrize("life", LIVES.values(), ids=LIVES.keys())
def test_duplicates_change_nothing(life: tuple[Fact, ...]) -> None:
    assert learnt(*life, *life, *reversed(life)) == learnt(*life)


def statuses(*facts: Fact) -> str:
    return fold(facts).status


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ((), "none"),
        ((fact("add", 1),), "active"),
        ((fact("half", 1),), "active"),
        ((fact("edit", 1),), "none"),
        ((fact("add", 1), fact("deleted_by_customer", 2)), "deleted_by_customer"),
        ((fact("add", 1), fact("deleted_by_staff", 2)), "deleted_by_staff"),
        ((fact("add", 1), fact("transferred", 2)), "transferred_out"),
        ((fact("add", 1), fact("deleted_by_customer", 2), fact("deleted_by_staff", 3)), "both_deleted"),
        ((fact("add", 1), fact("deleted_by_staff", 2), fact("deleted_by_customer", 3)), "both_deleted"),
        ((fact("add", 1), fact("deleted_by_staff", 2), fact("transferred", 3)), "deleted_by_staff"),
        ((fact("add", 1), fact("deleted_by_customer", 2), fact("transferred", 3)), "deleted_by_customer"),
        ((fact("add", 1), fact("transferred", 2), fact("deleted_by_customer", 3)), "transferred_out"),
        ((fact("add", 1), fact("deleted_by_customer", 2), fact("add", 3)), "active"),
        ((fact("add", 1), fact("transferred", 2), fact("add", 3)), "active"),
        ((fact("deleted_by_customer", 2),), "deleted_by_customer"),
        ((fact("add", 1), fact("transfer_failed", 2)), "active"),
        ((fact("add", 1), fact("archive_agreed", 2)), "active"),
    ],
)
def test_each_transition(facts: tuple[Fact, ...], status: str) -> None:
    assert statuses(*facts) == status


def test_a_period_ends_at_the_first_deletion() -> None:
    standing = fold((fact("add", 1), fact("deleted_by_customer", 5), fact("deleted_by_staff", 9)))

    (period,) = standing.periods
    assert period.end == standing.ended_at
    assert period.end is not None
    assert period.end.timestamp() == 5
    assert period.reason == "deleted_by_customer"


def test_within_one_second_the_deletion_follows_the_add() -> None:
    assert statuses(fact("deleted_by_customer", 7), fact("add", 7)) == "deleted_by_customer"


def test_a_half_add_and_its_add_are_one_period_that_began_with_the_half() -> None:
    (period,) = fold((fact("add", 9), fact("half", 3, "ch_1"))).periods

    assert period.start.timestamp() == 3
    assert period.channel_id == "ch_1"


@pytest.mark.parametrize("told_at", [-3000, -1, 0, 1, 3000])
def test_a_handover_and_the_add_that_tells_of_it_are_one_period_that_is_nobodys_new_customer(
    told_at: int,
) -> None:
    standing = fold([fact("inherited", 5000), fact("add", 5000 + told_at)])
    (period,) = standing.periods
    assert (period.start.timestamp(), period.inherited) == (5000 + min(told_at, 0), True)


def test_who_came_through_a_code_or_long_before_did_not_come_by_the_handover() -> None:
    for added in (fact("add", 1000), fact("add", 4990, "ch_1")):
        (period,) = fold([added, fact("inherited", 5000)]).periods
        assert (period.inherited, period.channel_id) == (False, added.about or None)


def test_turns_know_by_which_handover_they_came_about() -> None:
    ours, told = fact("transferred", 5000, "p1.0001"), fact("transferred", 5003)
    assert by_handover(told, [told]) == ""
    assert by_handover(told, [told, ours]) == "p1.0001"
    assert by_handover(fact("add", 5001), [fact("add", 5001), fact("inherited", 5000)]) == ""
    assert by_handover(fact("add", 1000), [fact("inherited", 5000)]) is None
    assert by_handover(fact("deleted_by_customer", 5000), [ours]) is None


def test_two_edits_of_one_second_are_both_looked_at() -> None:
    kept = learnt(fact("add", 1), Fact("edit", 9, "b"))

    assert not knows(kept, Fact("edit", 9, "a"))
    assert knows(learnt(*kept, Fact("edit", 9, "a")), Fact("edit", 9, "b"))


def test_of_edits_only_the_latest_is_kept_and_an_older_one_is_known() -> None:
    kept = learnt(fact("add", 1), fact("edit", 5), fact("edit", 9), fact("edit", 7))

    assert [each.at for each in kept if each.kind == "edit"] == [9]
    assert knows(kept, fact("edit", 8))
    assert not knows(kept, fact("edit", 10))


def test_a_transfer_failure_is_kept_for_the_handover_it_belongs_to() -> None:
    kept = learnt(fact("add", 1), fact("transfer_failed", 5, "customer_refused"))

    assert kept[-1].about == "customer_refused"


class TestReconciliation:
    """IDN-26: what WeCom lists and no callback told of."""

    def test_a_friendship_nobody_told_of_opens_a_period(self) -> None:
        seen = observe((), 10, "ch_1")

        assert seen is not None
        (period,) = fold((seen,)).periods
        assert (period.observed, period.channel_id) == (True, "ch_1")

    def test_a_known_friendship_is_left_alone(self) -> None:
        assert observe((fact("add", 12),), 10) is None
        assert observe((fact("add", 10),), 12) is None

    def test_the_same_friendship_is_found_once(self) -> None:
        seen = observe((), 10)
        assert seen is not None
        assert observe((seen,), 10) is None

    def test_an_old_friendship_never_revives_a_deleted_one(self) -> None:
        deleted = (fact("add", 10), fact("deleted_by_customer", 99))

        assert observe(deleted, 10) is None
        assert observe(deleted, 12) is None

    def test_a_friendship_after_a_deletion_is_new(self) -> None:
        deleted = (fact("add", 10), fact("deleted_by_customer", 99))
        seen = observe(deleted, 200)

        assert seen is not None
        assert len(fold((*deleted, seen)).periods) == 2

    @pytest.mark.parametrize("told_at", [8, 12])
    def test_the_callback_that_comes_after_all_adds_no_period(self, told_at: int) -> None:
        seen = observe((), 10)
        assert seen is not None

        assert len(fold((seen, fact("add", told_at))).periods) == 1

    def test_a_deletion_whose_add_was_lost_gets_its_period_back(self) -> None:
        lost = (fact("deleted_by_customer", 99),)
        seen = observe(lost, 10)

        assert seen is not None
        standing = fold((*lost, seen))
        assert (standing.status, len(standing.periods)) == ("deleted_by_customer", 1)


def restless(rounds: int) -> list[Fact]:
    """Return a life of friends who part and come back, one step a second."""
    kinds: tuple[FactKind, ...] = ("add", "deleted_by_customer")
    return [fact(kind, 2 * n + place) for n, (place, kind) in product(range(rounds), enumerate(kinds))]


def test_a_restless_relation_stays_small_and_true() -> None:
    kept: tuple[Fact, ...] = ()
    forgotten = 0
    for each in restless(1000):
        kept, forgotten = learn(kept, each, forgotten)

    assert len(kept) <= MAX_FACTS
    assert fold(kept).status == "deleted_by_customer"
    assert fold(kept).periods[-1] == fold(restless(1000)).periods[-1]
    assert knows(kept, restless(1000)[0], forgotten)


def test_repeated_adds_without_effect_go_first() -> None:
    facts = [fact("add", 1), *(Fact("add", n, f"again-{n}") for n in range(2, MAX_FACTS + 10))]

    kept = learnt(*facts)

    assert len(kept) <= MAX_FACTS
    assert fold(kept) == fold(facts)


facts_of_a_life = st.lists(
    st.builds(
        Fact,
        st.sampled_from(
            ("add", "half", "edit", "deleted_by_staff", "transferred", "deleted_by_customer", "inherited")
        ),
        st.integers(1, 20),
        st.text("abcdef", min_size=1, max_size=3),
    ),
    max_size=12,
)


@given(facts_of_a_life, st.randoms())
def test_any_life_in_any_order_with_repeats_ends_alike(life: list[Fact], random: object) -> None:
    distinct = list({each.event_id: each for each in life}.values())
    shuffled = [*distinct, *distinct[:4]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert fold(learnt(*shuffled)) == fold(distinct)


@given(facts_of_a_life)
def test_turns_tell_every_change_of_status_once(life: list[Fact]) -> None:
    found = turns(life)

    assert (found[-1].status if found else "none") == fold(life).status
    assert all(one.status != other.status for one, other in pairwise(found))
