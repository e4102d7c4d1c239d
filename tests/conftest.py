"""Which tests run side by side: all but those on the local stack, which is one."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling


class OneForTheStack(LoadScopeScheduling):
    """Each test goes to whichever process is free; tests/local stays together in one, in its order."""

    def _split_scope(self, nodeid: str) -> str:
        return "tests/local" if nodeid.startswith("tests/local/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneForTheStack:
    return OneForTheStack(config, log)
