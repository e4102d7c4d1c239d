"""The whole bundle with customer groups in it."""

from collections.abc import Iterator

import pytest

from tests.component.groups.groups_world import Groups
from tests.doubles.bundle import Bundle


@pytest.fixture
def world() -> Iterator[Groups]:
    """Everything deployed, with the corp's staff in our table."""
    made = Bundle()
    with made.running():
        made.invoke("sync_organisation", {"time": made.time.now().isoformat()})
        made.settle()
        yield Groups(made)
