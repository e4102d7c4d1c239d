"""What happens to a customer, as far as their SOPs go: they enter, come back, leave (spec 3.3, 3.4, 3.8).

Whatever a message says, the facts are read anew; a message that comes late or twice changes nothing more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from scrm.cards.model import Card
from scrm.customers.model import ASSIGNED, Relation
from scrm.leads.whose import keys_of, open_leads
from scrm.settings.dynamodb import load as load_settings
from scrm.sops.acting import caught_up
from scrm.sops.dynamodb import EnrollmentChanged
from scrm.sops.enrollment import PENDING, Enrollment
from scrm.sops.entering import Occasion, enter
from scrm.sops.model import DAY, Trigger, Version
from scrm.sops.moving import come_back
from scrm.sops.nurturing import customer_known
from scrm.sops.seeing import Person, person_of
from scrm.sops.sops_dynamodb import defined
from scrm.sops.storing import until_stored
from scrm.sops.whose import current, subjects_of
from scrm.staff.model import key
from scrm.telemetry import count

NEWS = 3 * DAY
"""A friendship that began longer ago is none that makes anybody enter: reconciliation found it."""
HANDED_OVER = 10 * DAY
"""So long after a friendship went to another member the other's is no new one (spec 3.4)."""

Message = Mapping[str, Any]


def entering_asked(message: Message, now: datetime) -> None:
    """Let a customer enter the SOPs that what happened triggers, or come back to one they have lost."""
    at = datetime.fromisoformat(message["at"])
    person = person_of(message["subject"])
    if person is None or now - at > NEWS:
        count("sop_not_entered", why="unknown" if person is None else "old")
        return
    told = Occasion(
        message["trigger"],
        at,
        owner=message.get("owner", ""),
        external_userid=message.get("external_userid", ""),
    )
    added = message["trigger"] == "added"
    if added:
        customer_known(person)
    if added and came_by_handover(person, told):
        count("sop_not_entered", why="handed_over")
        return
    held = person.relation(told.external_userid, told.owner)
    if added and (held is None or held.status != "active"):
        count("sop_not_entered", why="no_friend")
        return
    back = _come_back(person, told, now) if added else frozenset()
    for version in defined.live():
        if version.sop_id not in back and version.subject == "customer" and _triggers(version, message):
            _enter(person, version, told, now)


def executor(person: Person) -> Relation | None:
    """Return in whose friendship a SOP is carried out: of several the lead's owner's, who spoke with them
    last, the first (spec 3.4); None without any.
    """
    friends = person.friends()
    if len(friends) < 2:
        return friends[0] if friends else None
    owners = {key(each.owner) for each in open_leads(keys_of(person.customer.parts or (person.customer,)))}
    for each in friends:
        if key(each.userid) in owners:
            return each
    talked = [each for each in person.cards if each.last_contact_at and _with(each, friends)]
    if talked:
        return _with(max(talked, key=_contacted), friends)
    return friends[-1]


def came_by_handover(person: Person, told: Occasion) -> bool:
    """Return whether a friendship is the other end of a handover, and nobody's new customer (spec 3.4).

    Known by WeCom's own word (how it was added), by the bars that wait for a handover, or by the end of the
    other friendship: whichever of the events comes first. Whoever keeps handovers tells of them in time by a
    message `transfer` of phase pending, in the customer's group and before WeCom is asked.
    """
    relation = person.relation(told.external_userid, told.owner)
    if relation is not None and relation.add_way == ASSIGNED:
        return True
    others = [each for each in person.relations if key(each.userid) != key(told.owner)]
    if any(
        each.status == "transferred_out" and each.periods and _ended_near(each, told.at) for each in others
    ):
        return True
    waits = (each for each in current(subjects_of(person.customer_id, person)) if each.is_live)
    return any(each.why == PENDING and each.external_userid == told.external_userid for each in waits)


def _enter(person: Person, version: Version, told: Occasion, now: datetime) -> None:
    chosen = executor(person)
    if chosen:
        told = replace(told, owner=chosen.userid, external_userid=chosen.external_userid)
    it, refusal = enter(person.customer_id, version, told, now)
    count("sop_entering", why=refusal or "entered")
    if it is None:
        return
    try:
        caught_up(it, version)
    except EnrollmentChanged:
        # Somebody else has moved it: whoever tells of what was done meets the bar by now.
        count("sop_entered_and_moved")


def _come_back(person: Person, told: Occasion, now: datetime) -> frozenset[str]:
    """Let bars go on that a deletion has ended, by policy (3.8); return the SOPs not to be entered.

    A message of a friendship that is over by now, told late or again, brings nothing back.
    """
    there = person.relation(told.external_userid, told.owner)
    if there is None or there.status != "active" or there.added_at != told.at:
        return frozenset()
    settled = set()
    for it in _lost(person):
        version = defined.version(it.sop_id, it.version)
        sop = defined.sops()[it.sop_id]
        if it.ended_at is None or it.ended_at > told.at or sop.status != "running":
            continue
        within = told.at - it.ended_at <= timedelta(days=version.policies.resume_days)
        if not within or version.policies.on_readd == "none":
            settled |= {it.sop_id} if within else set()
            continue
        settled.add(it.sop_id)
        if version.policies.on_readd == "restart":
            enter(person.customer_id, defined.version(it.sop_id, sop.published), told, now, again=True)
        else:
            until_stored(it, partial(_back, version=version, told=told))
    return frozenset(settled)


def _lost(person: Person) -> Iterable[Enrollment]:
    """Return, of each SOP that nothing goes on in, the bar that a deletion ended last."""
    by_sop: dict[str, list[Enrollment]] = {}
    for it in current(subjects_of(person.customer_id, person)):
        if it.sop_id in defined.sops():
            by_sop.setdefault(it.sop_id, []).append(it)
    for bars in by_sop.values():
        if any(each.is_live for each in bars):
            continue
        last = max(bars, key=_ended)
        if last.why == "lost_relation":
            yield last


def _back(it: Enrollment, version: Version, told: Occasion) -> Enrollment:
    if it.is_live or it.why != "lost_relation":
        return it
    return come_back(it, told.owner, told.external_userid, version, load_settings(), told.at)


def _triggers(version: Version, message: Message) -> bool:
    told = set(message.get("ids", ()))
    if message["trigger"] == "sop":
        return version.sop_id in told
    return any(_is_met(each, message["trigger"], told) for each in version.triggers)


def _is_met(trigger: Trigger, kind: str, ids: set[str]) -> bool:
    return trigger.kind == kind and (not trigger.ids or bool(ids & set(trigger.ids)))


def _ended_near(relation: Relation, at: datetime) -> bool:
    end = relation.periods[-1].end
    return end is not None and abs(end - at) <= HANDED_OVER


def _ended(it: Enrollment) -> float:
    return it.ended_at.timestamp() if it.ended_at else 0.0


def _contacted(card: Card) -> float:
    return card.last_contact_at.timestamp() if card.last_contact_at else 0.0


def _with(card: Card, friends: list[Relation]) -> Relation | None:
    """Return the friendship that a card is of."""
    chat = (card.external_userid, key(card.userid))
    return next((each for each in friends if (each.external_userid, key(each.userid)) == chat), None)
