"""Whatever answer time changes, a boundary has passed the card in between (docs/decisions/0010)."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrm.cards.boundaries import PLACES, customer_of, terms_of
from scrm.cards.model import Card
from scrm.cards.postings import place, postings
from scrm.conditions.fields import FIELDS
from scrm.conditions.tree import holds, of_plain
from scrm.facts.model import level_of

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
# Within which a boundary's sweep follows the answer: hours of talk, hundredths of the energy.
LAG = timedelta(hours=4)
TIMES = sorted(name for name, each in FIELDS.items() if each.kind == "time")
DERIVED = sorted(name for name, each in FIELDS.items() if each.moves)
DAYS = st.sampled_from([1, 5, 8, 10, 15, 31, 60, 61, 90])
NEARBY = st.integers(-90, 90).map(lambda minutes: timedelta(minutes=minutes))
SPANS = st.integers(1, 200).map(lambda minutes: timedelta(minutes=minutes))

INDEX_OPS = ("lt", "lte", "gt", "gte")
DAYS_OPS = ("within_days", "older_than_days", "since_midnight")


def questions(name, days):
    """Questions about a field that a boundary `days` ago answers."""
    if name == "interaction_index":
        asked = st.tuples(st.sampled_from(INDEX_OPS), st.sampled_from([5, 10]))
    elif name in TIMES or name.startswith("field."):
        asked = st.tuples(st.sampled_from(DAYS_OPS), st.just(days))
    else:
        asked = st.tuples(st.just("in"), st.sampled_from([[each] for each in FIELDS[name].choices or (5, 4)]))
    return asked.map(lambda each: {"field": name, "op": each[0], "value": each[1]})


def cards(days):
    """Cards whose times are about `days` ago, so that the boundary is near."""
    moments = NEARBY.map(lambda nearby: NOW - timedelta(days=days) + nearby)
    maybe = st.none() | moments
    indexes = st.builds(lambda near, index: level_of(near * index, NOW), st.floats(0.9, 1.1), DAYS)

    @st.composite
    def made(draw):
        first = draw(maybe)
        later = first and max(first, draw(moments))
        return Card(
            "cu_1",
            external_userid="wmE1" if first else "",
            userid="lisi" if first else "",
            status="active" if first else "none",
            added_at=draw(st.sampled_from([first, later])),
            first_added_at=first,
            friends=1 if first else 0,
            created_at=draw(moments | st.just(first or NOW)),
            **{name: draw(maybe) for name in TIMES if name in OTHERS},
            orders_365d=draw(st.integers(0, 3)),
            energy=draw(st.none() | indexes),
            fields=draw(st.just({}) | moments.map(lambda at: {"birthday": at.date().isoformat()})),
        )

    return made()


OTHERS = frozenset(each.name for each in fields(Card)) - {"added_at", "first_added_at", "created_at"}
ASKED = [*TIMES, "field.birthday", *DERIVED, "brand_group", "interaction_index"]


def situations(name):
    """A card, a question about `name`, and how much time passes."""
    return DAYS.flatmap(lambda days: st.tuples(cards(days), questions(name, days), SPANS))


def keys_of(card):
    return {(each.pk, each.sk) for each in postings(card)} | {(PLACES, place(card))}


@pytest.mark.parametrize("name", ASKED)
@settings(max_examples=150)
@given(st.data())
def test_an_answer_that_time_changes_has_a_boundary_that_passes_the_card(name, data):
    card, question, span = data.draw(situations(name))
    condition = of_plain(question, {"birthday": "date"})
    if holds(condition, card, NOW) == holds(condition, card, NOW + span):
        return

    passed = [
        (pk, sk)
        for term in terms_of([condition]).values()
        for pk, sk in keys_of(card)
        if pk == term.collection and term.bound(NOW) <= sk < term.bound(NOW + span + LAG)
    ]

    assert passed
    assert {customer_of(sk) for _, sk in passed} == {"cu_1"}


@given(st.sampled_from(ASKED).flatmap(situations))
def test_boundaries_only_move_forward(situation):
    _, question, span = situation
    for term in terms_of([of_plain(question, {"birthday": "date"})]).values():
        assert term.bound(NOW) <= term.bound(NOW + span)


def test_conditions_share_the_boundaries_they_have_in_common():
    silent = of_plain({"field": "lifecycle", "op": "in", "value": ["silent"]})
    cooling = of_plain({"field": "lifecycle", "op": "in", "value": ["cooling"]})

    assert terms_of([silent]).keys() == terms_of([silent, cooling]).keys()
    assert terms_of([]).keys() == {"window_until"}


@pytest.mark.parametrize("question", [{"field": "order_count", "op": "gte", "value": 1}])
def test_a_condition_that_time_does_not_change_has_no_boundary(question):
    assert terms_of([of_plain(question)]).keys() == {"window_until"}


def test_a_card_placed_by_its_first_add_needs_no_posting_for_it():
    card = Card("c", "e", "lisi", added_at=NOW, first_added_at=NOW, created_at=NOW, friends=1)

    assert not postings(card)
    assert postings(replace(card, first_added_at=NOW - timedelta(days=1)))
