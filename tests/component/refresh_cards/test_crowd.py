"""The made-up customers of `make crowd` are what the product itself would have stored."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from infra.local.crowd import computing
from infra.local.crowd.people import Person, people
from scrm.cards.asking import ask
from tests.component.refresh_cards.world import AT, cards, expected_postings, members, postings, segment

PRODUCT = "crowd-300-7"


def drawn(seed: str = "7") -> list[Person]:
    """Return three who ought to be in the segment and a dozen who ought not to, of three hundred."""
    everybody = list(people(300, random.Random(seed), AT, friends=0.5, product=PRODUCT))
    rich = [each for each in everybody if computing.expected(each)]
    return rich[:3] + [each for each in everybody if not computing.expected(each)][:12]


@pytest.fixture
def crowd(tables: Any, at: Any) -> list[Person]:
    """Some of the crowd in the table; nobody has been told of them."""
    at(AT.isoformat())
    found = drawn()
    for person in found:
        for row in (*person.sources(AT), *person.followed(AT)):
            tables.client.put_item(TableName="ScrmTable", Item=row)
    tables.stream("refresh_cards")
    return found


def test_cards_made_anew_of_the_sources_are_those_that_were_loaded(
    crowd: list[Person], refreshed: Callable[[], None], tables: Any
) -> None:
    loaded = postings(tables)

    ask((each.customer.customer_id for each in crowd), AT, anew=True)
    refreshed()

    for person in crowd:
        assert cards(person.customer.customer_id) == [person.card]
    assert postings(tables) == loaded == expected_postings(*(each.customer.customer_id for each in crowd))


def test_the_segment_selects_whom_the_draw_says(crowd: list[Person], refreshed: Callable[[], None]) -> None:
    ought = sorted(each.customer.customer_id for each in crowd if computing.expected(each))
    segment("seg_crowd", computing.condition(PRODUCT))

    ask((each.customer.customer_id for each in crowd), AT)
    refreshed()

    assert len(ought) == 3
    assert members("seg_crowd") == ought


def test_a_seed_makes_the_same_people_and_another_makes_others() -> None:
    first, again, other = drawn(), drawn(), drawn("8")

    assert first == again
    assert not {each.customer.customer_id for each in first} & {each.customer.customer_id for each in other}
    assert {bool(each.contact) for each in first} == {True, False}
    assert {each.card.userid != "" for each in first} == {True, False}
