"""What happens to a customer, as far as their SOPs go: they enter, come back, leave (spec 3.3, 3.4, 3.8).

Whatever a message says, the facts are read anew; a message that comes late or twice changes nothing more.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from scrm.cards.model import Card
from scrm.customers.model import Relation
from scrm.leads.whose import keys_of, open_leads
from scrm.settings.dynamodb import load as load_settings
from scrm.sops.dynamodb import of_subject
from scrm.sops.enrollment import Enrollment, ExitWhy
from scrm.sops.entering import Occasion, enter
from scrm.sops.model import DAY, Trigger, Version
from scrm.sops.moving import come_back, exited, handed_over, paused
from scrm.sops.seeing import Person, achieved, fits, opted_out, person_of
from scrm.sops.sops_dynamodb import defined
from scrm.sops.storing import until_stored
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
    if added and came_by_handover(person, told):
        count("sop_not_entered", why="handed_over")
        return
    back = _come_back(person, told, now) if added else frozenset()
    for version in defined.live():
        if version.sop_id not in back and version.subject == "customer" and _triggers(version, message):
            occasion = replace(told, owner=executor(person, told))
            _, refusal = enter(person.customer_id, version, occasion, now)
            count("sop_entering", why=refusal or "entered")


def looked_at(message: Message, now: datetime) -> None:
    """Look at the bars of a customer again: a goal, a condition, consent, the friendship may have moved."""
    person = person_of(message["subject"])
    subjects = [message["subject"]]
    if person:
        subjects += [person.customer_id, *(each.customer_id for each in person.customer.parts)]
    live = [each for one in dict.fromkeys(subjects) for each in of_subject(one) if each.is_live]
    kept: dict[str, Enrollment] = {}
    for it in sorted(live, key=_further, reverse=True):
        first = kept.setdefault(it.sop_id, it)
        until_stored(it, partial(_looked, person=person, now=now, twin=first is not it))


def executor(person: Person, told: Occasion) -> str:
    """Return who carries a SOP out: of several friends the lead's owner, last contact, the first (3.4)."""
    friends = person.friends()
    if len(friends) < 2:
        return friends[0].userid if friends else told.owner
    owners = {key(each.owner) for each in open_leads(keys_of(person.customer.parts or (person.customer,)))}
    for each in friends:
        if key(each.userid) in owners:
            return each.userid
    talked = [each for each in person.cards if each.last_contact_at and _is_friend(each.userid, friends)]
    if talked:
        return max(talked, key=_contacted).userid
    return friends[-1].userid


def came_by_handover(person: Person, told: Occasion) -> bool:
    """Return whether a friendship is the other end of a handover, and nobody's new customer (spec 3.4)."""
    return any(
        each.status == "transferred_out" and each.periods and _ended_near(each, told.at)
        for each in person.relations
        if key(each.userid) != key(told.owner)
    )


def _looked(it: Enrollment, person: Person | None, now: datetime, *, twin: bool) -> Enrollment:
    """Return a bar as it is after a look: left, under another friend, or unchanged."""
    version = defined.version(it.sop_id, it.version)
    if version.subject == "lead" and it.subject == it.lead_id:
        return it
    why = "merged" if twin else _reason(it, version, person, now)
    if why == "lost_relation" and person:
        return _without_friend(it, version, person, now)
    return exited(it, why, now) if why else it


def _reason(it: Enrollment, version: Version, person: Person | None, now: datetime) -> ExitWhy | None:
    """Return why a bar ends, in the order of spec 3.3; a goal goes before its own condition (O-S10)."""
    if person is None:
        return "lost_relation"
    if achieved(version, it, person, now):
        return "goal"
    relation = person.relation(it.external_userid, it.owner)
    if it.why != "transfer_pending" and (relation is None or relation.status != "active"):
        return "lost_relation"
    if version.leaves and not fits(version.condition, person, it.owner, now):
        return "segment"
    return "optout" if version.purpose == "marketing" and opted_out(person, now) else None


def _without_friend(it: Enrollment, version: Version, person: Person, now: datetime) -> Enrollment:
    """Return a bar whose friendship ended: it waits for a handover, another friend goes on, or it ends."""
    lost, friends = person.relation(it.external_userid, it.owner), person.friends()
    moved = lost is not None and lost.status == "transferred_out"
    if friends and (moved or version.policies.another_friend):
        other = friends[0]
        return handed_over(it, other.userid, other.external_userid, version, load_settings(), now)
    if moved:
        return paused(it, "transfer_pending", version, now) if it.status == "ACTIVE" else it
    return exited(it, "lost_relation", now)


def _come_back(person: Person, told: Occasion, now: datetime) -> frozenset[str]:
    """Let bars go on that a deletion has ended, by policy (3.8); return the SOPs not to be entered.

    A message of a friendship that is over by now, told late or again, brings nothing back.
    """
    there = person.relation(told.external_userid, told.owner)
    if there is None or there.status != "active" or there.added_at != told.at:
        return frozenset()
    settled = set()
    for it in of_subject(person.customer_id):
        version = defined.version(it.sop_id, it.version)
        sop = defined.sops().get(it.sop_id)
        if it.why != "lost_relation" or it.ended_at is None or sop is None or sop.status != "running":
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


def _back(it: Enrollment, version: Version, told: Occasion) -> Enrollment:
    if it.is_live or it.why != "lost_relation":
        return it
    return come_back(it, told.owner, told.external_userid, version, load_settings(), told.at)


def _triggers(version: Version, message: Message) -> bool:
    told = set(message.get("ids", ()))
    return any(_is_met(each, message["trigger"], told) for each in version.triggers)


def _is_met(trigger: Trigger, kind: str, ids: set[str]) -> bool:
    return trigger.kind == kind and (not trigger.ids or bool(ids & set(trigger.ids)))


def _ended_near(relation: Relation, at: datetime) -> bool:
    end = relation.periods[-1].end
    return end is not None and abs(end - at) <= HANDED_OVER


def _contacted(card: Card) -> float:
    return card.last_contact_at.timestamp() if card.last_contact_at else 0.0


def _is_friend(userid: str, friends: list[Relation]) -> bool:
    return any(key(each.userid) == key(userid) for each in friends)


def _further(it: Enrollment) -> tuple[int, float]:
    return len(it.done_keys), -it.entered_at.timestamp()
