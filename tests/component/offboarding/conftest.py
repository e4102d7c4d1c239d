"""The whole bundle with members who go, its clock moved from answer to answer of WeCom."""

from collections.abc import Iterator

import pytest

from tests.component.offboarding.offboarding_world import Offboarding
from tests.doubles.bundle import Bundle


@pytest.fixture
def offboarding() -> Iterator[Offboarding]:
    """Everything deployed, at 10:15 of Monday, 2 March 2026, with the members known."""
    made = Bundle()
    with made.running():
        yield Offboarding(made)
