"""Every night: starts a reconciliation and queues the pages that heal lost callbacks."""

from typing import Any

from scrm import clock, initialised
from scrm.reconciliation.running import list_members, start
from scrm.telemetry import Log, correlate, count
from scrm.wecom.deployed import wecom

log = Log("reconcile_customers")
initialised()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return the run under way and how many members were queued. Safe to repeat: its time names the run."""
    with log.invocation(context):
        now = clock.scheduled(event)
        run_id = start(now, "schedule", f"{now:%Y%m%dT%H%M%SZ}")
        correlate(run_id=run_id)
        queued = list_members(run_id, wecom(), now)
        count("members_queued", queued)
        return {"run_id": run_id, "queued": queued}
