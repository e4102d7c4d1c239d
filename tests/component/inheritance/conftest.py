"""The whole bundle with customers to hand over, its clock moved from answer to answer of WeCom."""

from collections.abc import Iterator

import pytest

from tests.component.inheritance.inheritance_world import Inheritance
from tests.doubles.bundle import Bundle


@pytest.fixture
def inheritance() -> Iterator[Inheritance]:
    """Everything deployed, at 10:15 of Monday, 2 March 2026."""
    made = Bundle()
    with made.running():
        yield Inheritance(made)
