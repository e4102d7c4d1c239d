"""Every night: deletes what has been kept for as long as it may, and starts the week's walk of customers."""

from typing import Any

from scrm import clock, initialised
from scrm.privacy.retaining import apply
from scrm.telemetry import Log, count

log = Log("apply_retention")
initialised()


def handler(event: dict[str, Any], context: object) -> dict[str, int]:
    """Return how many rows went, by family. Safe to repeat."""
    with log.invocation(context):
        gone = apply(clock.scheduled(event))
        for family, rows in gone.items():
            count("past_due_deleted", rows, family=family)
        return gone
