"""A card survives being stored; its postings sort as its values do (docs/decisions/0010)."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scrm.cards.model import Card
from scrm.cards.postings import place, postings, sortable
from scrm.cards.stored import card_of, text_of

MOMENTS = st.integers(946_684_800, 4_102_444_800).map(lambda at: datetime.fromtimestamp(at, UTC))
TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=8)
VALUES: dict[Any, st.SearchStrategy[Any]] = {
    datetime | None: st.none() | MOMENTS,
    tuple[str, ...]: st.lists(TEXTS, max_size=3).map(tuple),
    int | None: st.none() | st.integers(0, 10**6),
    int: st.integers(0, 10**6),
    bool: st.booleans(),
    bool | None: st.none() | st.booleans(),
    float | None: st.none() | st.floats(-100, 10_000),
    str: TEXTS,
    str | None: st.none() | TEXTS,
}
CARDS = st.builds(
    Card,
    **{each.name: VALUES[each.type] for each in fields(Card) if each.type in VALUES},
    fields=st.dictionaries(TEXTS, TEXTS | st.integers() | st.booleans(), max_size=3),
    scores=st.dictionaries(TEXTS, TEXTS | st.floats(0, 100), max_size=3),
)


@given(CARDS)
def test_a_stored_card_reads_back_the_same(card: Card):
    assert card_of(text_of(card)) == card


@given(CARDS, CARDS)
def test_equal_cards_have_equal_postings_and_texts_and_others_have_not(one: Card, other: Card):
    assert (text_of(one) == text_of(other)) is (one == other)
    assert postings(one) == postings(card_of(text_of(one)))


@given(CARDS, MOMENTS, MOMENTS)
def test_places_are_in_the_order_of_the_add_time(card: Card, earlier: datetime, later: datetime):
    one, other = replace(card, added_at=min(earlier, later)), replace(card, added_at=max(earlier, later))

    assert place(one) <= place(other)


@given(st.floats(-1e15, 1e15), st.floats(-1e15, 1e15))
def test_numbers_as_text_sort_as_they_do(one: float, other: float):
    low, high = sorted((round(one, 2), round(other, 2)))

    assert sortable(low) <= sortable(high)


def test_what_nearly_everybody_has_is_not_posted():
    plain = Card("cu_1", "wmE1", "lisi", status="active", added_at=datetime(2026, 3, 2, tzinfo=UTC))

    assert postings(plain) == frozenset()
