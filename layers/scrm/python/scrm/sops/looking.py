"""Looking at a customer's bars again: what they were entered for may no longer hold (spec 3.3, 3.8, 3.13)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from scrm.customers.model import Relation
from scrm.settings.dynamodb import load as load_settings
from scrm.sops.enrollment import OWNER_LEFT, PENDING, Enrollment, ExitWhy
from scrm.sops.model import Version
from scrm.sops.moving import exited, handed_over, paused, resumed
from scrm.sops.resting import without_marketing
from scrm.sops.seeing import Person, achieved, fits, is_gone, opted_out, still_in
from scrm.sops.sops_dynamodb import defined
from scrm.sops.storing import until_stored
from scrm.sops.whose import bars_of
from scrm.staff.model import key


def looked_at(message: Mapping[str, Any], now: datetime) -> None:
    """Look at the bars of a customer or lead: goal, condition, consent, friendship, owner may have moved.

    Of two live bars of one person in a SOP the further one goes on (decision 0011). Safe to repeat.
    """
    person, bars = bars_of(message["subject"])
    live = [each for each in bars if each.is_live]
    kept: dict[str, Enrollment] = {}
    for it in sorted(live, key=_further, reverse=True):
        first = kept.setdefault(it.sop_id, it)
        until_stored(it, partial(_looked, person=person, now=now, twin=first is not it))


def _looked(it: Enrollment, person: Person | None, now: datetime, *, twin: bool) -> Enrollment:
    if twin:
        return exited(it, "merged", now) if it.is_live else it
    return look(it, defined.version(it.sop_id, it.version), person, now) if it.is_live else it


def look(it: Enrollment, version: Version, person: Person | None, now: datetime) -> Enrollment:
    """Return a live bar as it is after a look: left, under another friend, at rest, or unchanged.

    1 RRU for the member, beside what is known of the customer.
    """
    if version.subject == "lead":
        from scrm.sops.looking_at_leads import looked_at_lead  # with leads, which most bars do without

        return looked_at_lead(it, version, person, now)
    why = _reason(it, version, person, now)
    if why == "lost_relation" and person:
        return without_friend(it, version, person, now)
    if why or person is None:
        return exited(it, why or "lost_relation", now)
    marketing = without_marketing(it, version, load_settings(), now, opted_out=opted_out(person, now))
    return with_owner(marketing, version, person, now)


def _reason(it: Enrollment, version: Version, person: Person | None, now: datetime) -> ExitWhy | None:
    """Return why a bar ends, in the order of spec 3.3; a goal goes before its own condition (O-S10)."""
    if person is None:
        return "lost_relation"
    if achieved(version, it, person, now):
        return "goal"
    relation = person.relation(it.external_userid, it.owner)
    lost = relation is None or relation.status != "active"
    if lost and (it.why != PENDING or person.friends()):
        return "lost_relation"
    if version.leaves and not (
        fits(version.condition, person, it.owner, now) and still_in(version, it, person)
    ):
        return "segment"
    stays = version.purpose == "service" and person.customer.erased_at is None
    return "optout" if opted_out(person, now) and not stays else None


def without_friend(it: Enrollment, version: Version, person: Person, now: datetime) -> Enrollment:
    """Return a bar whose friendship ended: it waits for a handover, another friend goes on, or it ends."""
    lost, friends = person.relation(it.external_userid, it.owner), person.friends()
    moved = lost is not None and lost.status == "transferred_out"
    if friends and moved and version.policies.on_transfer == "exit":
        return exited(it, "transfer", now)
    if friends and (moved or version.policies.another_friend):
        other = _who_took_over(it, friends) if moved else friends[0]
        if other is None:
            return paused(it, PENDING, version, now) if it.status == "ACTIVE" else it
        return handed_over(it, other.userid, other.external_userid, version, load_settings(), now)
    if moved or it.why == PENDING:
        return paused(it, PENDING, version, now) if it.status == "ACTIVE" else it
    ends = [each.end for each in lost.periods if each.end] if lost else []
    return exited(it, "lost_relation", max(it.entered_at, min(ends[-1], now)) if ends else now)


def _who_took_over(it: Enrollment, friends: Sequence[Relation]) -> Relation | None:
    """Return the friend to whom the owner's chat was handed over; None while its settlement will tell. 1 RRU.

    Where no plan of ours did it, that is the latest friend.
    """
    from scrm.inheritance.marks_dynamodb import transfers_of  # most bars are never handed over

    told = transfers_of([it.external_userid])[it.external_userid]
    if told.of(it.owner):
        return None
    taken = [key(each.takeover) for each in told.ended if key(each.handover) == key(it.owner)]
    same_chat = (each for each in friends if each.external_userid == it.external_userid)
    return next((each for each in same_chat if taken and key(each.userid) == taken[-1]), friends[0])


def with_owner(it: Enrollment, version: Version, person: Person, now: datetime) -> Enrollment:
    """Return a bar that rests while its member is gone, that another friend goes on with, or as it was."""
    if not it.is_live:
        return it
    if not is_gone(it.owner):
        return resumed(it, version, load_settings(), now) if it.why == OWNER_LEFT else it
    others = [each for each in person.friends() if not is_gone(each.userid)]
    if others and version.policies.another_friend:
        other = others[0]
        return handed_over(it, other.userid, other.external_userid, version, load_settings(), now)
    return paused(it, OWNER_LEFT, version, now) if it.status == "ACTIVE" else it


def _further(it: Enrollment) -> tuple[int, float]:
    return len(it.done_keys), -it.entered_at.timestamp()
