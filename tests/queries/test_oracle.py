"""What a condition selects is one thing: in memory, on the table, in the specification's words (SEG-04)."""

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest

from scrm.conditions import reads
from tests.queries.cases import cases, compared, paged, table
from tests.queries.oracle import listed
from tests.queries.world import NOW, Maker, put


@pytest.fixture
def empty() -> Iterator[Any]:
    with table() as cloud:
        yield cloud


@pytest.mark.parametrize("seed", range(8))
def test_seg_04_plan_language_and_oracle_agree_on_pages_and_counts(seed):
    done = compared(seed, 250)

    assert not done.wrong
    assert done.listed > done.cases


def test_a_plan_that_forgets_customers_without_orders_is_found_out(monkeypatch):
    """The wrong twin: a question that holds for who has no posting is driven by postings all the same."""
    monkeypatch.setattr(reads, "holds", lambda *_: False)

    assert "plan" in compared(1, 400).wrong


def test_cards_that_come_between_pages_hide_and_repeat_nobody(empty):
    maker = Maker(random.Random(3))
    before = maker.customers(25)
    put(before)
    here = {f"{card.customer_id}/{card.card_id}" for card in before}
    several = 0
    for case in islice(cases(random.Random(4)), 80):
        asked = replace(case, limit=3)
        newcomers = iter([maker.customers(1) for _ in range(3)])
        expected = listed(case.condition, before, case.scope, case.sort, NOW)

        found = paged(asked, lambda coming=newcomers: put(next(coming, [])))

        assert [each for each in found if each in here] == expected, asked
        assert len(set(found)) == len(found)
        several += len(expected) > 3
    assert several > 10
