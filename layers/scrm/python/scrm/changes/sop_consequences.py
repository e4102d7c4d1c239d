"""Carrying out what follows for SOPs; imported when the first of it comes.

A corp without SOPs pays 1 RRU for a change of a card, and sends nothing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from scrm import clock
from scrm.cards.model import Card
from scrm.changes.carrying_out import Consequences
from scrm.changes.carrying_out import tell as tell_member
from scrm.changes.escalation import manager_of
from scrm.changes.sop_effects import (
    CardMoved,
    FieldsChanged,
    Nudged,
    SegmentsMoved,
    SopDefined,
    SopHappened,
    StepSent,
)
from scrm.changes.tasks import about
from scrm.moments import rfc3339
from scrm.notices.model import notice
from scrm.sops import closing, welcoming
from scrm.sops.dynamodb import of_subject
from scrm.sops.model import TriggerKind
from scrm.sops.queueing import tell
from scrm.sops.sops_dynamodb import defined
from scrm.staff.dynamodb import directory
from scrm.telemetry import count


def done_by(carrier: Consequences) -> Mapping[type[Any], Callable[[Any, Any], None]]:
    """Return how each effect is carried out."""
    return {
        SopHappened: lambda effect, _: tell(effect.subject, effect.kind, effect.cause, effect.facts),
        CardMoved: lambda effect, _: _card_moved(effect),
        SegmentsMoved: lambda effect, _: _segments_moved(effect),
        StepSent: lambda effect, _: _sent(effect),
        FieldsChanged: lambda effect, _: closing.fields_recorded(effect.customer_id),
        SopDefined: lambda effect, _: welcoming.mark(effect.sop_id),
        Nudged: lambda effect, _: _nudge(carrier, effect),
    }


def _sent(effect: StepSent) -> None:
    closing.evidenced(effect.task_id, effect.at, effect.by, send_id=effect.send_id)


def _nudge(carrier: Consequences, effect: Nudged) -> None:
    """Tell who is to do a step, or their manager; nobody once it is over, nor who has put it off."""
    found = (carrier.tasks.get(each, consistent=True) for each in effect.task_ids)
    task = next((each for each in found if each), None)
    if task is None or task.status != "open":
        return
    title = str(task.payload.get("title", ""))
    if effect.kind == "remind":
        waits = "已发送，请补充客户资料" if task.sent_at else "尚未完成"
        if task.due <= effect.at:
            source = f"{task.id}#remind#{effect.number}"
            facts = {"title": f"{waits}：{title}"}
            tell_member(notice("due_task", task.owner, effect.at, source, subject=about(task), facts=facts))
        return
    manager = manager_of(task.owner, directory(clock.now()))
    if manager is None:
        count("sop_step_without_manager")
        return
    subject, facts = {**about(task), "userid": task.owner}, {"about": f"待办超过 24 小时未完成：{title}"}
    source = f"{task.id}#escalate"
    tell_member(notice("escalation", manager, effect.at, source, subject=subject, facts=facts))


def _card_moved(effect: CardMoved) -> None:
    """Tell of a new friendship or order, and let the customer's bars be looked at."""
    if not defined.sops():
        return
    after = effect.after
    # What a look ends is over before anything is entered: an order is one cycle's goal and begins the next.
    if any(each.is_live for each in of_subject(effect.customer_id)):
        tell(effect.customer_id, "look", effect.picture)
    if after and began(effect.before, after):
        _enters(effect.customer_id, "added", after.added_at, after, [after.channel_id or ""])
    if after and after.first and ordered(effect.before, after):
        _enters(effect.customer_id, "order", after.last_order_at, after, list(after.products))


def began(before: Card | None, after: Card) -> bool:
    """Return whether a card tells of a friendship that its former picture did not."""
    if after.status != "active" or after.added_at is None:
        return False
    return before is None or before.status != "active" or before.added_at != after.added_at


def ordered(before: Card | None, after: Card) -> bool:
    """Return whether a card tells of a later order than its former picture."""
    if after.last_order_at is None or before is None:
        return False
    return before.last_order_at is None or after.last_order_at > before.last_order_at


def _segments_moved(effect: SegmentsMoved) -> None:
    if not defined.sops():
        return
    if effect.entered and _waits_for("segment"):
        facts = {"trigger": "segment", "ids": list(effect.entered), "at": rfc3339(effect.at)}
        tell(effect.customer_id, "enter", f"segment#{effect.version}", facts)


def _enters(customer_id: str, kind: TriggerKind, at: datetime | None, card: Card, ids: list[str]) -> None:
    """Tell that a customer may enter SOPs, or come back to one; named by what happened."""
    if at is None or (kind != "added" and not _waits_for(kind)):
        return
    facts = {
        "trigger": kind,
        "ids": [each for each in ids if each],
        "at": rfc3339(at),
        "owner": card.userid,
        "external_userid": card.external_userid,
    }
    tell(customer_id, "enter", f"{kind}#{card.card_id}#{rfc3339(at)}", facts)


def _waits_for(kind: TriggerKind) -> bool:
    return any(each.kind == kind for version in defined.live() for each in version.triggers)
