"""Who is in which segment, and which conditions may ask of which."""

from datetime import UTC, datetime

from scrm.cards.model import Card
from scrm.segments.membership import rules_of, segments_of
from scrm.segments.model import Segment, circle, in_order

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
BUYERS = {"field": "order_count", "op": "gte", "value": 1}


def dynamic(segment_id, condition, **stated):
    return Segment(segment_id, segment_id, "dynamic", status="active", condition=condition, **stated)


def inside(*segments):
    return {"field": "segments", "op": "any", "value": list(segments)}


def test_a_customer_is_in_a_segment_when_one_of_their_cards_is():
    rules = rules_of([dynamic("s", {"field": "tags", "op": "any", "value": ["t"]})], {})
    cards = [Card("c", "e", "lisi"), Card("c", "e", "wangwu", tags=("t",))]

    assert segments_of(rules, cards, (), NOW) == ("s",)
    assert segments_of(rules, cards[:1], (), NOW) == ()


def test_segments_that_ask_of_others_are_answered_after_them_whatever_their_ids():
    both = {"all": [inside("z"), inside("list")]}
    segments = [
        dynamic("a", both),
        dynamic("z", BUYERS),
        Segment("list", "list", "static", status="active"),
    ]
    rules = rules_of(segments, {})

    assert segments_of(rules, [Card("c", order_count=1)], ["list"], NOW) == ("a", "list", "z")
    assert segments_of(rules, [Card("c", order_count=1)], [], NOW) == ("z",)


def test_what_the_cards_say_of_segments_is_not_asked_again():
    rules = rules_of([dynamic("b", inside("a")), dynamic("a", BUYERS)], {})

    assert segments_of(rules, [Card("c", segments=("a", "b"))], (), NOW) == ()


def test_drafts_and_archived_segments_have_no_members():
    segments = [
        Segment("d", "d", "dynamic", condition={"all": []}),
        Segment("l", "l", "static", status="archived"),
    ]

    assert segments_of(rules_of(segments, {}), [Card("c")], ["l"], NOW) == ()


def test_a_circle_of_conditions_is_found_and_never_loops():
    a, b = dynamic("a", inside("b")), dynamic("b", {"not": inside("c")})
    c = dynamic("c", {"any": [inside("a")]})

    assert circle(c, [a, b]) == ("c", "a", "b", "c")
    assert circle(dynamic("a", inside("a")), []) == ("a", "a")
    assert circle(c, [a, dynamic("b", BUYERS)]) == ()
    assert {each.segment_id for each in in_order([a, b, c])} == {"a", "b", "c"}
