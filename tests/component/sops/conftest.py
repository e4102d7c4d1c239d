"""The whole bundle with SOPs in it, its clock moved from minute to minute that matters."""

from collections.abc import Iterator

import pytest

from tests.component.sops.sops_world import Sops
from tests.doubles.bundle import Bundle


@pytest.fixture
def sops() -> Iterator[Sops]:
    """Everything deployed, at 10:15 of Monday, 2 March 2026."""
    made = Bundle()
    with made.running():
        yield Sops(made)
