"""SOPs of leads 公海培育 (spec 3.5): who enters, under whom, when a lead becomes a friend, what is known.

A lead's bar is its own until a contact of its is somebody's friend; from then on it is the customer's.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from scrm.customers.model import Relation
from scrm.leads import dynamodb as leads
from scrm.leads import lists_dynamodb, rules_dynamodb
from scrm.leads.algorithms import Cursor
from scrm.leads.assigning import waits_for_decision
from scrm.leads.living import pool_of
from scrm.leads.model import Lead
from scrm.leads.nurture import is_ripe
from scrm.leads.whose import customers_of, keys_of, open_leads
from scrm.settings.dynamodb import load as load_settings
from scrm.sops.caps import Touches
from scrm.sops.deciding import Seen
from scrm.sops.dynamodb import EnrollmentChanged, begin, enrollment, moved_to, of_subject
from scrm.sops.enrollment import Enrollment
from scrm.sops.model import Step, Version
from scrm.sops.moving import befriended, entered, exited
from scrm.sops.seeing import Person, is_answered, opted_out, person_of
from scrm.sops.sops_dynamodb import defined
from scrm.sops.storing import ATTEMPTS, Contended, until_stored
from scrm.staff.dynamodb import directory
from scrm.staff.model import key
from scrm.telemetry import count


def seen(
    it: Enrollment, step: Step, person: Person | None, status: str, touches: Touches, now: datetime
) -> Seen:
    """Return what a due step of a lead's SOP is decided by, after the bar was looked at (`looking`)."""
    return Seen(
        status,  # type: ignore[arg-type]  # one of three
        applies=is_answered(step, it),
        opted_out=person is not None and opted_out(person, now),
        touches=touches,
    )


def is_nurtured(lead: Lead, now: datetime) -> bool:
    """Return whether a lead is one of those that SOPs are for: nobody has it, nor is it decided on now."""
    return is_ripe(lead, now) and not waits_for_decision(lead)


def lead_moved(message: Mapping[str, Any], now: datetime) -> None:
    """Let a lead enter the SOPs of its pool, or become the customer it is by now. Safe to repeat."""
    at = datetime.fromisoformat(message["at"])
    lead = leads.lead(message["subject"])
    if lead is None:
        return
    if is_nurtured(lead, now) and "black" not in lists_dynamodb.colours(lead.keys, now):
        for version in defined.live():
            if version.subject == "lead" and _is_for(version, lead):
                _enter(lead, version, at, now)
    bound(lead)


def customer_known(person: Person) -> None:
    """Let the leads of a customer who is somebody's friend become theirs, where SOPs nurture leads."""
    if any(each.subject == "lead" for each in defined.live()) and person.friends():
        for lead in open_leads(keys_of(person.customer.parts or (person.customer,))):
            bound(lead)


def keys_known(message: Mapping[str, Any], _now: datetime) -> None:
    """Let the leads of a customer become theirs whose keys are known by now. Safe to repeat."""
    person = person_of(message["subject"])
    if person:
        customer_known(person)


def bound(lead: Lead) -> None:
    """Make a lead's live bars those of its customer, once somebody is friends with them. Safe to repeat."""
    own = [each for each in of_subject(lead.lead_id) if each.is_live]
    for part in customers_of(lead) if own else ():
        person = person_of(part.customer_id)
        if person and person.friends():
            for it in own:
                _bind(it, person)
            return


def moved_bar(lead_id: str, sop_id: str) -> Enrollment | None:
    """Return the bar of a lead that has become a customer's; None where there is none. By bytes."""
    lead = leads.lead(lead_id)
    for part in customers_of(lead) if lead else ():
        it = enrollment(part.customer_id, sop_id)
        if it and it.lead_id == lead_id:
            return it
    return None


def staff_of(lead: Lead, now: datetime) -> list[tuple[int, str]]:
    """Return who may carry out SOPs for a lead of its pool, in their order: who is active."""
    people = directory(now)
    named = enumerate(pool_of(lead, now).nurtures)
    return [
        (place, userid)
        for place, userid in named
        if (member := people.get(userid)) and member.status == "active"
    ]


def _is_for(version: Version, lead: Lead) -> bool:
    triggers = (each for each in version.triggers if each.kind == "lead")
    return any(not each.ids or lead.pool_id in each.ids for each in triggers)


def _enter(lead: Lead, version: Version, at: datetime, now: datetime) -> None:
    """Let a lead enter under who is next of its pool's; their turn is stored in the same transaction."""
    rules = rules_dynamodb.in_force.get(now)
    for _ in range(ATTEMPTS):
        former = _former(lead, version, at, now)
        staff = staff_of(lead, now)
        if former is None or not staff:
            count("sop_lead_not_entered", why="former" if former is None else "nobody")
            return
        cycle, last = former
        turns = f"nurture#{lead.pool_id}"
        cursor, read = rules_dynamodb.cursors([turns])[turns]
        chosen = next((each for each in staff if cursor.last is None or each > cursor.last), staff[0])
        new = Enrollment(
            version.sop_id,
            lead.lead_id,
            version.number,
            at,
            at,
            cycle,
            owner=chosen[1],
            lead_id=lead.lead_id,
            trigger="lead",
        )
        turn = rules_dynamodb.cursor_step(turns, Cursor(chosen), read, rules)
        try:
            begin(entered(new, version, load_settings()), last, [turn])
        except EnrollmentChanged:
            continue
        count("sop_entered", trigger="lead")
        return
    raise Contended


def _former(
    lead: Lead, version: Version, at: datetime, now: datetime
) -> tuple[int, Enrollment | None] | None:
    """Return the number of the next cycle and the lead's own last one; None where it may not enter now."""
    subjects = [lead.lead_id, *(each.customer_id for each in customers_of(lead))]
    cycles = [
        each for one in dict.fromkeys(subjects) for each in of_subject(one) if each.sop_id == version.sop_id
    ]
    ends = [each.ended_at for each in cycles if each.ended_at]
    if any(each.is_live or each.entered_at >= at.replace(microsecond=0) for each in cycles):
        return None
    if version.policies.cycles and len(cycles) >= version.policies.cycles:
        return None
    if ends and now < max(ends) + timedelta(days=version.policies.reentry_days):
        return None
    own = [each for each in cycles if each.subject == lead.lead_id]
    number = max((each.cycle for each in cycles), default=0) + 1
    return number, max(own, key=lambda each: each.cycle, default=None)


def _bind(it: Enrollment, person: Person) -> None:
    """Store a lead's bar as the customer's, under the friend who executes it, else the latest."""
    there = enrollment(person.customer_id, it.sop_id)
    if there and (there.is_live or there.cycle >= it.cycle):
        until_stored(it, lambda each: exited(each, "merged", each.entered_at) if each.is_live else each)
        return
    version, friend = defined.version(it.sop_id, it.version), _friend(it, person)
    at = friend.added_at or it.entered_at
    moved = befriended(it, friend.userid, friend.external_userid, at, version, load_settings())
    moved_to(person.customer_id, moved, there)
    count("sop_lead_bound")


def _friend(it: Enrollment, person: Person) -> Relation:
    friends = person.friends()
    return next((each for each in friends if key(each.userid) == key(it.owner)), friends[0])
