"""A company for each journey."""

from collections.abc import Iterator

import pytest

from tests.component.journeys.company import Company
from tests.doubles.bundle import Bundle


@pytest.fixture
def company() -> Iterator[Company]:
    """A company with members, a CRM and a shop, and nobody who knows it yet."""
    made = Bundle(seed="journeys")
    with made.running():
        yield Company.of(made)
