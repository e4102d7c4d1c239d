"""Every minute: leads whose time has come are decided on, reminded of, recycled; renewals begin."""

from typing import Any

from scrm import clock, initialised
from scrm.leads.contracts_dynamodb import due as contracts_due
from scrm.leads.dynamodb import SHARDS, KeyTaken, LeadChanged, due
from scrm.leads.recycling import look_at
from scrm.leads.renewing import renew
from scrm.telemetry import Log, count

# Enough to finish the lead in hand.
SPARE_MS = 5_000
AT_ONCE = 200
log = Log("recycle_leads")
initialised()


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Return how many leads were looked at, as of the event's `time`. Safe to repeat, late or twice."""
    with log.invocation(context):
        now = clock.scheduled(event)
        looked_at = 0
        for shard in range(SHARDS):
            for lead_id in due(shard, now, AT_ONCE):
                if context.get_remaining_time_in_millis() < SPARE_MS:
                    count("recycling_out_of_time")
                    return {"looked_at": looked_at}
                try:
                    look_at(lead_id, now)
                except LeadChanged:
                    count("lead_left_for_next_tick")
                looked_at += 1
        for lead_id, contract_id in contracts_due(now, AT_ONCE):
            if context.get_remaining_time_in_millis() < SPARE_MS:
                count("recycling_out_of_time")
                break
            try:
                renew(lead_id, contract_id, now)
            except KeyTaken:
                count("lead_left_for_next_tick")
            looked_at += 1
        return {"looked_at": looked_at}
