"""Stream records of what a customer did and where they are moved, and what follows from it."""

from datetime import datetime

from scrm import clock
from scrm.changes.effects import Acted, CampaignAnswered, CustomerFollowed, Effect, Happening, Signalled
from scrm.changes.images import Change
from scrm.changes.lead_news import customer_acted
from scrm.changes.relation_images import definitions
from scrm.changes.segments import segments_moved
from scrm.changes.sop_effects import ActTraced, Marketed
from scrm.changes.stages import stage_changed
from scrm.changes.tags import rules_met
from scrm.intentions.model import PLACES
from scrm.leads.saying import SHORT
from scrm.leads.signals import PLACE as SIGNALS
from scrm.segments.members_dynamodb import StateRow
from scrm.segments.model import State
from scrm.stages.dynamodb import MoveRow
from scrm.tagging.rules import KINDS as RULED
from scrm.tagging.rules_dynamodb import rules
from scrm.timeline.dynamodb import TIMELINE, EntryRow
from scrm.timeline.model import Entry
from scrm.webhooks.model import OF_KINDS


def of_trace(change: Change) -> list[Effect]:
    """Return what follows from a new entry of a customer's trace."""
    _, row = change.images(EntryRow)
    if row is None or not change.is_new:
        return []
    customer_id, entry = change.pk.removeprefix(TIMELINE), row.entity()
    acted: list[Effect] = [Acted(customer_id, entry)] if row.kind in PLACES else []
    signalled: list[Effect] = [Signalled(customer_id, entry)] if row.kind in SIGNALS else []
    told: list[Effect] = [Happening(customer_id, entry)] if row.kind in OF_KINDS else []
    ruled = rules_met(customer_id, entry, rules(clock.now())) if row.kind in RULED else []
    scanned = _scanned(customer_id, entry) if row.kind == "scan" else []
    followed = _followed(customer_id, entry) if row.kind == "follow_up" else []
    sops = _of_sops(customer_id, entry)
    return [
        *sops,
        *acted,
        *signalled,
        *scanned,
        *followed,
        *told,
        *ruled,
        *customer_acted(customer_id, entry),
    ]


def _scanned(customer_id: str, entry: Entry) -> list[Effect]:
    campaign = str(entry.facts.get("code", ""))[:SHORT]
    return [CampaignAnswered(campaign, "scan", _act(customer_id, entry), entry.at)] if campaign else []


def _followed(customer_id: str, entry: Entry) -> list[Effect]:
    """Return that a customer was followed up; what was recorded with a lead is counted there."""
    if not entry.userid or entry.facts.get("lead_id"):
        return []
    return [CustomerFollowed(entry.userid, _act(customer_id, entry), entry.at)]


def _of_sops(customer_id: str, entry: Entry) -> list[Effect]:
    """Return that the customer may have reached a goal, and was marketed to elsewhere (INT-06)."""
    if entry.kind == "sop":
        return []
    traced: list[Effect] = [ActTraced(customer_id, entry.kind, entry.entry_id, entry.at)]
    told = entry.kind in {"touch", "touch_result"} and entry.facts.get("marketing")
    return [*traced, Marketed(customer_id, entry.entry_id, entry.at)] if told else traced


def _act(customer_id: str, entry: Entry) -> str:
    return f"{customer_id}#{entry.at.isoformat()}#{entry.entry_id}"


def of_state(change: Change) -> list[Effect]:
    """Return what follows when a customer entered or left segments."""
    before, after = change.images(StateRow)
    if after is None or after.moved_at is None:
        return []
    at = datetime.fromisoformat(after.moved_at)
    old, new = before.entity() if before else State(), after.entity()
    if old.entered.keys() == new.entered.keys():
        return []
    return segments_moved(change.pk.partition("#")[2], old, new, at, definitions.current()[1])


def of_stage(change: Change) -> list[Effect]:
    """Return what follows from a move to another stage."""
    _, moved = change.images(MoveRow)
    return [stage_changed(moved.customer_id, moved.entity())] if moved and change.is_new else []
