"""The stretches of a relation, as reports and cards see them."""

from itertools import permutations

import pytest

from scrm.cards.model import Card
from scrm.cards.stored import card_of, text_of
from scrm.customers import stays
from scrm.customers.relation import Fact, FactKind
from scrm.customers.stays import Stay, stay_of, stays_of, taken_over, told_apart


def fact(kind: FactKind, at: int, about: str = "") -> Fact:
    return Fact(kind, at, f"{kind}-{at}", about)


def test_every_stretch_with_all_its_ends_in_any_order_of_arrival() -> None:
    told = (
        fact("add", 10, "ch_1"),
        fact("deleted_by_staff", 20),
        fact("deleted_by_customer", 30),
        fact("add", 40),
        fact("transferred", 50),
    )
    expected = (Stay(10, "ch_1", left_at=30, removed_at=20), Stay(40, moved_at=50))
    assert {stays_of(each) for each in permutations(told)} == {expected}
    assert [each.end for each in expected] == [20, 50]


def test_a_handover_of_ours_is_told_by_its_own_fact_and_names_no_channel() -> None:
    inherited = fact("inherited", 100, "p1.0001")
    again = (fact("deleted_by_customer", 200), fact("add", 300))
    assert stays_of([inherited, *again], 1) == (Stay(100, left_at=200, assigned=True), Stay(300))
    assert stays_of([fact("add", 99), inherited], 1) == (Stay(99, assigned=True),)


def test_a_deletion_whose_add_nobody_knows_and_a_friendship_that_lasts() -> None:
    assert stays_of([fact("deleted_by_customer", 5), fact("add", 9)]) == (Stay(None, left_at=5), Stay(9))
    assert Stay(9).end is None
    assert stays_of([fact("edit", 5)]) == ()


def test_the_latest_stretch_is_assigned_by_wecom_s_word_a_former_by_the_other_end() -> None:
    told = (fact("add", 1000), fact("deleted_by_customer", 2000), fact("add", 3000))
    assert [each.assigned for each in stays_of(told, 202)] == [False, True]
    assert [each.assigned for each in taken_over(stays_of(told, 1), [1030, 9999])] == [True, False]


@pytest.mark.parametrize("stay", [Stay(None, "a,b|c", 1, 2, 3), Stay(7), Stay(7, assigned=True)])
def test_a_stretch_reads_back_the_same(stay: Stay) -> None:
    assert stay_of(stays.text_of(stay)) == stay
    card = Card("cu_1", stays=(stays.text_of(stay),))
    assert card_of(text_of(card)) == card


def test_a_card_says_as_much_of_a_single_stretch_with_one_end() -> None:
    assert not told_apart((Stay(1, left_at=2),), 1)
    assert not told_apart((Stay(1, assigned=True),), 202)
    assert told_apart((Stay(1, assigned=True),), None)
    assert told_apart((Stay(1, left_at=2, removed_at=3),), 1)
    assert told_apart((Stay(1, left_at=2), Stay(3)), 1)
