"""Which tests run side by side: all but those on the local stack; none is a matter of speed."""

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# How long an example takes says something of the machine, not of the product.
settings.register_profile("any_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any_machine")


class OneForTheStack(LoadScopeScheduling):
    """Each test goes to whichever process is free; tests/local stays together in one, in its order."""

    def _split_scope(self, nodeid: str) -> str:
        return "tests/local" if nodeid.startswith("tests/local/") else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneForTheStack:
    return OneForTheStack(config, log)
