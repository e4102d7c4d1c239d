"""Settling items whose customers have moved at WeCom: once, in one go, with everything that is ours."""

from collections.abc import Callable, MutableMapping
from dataclasses import replace
from datetime import datetime, timedelta

from scrm.inheritance import plans_dynamodb as stored
from scrm.inheritance.ending import free
from scrm.inheritance.handing_on import hand_on
from scrm.inheritance.handing_work import open_ones
from scrm.inheritance.machine import settled
from scrm.inheritance.marks_dynamodb import transfers_of
from scrm.inheritance.model import Item
from scrm.inheritance.plan import Plan, PlanBatch, next_look
from scrm.inheritance.tagging import Tagging
from scrm.telemetry import count

AT_ONCE = 25
RETRIED_AFTER = timedelta(hours=1)
"""When somebody who cannot be settled is due again: a failing message holds up its member for half of it."""


def settle(
    plan: Plan,
    batch: PlanBatch,
    now: datetime,
    has_time: Callable[[], bool],
    unsettled: MutableMapping[str, Exception],
) -> PlanBatch:
    """Settle up to 25 items that succeeded and return the batch as stored.

    Each is settled by steps that may be repeated; killed on the way, they are done again. One that cannot be
    settled does not hold up the others: its error is put into `unsettled`, and whoever is there is left. One
    query over the handover's to-dos, by bytes.
    """
    done: list[Item] = []
    waiting = [each for each in batch.having("SUCCEEDED") if each.external_userid not in unsettled][:AT_ONCE]
    known = transfers_of([each.external_userid for each in waiting])
    tagging, to_dos = Tagging(plan, now), open_ones(batch.handover)
    for each in waiting:
        try:
            hand_on(plan, batch, each, to_dos, now)
            free(batch, each, known[each.external_userid], now)
            after = tagging.put(settled(each, now))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is raised in the end
            unsettled[each.external_userid] = error
        else:
            done.append(after)
        if not has_time():
            break
    count("inheritance_settled", len(done))
    moved = batch.with_items(done)
    due_at = now + RETRIED_AFTER if unsettled else next_look(moved, now)
    return stored.save_batch(replace(moved, due_at=due_at), batch)
