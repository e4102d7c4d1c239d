"""Starting the import of WeCom's list of departed members' customers (scrm.offboarding.importing)."""

from datetime import UTC, datetime

from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import NewJob

KIND = "unassigned_import"
STARTS = ("|0",)
"""Where the reading begins: WeCom's cursor, and the place in its page."""
BEGINS_AFTER = 15
"""Seconds: those who leave within so many share one reading of the list, which begins after the last."""


def start(now: datetime) -> str:
    """Start an import, four a minute at most; return its job's id. Safe to repeat."""
    at = int(now.timestamp()) // BEGINS_AFTER * BEGINS_AFTER
    job_id = f"{KIND}-{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}"
    params = {"begins_after": BEGINS_AFTER}
    Jobs().start(NewJob(job_id, KIND, "system", params=params, starts=STARTS), now)
    return job_id
