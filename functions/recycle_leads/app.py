"""Every minute: leads whose time has come are decided on, reminded of, recycled; renewals begin."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
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
    """Return how many leads were looked at, as of the event's `time`. Safe to repeat, late or twice.

    One that fails costs the others nothing: it is looked at again at the next tick, and rings.
    """
    with log.invocation(context):
        now = clock.scheduled(event)
        looked_at = 0
        for look in _what_is_due(now):
            if context.get_remaining_time_in_millis() < SPARE_MS:
                count("recycling_out_of_time")
                break
            _done(look)
            looked_at += 1
        return {"looked_at": looked_at}


def _what_is_due(now: datetime) -> Iterator[Callable[[], None]]:
    """Yield what is to be done: part by part, beginning with another at each tick, so that none starves."""
    parts: list[Callable[[], Iterator[Callable[[], None]]]] = [
        *(partial(_leads, shard, now) for shard in range(SHARDS)),
        partial(_contracts, now),
    ]
    first = int(now.timestamp()) // 60 % len(parts)
    for part in (*parts[first:], *parts[:first]):
        yield from part()


def _leads(shard: int, now: datetime) -> Iterator[Callable[[], None]]:
    for lead_id in due(shard, now, AT_ONCE):
        yield partial(look_at, lead_id, now)


def _contracts(now: datetime) -> Iterator[Callable[[], None]]:
    for lead_id, contract_id in contracts_due(now, AT_ONCE):
        yield partial(renew, lead_id, contract_id, now)


def _done(look: Callable[[], None]) -> None:
    try:
        look()
    except (LeadChanged, KeyTaken):
        count("lead_left_for_next_tick")
    except Exception:  # one lead's failure must not cost the others
        log.exception("lead_failed")
        count("lead_recycling_failed")
