"""Carrying out what follows for SOPs; imported when the first of it comes.

A corp without SOPs pays 1 RRU for a change of a card, and sends nothing.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from scrm import clock
from scrm.cards.model import Card
from scrm.changes.carrying_out import Consequences
from scrm.changes.carrying_out import tell as tell_member
from scrm.changes.escalation import manager_of
from scrm.changes.sop_effects import (
    AccountActivated,
    ActTraced,
    CardMoved,
    FieldsChanged,
    KeysChanged,
    LeadMoved,
    Marketed,
    MemberGone,
    Nudged,
    OwnerMissing,
    SegmentsMoved,
    SopDefined,
    SopEnded,
    SopHappened,
    StepAnswered,
    StepSent,
)
from scrm.changes.tasks import about
from scrm.customers.dynamodb import Customers
from scrm.identities.dynamodb import Identities
from scrm.leads import dynamodb as leads
from scrm.leads.whose import customers_of
from scrm.moments import rfc3339
from scrm.notices.model import notice
from scrm.sops import closing, welcoming
from scrm.sops.acting import is_asked_for
from scrm.sops.acts import ACTIVATED
from scrm.sops.dynamodb import of_subject
from scrm.sops.model import TriggerKind
from scrm.sops.queueing import tell
from scrm.sops.sops_dynamodb import defined
from scrm.sops.touching import note_touch
from scrm.staff.dynamodb import directory
from scrm.telemetry import count

customers = Customers()
identities = Identities()


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
        ActTraced: lambda effect, _: _acted(effect),
        AccountActivated: lambda effect, _: _activated(effect),
        Marketed: lambda effect, _: note_touch(effect.customer_id, effect.touch_id, effect.at, clock.now()),
        LeadMoved: lambda effect, _: _lead_moved(effect),
        KeysChanged: lambda effect, _: _keys_changed(effect),
        SopEnded: lambda effect, _: _more().ended(effect.it),
        StepAnswered: lambda effect, _: _more().answered(effect.it, effect.step_key, effect.attempt),
        MemberGone: lambda effect, _: _member_gone(carrier, effect),
        OwnerMissing: lambda effect, _: _more().owner_missing(effect.userid),
    }


def _more() -> Any:
    """Return what carries out endings: with leads, which most changes of bars do without."""
    return import_module("scrm.changes.sop_endings")


def _acted(effect: ActTraced) -> None:
    if defined.sops() and is_asked_for(effect.act):
        facts = {"act": effect.act, "entry_id": effect.entry_id, "at": rfc3339(effect.at.astimezone(UTC))}
        tell(effect.customer_id, "act", f"{facts['at']}#{effect.entry_id}", facts)


def _activated(effect: AccountActivated) -> None:
    if not defined.sops() or not is_asked_for(ACTIVATED):
        return
    owner = identities.owner("crmid", effect.crmid, consistent=True)
    if owner:
        facts = {"act": ACTIVATED, "at": rfc3339(effect.at.astimezone(UTC))}
        tell(owner, "act", f"{ACTIVATED}#{effect.source_id}", facts)


def _lead_moved(effect: LeadMoved) -> None:
    """Tell of a lead in its pool; when somebody has got it, its bars and its customer's are looked at."""
    if not _nurtures():
        return
    at, cause = {"at": rfc3339(effect.at.astimezone(UTC))}, f"lead#{effect.version}"
    if not effect.is_over:
        tell(effect.lead_id, "lead", cause, at)
        return
    tell(effect.lead_id, "look", cause)
    lead = leads.lead(effect.lead_id)
    for each in customers_of(lead) if lead else ():
        tell(each.customer_id, "look", f"{cause}#{effect.lead_id}")


def _member_gone(carrier: Consequences, effect: MemberGone) -> None:
    """Let the bars be looked at in which a member who is gone has something to do; the others when due."""
    if not defined.sops():
        return
    theirs, _ = carrier.tasks.of_member(effect.userid, status="open")
    subjects = (str(each.payload["subject"]) for each in theirs if each.payload.get("step_key"))
    for subject in dict.fromkeys(subjects):
        tell(subject, "look", f"gone#{effect.cause}")


def _keys_changed(effect: KeysChanged) -> None:
    if _nurtures():
        tell(effect.customer_id, "known", effect.cause)


def _nurtures() -> bool:
    """Return whether any SOP is for leads. 1 RRU."""
    return bool(defined.sops()) and any(each.subject == "lead" for each in defined.live())


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
    subject, facts = {**about(task), "userid": task.owner}, {"about": title}
    source = f"{task.id}#escalate"
    tell_member(notice("step_overdue", manager, effect.at, source, subject=subject, facts=facts))


def _card_moved(effect: CardMoved) -> None:
    """Tell of a new friendship or order, and let the customer's bars be looked at."""
    if not defined.sops():
        return
    after = effect.after
    # What a look ends is over before anything is entered: an order is one cycle's goal and begins the next.
    if _has_live_bars(effect.customer_id):
        tell(effect.customer_id, "look", effect.picture)
    if after and began(effect.before, after):
        _enters(effect.customer_id, "added", after.added_at, after, [after.channel_id or ""])
    if after and after.first and ordered(effect.before, after):
        _enters(effect.customer_id, "order", after.last_order_at, after, list(after.products))


def _has_live_bars(customer_id: str) -> bool:
    """Return whether anything goes on for a customer, under any id of theirs. 1 RRU and a query for each."""
    parts = [each.customer_id for each in customers.whole(customer_id)] or [customer_id]
    return any(each.is_live for part in dict.fromkeys([customer_id, *parts]) for each in of_subject(part))


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
    if effect.left and _waits_for("segment") and _has_live_bars(effect.customer_id):
        tell(effect.customer_id, "look", f"segment#{effect.version}")


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
