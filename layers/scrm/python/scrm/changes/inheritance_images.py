"""Stream records of inheritance plans and their batches: what is to be looked at, told, done and recorded.

Once a plan is over, what is left of those who handed over is counted anew where they are gone.
"""

from scrm.changes.departures import plan_asked_for
from scrm.changes.effects import Effect
from scrm.changes.images import Change
from scrm.changes.inheritance_effects import PlanMoved
from scrm.changes.inheritance_news import batch_moved, has_news, plan_over
from scrm.changes.offboarding_effects import HandedOver
from scrm.inheritance.plan import OUTSIDE
from scrm.inheritance.plans_dynamodb import plan_of
from scrm.inheritance.rows_dynamodb import PREFIX, BatchRow, PlanRow
from scrm.settings.dynamodb import load as load_settings
from scrm.staff.dynamodb import load_directory


def of_plan(change: Change) -> list[Effect]:
    """Return that a plan runs from now on, or was cancelled, with its open batches; or that it is over.

    Of one that runs already those that an administrator has added; a worker queues its own.
    """
    before, after = change.images(PlanRow)
    if after is not None and after.ended_at and not (before and before.ended_at):
        plan = after.entity()
        return [
            HandedOver(plan.plan_id, plan.version, (*plan.terms["handovers"], *plan.takeovers)),
            *plan_over(plan),
        ]
    if after is not None and before is None and after.created_by.startswith(OUTSIDE):
        return [*plan_asked_for(after.entity(), load_directory())]
    if after is None or after.status not in {"RUNNING", "CANCELLED"}:
        return []
    plan, known = after.entity(), frozenset[str]()
    if before is not None and before.status == after.status:
        known = plan.batches if before.version == after.version else frozenset(before.batches or ())
    open_ones = tuple(sorted(plan.batches - plan.finished - known))
    if known and not open_ones:
        return []
    return [PlanMoved(plan.plan_id, plan.version, open_ones)]


def of_batch(change: Change) -> list[Effect]:
    """Return what follows from items that moved; with news the plan and the settings are read, 1 RRU."""
    if not change.pk.startswith(PREFIX):
        return []
    before, after = (each.entity() if each else None for each in change.images(BatchRow))
    if before is None or after is None or not has_news(before, after):
        return []
    plan = plan_of(after.plan_id, consistent=False)
    return [*batch_moved(plan, before, after, load_settings())] if plan else []
