"""Entering a SOP (spec 3.4): who may, under whom, from when; one live bar for each SOP and customer."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from scrm.customers.model import Relation
from scrm.settings.dynamodb import load as load_settings
from scrm.sops.anchors import contract_end
from scrm.sops.birthdays import birthday_of, next_birthday
from scrm.sops.dynamodb import EnrollmentChanged, begin, of_subject
from scrm.sops.enrollment import Enrollment
from scrm.sops.model import Version
from scrm.sops.moving import entered
from scrm.sops.seeing import Person, achieved, fits, opted_out, person_of
from scrm.sops.welcomed import with_welcome
from scrm.staff.model import key
from scrm.telemetry import count

Refusal = Literal[
    "", "unknown", "no_friend", "live", "reentry_gap", "cycles", "optout", "segment", "no_anchor", "goal"
]


@dataclass(frozen=True)
class Occasion:
    """What made somebody enter: which trigger, when, and what it says of the anchor and the chat."""

    kind: str
    at: datetime
    anchor_at: datetime | None = None
    owner: str = ""
    external_userid: str = ""
    channel_id: str = ""
    birthday: str = ""


Store = Callable[[Enrollment, Enrollment | None], Enrollment]
"""Stores a new cycle after a former one, as `begin` does."""


def enter(
    customer_id: str,
    version: Version,
    occasion: Occasion,
    now: datetime,
    *,
    again: bool = False,
    store: Store = begin,
) -> tuple[Enrollment | None, Refusal]:
    """Let a customer enter a SOP; return the enrollment, or why not. Safe to repeat: "live".

    `again` starts a cycle whatever the gap since the last one (a restart). `store` may store more beside it.
    3 WRU, and those of a transaction after a former cycle.
    """
    start, former, refusal = _considered(customer_id, version, occasion, now, again=again)
    if start is None or refusal:
        return None, refusal
    try:
        stored = store(entered(start, version, load_settings()), former)
    except EnrollmentChanged:
        return None, "live"
    count("sop_entered", trigger=occasion.kind)
    return stored, ""


def may_enter(
    customer_id: str, version: Version, occasion: Occasion, now: datetime
) -> tuple[Enrollment | None, Refusal]:
    """Return how a customer would enter a SOP, and why they may not all the same. Writes nothing.

    None where it cannot even be told: nobody is friends with them, or they have no anchor.
    """
    start, _, refusal = _considered(customer_id, version, occasion, now)
    return start, refusal


def _considered(
    customer_id: str, version: Version, occasion: Occasion, now: datetime, *, again: bool = False
) -> tuple[Enrollment | None, Enrollment | None, Refusal]:
    """Return the cycle that would begin, the one before it, and why not."""
    person = person_of(customer_id)
    if person is None:
        return None, None, "unknown"
    former, refusal = _former(person, version, occasion.at, now, again=again)
    relation = relation_for(person, occasion)
    refusal = refusal or refused(person, version, relation, now)
    if relation is None:
        return None, None, refusal or "no_friend"
    start = start_of(person, version, relation, occasion, former)
    if start is None:
        return None, former, refusal or "no_anchor"
    if not refusal and achieved(version, start, person, now):
        refusal = "goal"
    return start, former, refusal


def refused(person: Person, version: Version, relation: Relation | None, now: datetime) -> Refusal:
    """Return why somebody may not be in a SOP now, "" when they may."""
    if relation is None:
        return "no_friend"
    if person.customer.erased_at or (version.purpose == "marketing" and opted_out(person, now)):
        return "optout"
    return "" if fits(version.condition, person, relation.userid, now) else "segment"


def relation_for(person: Person, occasion: Occasion) -> Relation | None:
    """Return the friendship a SOP is carried out in: of several the one told, else the earliest (3.4)."""
    friends = person.friends()
    for each in friends if occasion.owner or occasion.external_userid else ():
        told = occasion.external_userid in {"", each.external_userid}
        if told and (not occasion.owner or key(each.userid) == key(occasion.owner)):
            return each
    return friends[-1] if friends else None


def _former(
    person: Person, version: Version, at: datetime, now: datetime, *, again: bool
) -> tuple[Enrollment | None, Refusal]:
    """Return the last cycle of whoever the customer is, and whether it stands in the way of another.

    An occasion of before the last cycle began is one that was told late, or again: it begins none.
    """
    cycles = [
        each
        for part in dict.fromkeys([person.customer_id, *(each.customer_id for each in person.customer.parts)])
        for each in of_subject(part)
        if each.sop_id == version.sop_id
    ]
    if any(each.is_live for each in cycles):
        return None, "live"
    own = [each for each in cycles if each.subject == person.customer_id]
    last = max(own, key=lambda each: each.cycle, default=None)
    return last, "" if again else barred(cycles, len(cycles), version, at, now)


def barred(
    cycles: Iterable[Enrollment], number: int, version: Version, at: datetime, now: datetime
) -> Refusal:
    """Return why the cycles that somebody has been through, so many in all, allow no other yet, or ""."""
    cycles = list(cycles)
    ends = [each.ended_at for each in cycles if each.ended_at]
    if any(each.is_live or at.replace(microsecond=0) <= each.entered_at for each in cycles):
        return "live"  # or told once more, late: this is what the cycle began with
    if version.policies.cycles and number >= version.policies.cycles:
        return "cycles"
    if ends and now < max(ends) + timedelta(days=version.policies.reentry_days):
        return "reentry_gap"
    return ""


def start_of(
    person: Person, version: Version, relation: Relation, occasion: Occasion, former: Enrollment | None
) -> Enrollment | None:
    """Return the cycle that would begin; None where the customer has no such anchor."""
    anchor = _anchor(person, version, relation, occasion)
    if anchor is None:
        return None
    start = Enrollment(
        version.sop_id,
        person.customer_id,
        version.number,
        occasion.at,
        anchor,
        former.cycle + 1 if former else 1,
        owner=relation.userid,
        external_userid=relation.external_userid,
        channel_id=relation.channel_id or "",
        trigger=occasion.kind,
        birthday=occasion.birthday or birthday_of(person.customer),
    )
    return with_welcome(start, version, relation)


def _anchor(person: Person, version: Version, relation: Relation, occasion: Occasion) -> datetime | None:
    """Return what a timed SOP counts from (spec 3.2); None when the customer has no such time."""
    match version.anchor:
        case "added":
            return relation.added_at
        case "order":
            return max((each.last_order_at for each in person.cards if each.last_order_at), default=None)
        case "date":
            return datetime.fromisoformat(f"{version.anchor_date}T00:00:00+08:00")
        case "entered":
            return occasion.at
        case "birthday":
            return occasion.anchor_at or next_birthday(birthday_of(person.customer), occasion.at)
        case "contract_end":
            return occasion.anchor_at or contract_end(person.customer, occasion.at)
