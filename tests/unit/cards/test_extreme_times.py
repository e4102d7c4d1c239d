"""Texts of custom fields that look like times at the ends of the calendar make no card unkeepable."""

import pytest

from scrm.cards.model import Card
from scrm.cards.postings import has, postings
from scrm.fields.model import CustomField

EXTREMES = ["0001-01-01", "0001-01-01T00:00:00", "9999-12-31T23:59:59-14:00", "0999-05-05", "9999-12-31"]


@pytest.mark.parametrize("value", EXTREMES)
def test_a_card_with_such_a_text_has_it_as_a_text(value: str) -> None:
    found = {each.pk for each in postings(Card("cu_1", fields={"since": value}))}

    assert has("field.since", value) in found


@pytest.mark.parametrize("value", ["0001-01-01", "0999-05-05", "9999-12-31"])
def test_a_date_field_does_not_take_it(value: str) -> None:
    assert CustomField("since", "起始", type="date").wrong(value)
    assert not CustomField("since", "起始", type="date").wrong("1949-10-01")
