"""Stream records of mass sends of SOPs: who confirms one is told, and their manager."""

from scrm.changes.effects import Effect, Told
from scrm.changes.escalation import manager_of
from scrm.changes.images import Change
from scrm.mass_sends.dynamodb import PREFIX, CallRow, HeadRow
from scrm.notices.model import notice
from scrm.staff.dynamodb import directory


def of_call(change: Change) -> list[Effect]:
    """Return the notice to who has to confirm, once for all their calls, when WeCom has the first."""
    if not change.pk.startswith(PREFIX):
        return []
    old, new = (each.entity() if each else None for each in change.images(CallRow))
    if new is None or new.status != "waiting" or not new.tells or new.asked_at is None:
        return []
    if not new.sender or (old is not None and old.status == "waiting"):
        return []
    facts: dict[str, str | int] = {"title": new.title, "count": new.total}
    return [Told(notice("mass_send", new.sender, new.asked_at, change.pk, facts=facts))]


def of_head(change: Change) -> list[Effect]:
    """Return the notice to the sender's manager when a mass send was not confirmed in time (spec 3.6)."""
    if not change.pk.startswith(PREFIX):
        return []
    old, new = (each.entity() if each else None for each in change.images(HeadRow))
    if old is None or new is None or new.nudged == old.nudged or new.nudge != "escalate" or not new.look_at:
        return []
    manager = manager_of(new.sender, directory(new.look_at))
    if manager is None:
        return []
    facts = {"about": f"群发未确认：{new.title}"}
    at = new.nudged_at or new.look_at
    return [Told(notice("step_overdue", manager, at, change.pk, subject={"userid": new.sender}, facts=facts))]
