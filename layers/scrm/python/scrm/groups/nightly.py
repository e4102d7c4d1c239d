"""The night's sync of groups, which heals what callbacks did not tell."""

from datetime import datetime

from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import NewJob
from scrm.moments import BEIJING

KIND = "groups_sync"
START = "list||"
"""Where a sync begins: see scrm.groups.syncing."""


def start(now: datetime) -> None:
    """Start the night's sync. Safe to repeat."""
    night = now.astimezone(BEIJING).date().isoformat()
    Jobs().start(NewJob(f"{KIND}-{night}", KIND, "system", starts=(START,)), now)
