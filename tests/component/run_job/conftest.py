"""The whole bundle with a kind of job made for the tests."""

from collections.abc import Iterator
from typing import Any

import pytest

from scrm.jobs import kinds
from tests.component.run_job import probe
from tests.doubles.bundle import Bundle


@pytest.fixture
def probed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The test's kind is known; what it has done, item by item."""
    monkeypatch.setitem(kinds.KINDS, "probe", probe.__name__)  # type: ignore[arg-type]  # a dict
    probe.SEEN.clear()
    return probe.SEEN


@pytest.fixture
def bundle(probed: list[str]) -> Iterator[Bundle]:
    """Everything deployed, without WeCom."""
    made = Bundle(simulated=False)
    with made.running():
        yield made


def started(bundle: Bundle, **more: Any) -> str:
    """Start a job of the test's kind and return its id."""
    from scrm.jobs.dynamodb import Jobs
    from scrm.jobs.model import NewJob

    new = NewJob(**{"job_id": "job_1", "kind": "probe", "requested_by": "admin", **more})
    return Jobs().start(new, bundle.time.now()).job_id


def job_of(job_id: str = "job_1") -> Any:
    """Return a job as stored."""
    from scrm.jobs.dynamodb import Jobs

    return Jobs().job(job_id)


def results_of(job_id: str = "job_1") -> list[tuple[str, str, str]]:
    """Return the results of a job's items, in their order."""
    from scrm.jobs.dynamodb import Jobs

    return [
        (each.subject, each.status, each.code) for _, results in Jobs().results(job_id) for each in results
    ]
