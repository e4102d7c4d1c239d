"""Whatever answer time changes, a boundary has passed the card in between (docs/decisions/0010)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
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
MOMENTS = st.integers(0, 200 * 24 * 60).map(lambda minutes: NOW - timedelta(minutes=minutes))
SPANS = st.integers(1, 20 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))

about_days = st.builds(
    lambda field, op, days: {"field": field, "op": op, "value": days},
    st.sampled_from([*TIMES, "field.birthday"]),
    st.sampled_from(["within_days", "older_than_days", "since_midnight"]),
    st.integers(1, 90),
)
about_index = st.builds(
    lambda op, value: {"field": "interaction_index", "op": op, "value": value},
    st.sampled_from(["lt", "lte", "gt", "gte"]),
    st.integers(0, 20),
)
derived = st.sampled_from([*DERIVED, "brand_group"]).map(
    lambda name: {"field": name, "op": "in", "value": list(FIELDS[name].choices[:1]) or [5]}
)
questions = about_days | about_index | derived


@st.composite
def cards(draw):
    first = draw(st.none() | MOMENTS)
    later = first and max(first, draw(MOMENTS))
    return Card(
        "cu_1",
        external_userid="wmE1" if first else "",
        userid="lisi" if first else "",
        status="active" if first else "none",
        added_at=draw(st.sampled_from([first, later])),
        first_added_at=first,
        friends=1 if first else 0,
        created_at=draw(MOMENTS | st.just(first or NOW)),
        deleted_at=draw(st.none() | MOMENTS),
        customer_message_at=draw(st.none() | MOMENTS),
        staff_message_at=draw(st.none() | MOMENTS),
        followed_at=draw(st.none() | MOMENTS),
        stage_at=draw(st.none() | MOMENTS),
        first_order_at=draw(st.none() | MOMENTS),
        last_order_at=draw(st.none() | MOMENTS),
        orders_365d=draw(st.integers(0, 3)),
        inbound_at=draw(st.none() | MOMENTS),
        last_session_at=draw(st.none() | MOMENTS),
        energy=draw(st.none() | st.floats(0.1, 60).map(lambda index: level_of(index, NOW))),
        fields=draw(st.just({}) | MOMENTS.map(lambda at: {"birthday": at.date().isoformat()})),
    )


def keys_of(card):
    return {(each.pk, each.sk) for each in postings(card)} | {(PLACES, place(card))}


@settings(max_examples=600)
@given(cards(), questions, SPANS)
@example(
    Card("cu_1", created_at=NOW, inbound_at=NOW - timedelta(days=89)),
    {"field": "inbound_at", "op": "older_than_days", "value": 90},
    timedelta(days=2),
)
def test_an_answer_that_time_changes_has_a_boundary_that_passes_the_card(card, question, span):
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


@given(questions, SPANS)
def test_boundaries_only_move_forward(question, span):
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
