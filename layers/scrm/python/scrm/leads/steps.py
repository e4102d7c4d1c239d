"""What a step of its life makes of a lead (spec 2.3, 4.4, 4.5). Pure; whoever calls stores it."""

from dataclasses import replace
from datetime import datetime

from scrm.leads.machine import Actor, Status, Trigger, after
from scrm.leads.model import Cooldown, Key, Lead, Source
from scrm.leads.protection import Policy, Protection, RecycleRule, extended, goes_to

INHERITANCE = "system:inheritance"
"""By whom a lead is handed on when its owner leaves; no member can be called so."""

_ADVANCES: frozenset[Trigger] = frozenset({"follow", "qualify", "intend", "sign"})
WAY: tuple[str, ...] = ("FOLLOWING", "QUALIFIED", "INTENT", "SIGNED", "WON")
"""How far a lead gets, step by step."""

WAKES_AT = 60
"""The score at which a lead leaves NURTURE (spec 2.3)."""

_CLOSES: frozenset[Status] = frozenset({"WON", "LOST", "INVALID", "MERGED"})


def furthest(lead: Lead) -> str:
    """Return the furthest status on the way to a sale that a lead has or had; "" for none yet."""
    return (
        max((lead.reached, lead.status), key=lambda each: WAY.index(each) if each in WAY else -1)
        if (lead.status in WAY)
        else lead.reached
    )


def moved(lead: Lead, trigger: Trigger, actor: Actor, by: str, now: datetime, reason: str = "") -> Lead:
    """Return a lead after a step that leaves it with its owner, or closes it. Raises machine.NotAllowed.

    `recycle`, `transfer` and `reopen` change more than the status: see below.
    """
    at = now.replace(microsecond=0)
    status = after(lead.status, trigger, actor, reason)
    return replace(
        lead,
        status=status,
        advanced_at=at if trigger in _ADVANCES else lead.advanced_at,
        closed_at=at if status in _CLOSES else lead.closed_at,
        reached=furthest(lead),
        trigger=trigger,
        reason=reason,
        updated_by=by,
        updated_at=at,
    )


def followed(lead: Lead, policy: Policy, by: str, now: datetime, next_at: datetime | None) -> Lead:
    """Return a lead after its owner followed up: the first one begins FOLLOWING, each extends protection."""
    at = now.replace(microsecond=0)
    there = moved(lead, "follow", "owner", by, now) if lead.status == "ASSIGNED" else lead
    return replace(
        _protected(there, policy, at),
        followed_at=at,
        next_follow_at=next_at,
        trigger="follow",
        reason="",
        updated_by=by,
        updated_at=at,
    )


def acted(lead: Lead, policy: Policy, at: datetime) -> Lead:
    """Return a lead after another qualifying activity: a visit, a quote, the customer's reply (spec 4.4).

    What happened before its owner had it, or extends nothing, changes nothing.
    """
    when = at.replace(microsecond=0)
    after = (
        _protected(lead, policy, when) if lead.is_owned and lead.owned_at and lead.owned_at <= when else lead
    )
    if after == lead:
        return lead
    return replace(after, trigger="activity", reason="", updated_by="system", updated_at=when)


def recycled(
    lead: Lead, policy: Policy, actor: Actor, by: str, now: datetime, reason: RecycleRule | str
) -> Lead:
    """Return a lead back in its pool, or in NURTURE at the third time; its ex-owner has to wait (4.5)."""
    at = now.replace(microsecond=0)
    count = lead.recycle_count + 1
    gone = moved(lead, "recycle", actor, by, now, str(reason))
    waits = (
        *(each for each in lead.cooldowns if at < each.until),
        Cooldown(lead.owner, at + policy.cooldown),
    )
    return replace(
        _unowned(gone), status=goes_to(count), recycle_count=count, cooldowns=waits, epoch=lead.epoch + 1
    )


def transferred(lead: Lead, userid: str, actor: Actor, by: str, now: datetime, reason: str) -> Lead:
    """Return a lead with another owner, in the same status; protection goes on as it is."""
    return replace(moved(lead, "transfer", actor, by, now, reason), owner=userid, epoch=lead.epoch + 1)


def scored(lead: Lead, score: int, at: datetime) -> Lead:
    """Return a lead of which a score was told at `at`: the highest counts, so that no order matters.

    In NURTURE one that was told since, and is high enough, wakes it: it is in its pool, and has three more
    recycles before it. A lead that waits for another owner (R1) is left as it is, since that is decided next.
    """
    when = at.replace(microsecond=0)
    later = max(when, lead.updated_at or when)
    if lead.status == "NURTURE" and score >= WAKES_AT and later == when:
        awake = moved(lead, "wake", "system", "system", when)
        return replace(awake, score=max(lead.score, score), recycle_count=0)
    waits = (lead.status, lead.trigger, lead.reason) == ("POOLED", "recycle", "R1")
    if score <= lead.score or waits:
        return lead
    step = replace(lead, trigger="score", reason=str(score), updated_by="system", updated_at=later)
    return replace(step, score=score)


def woken(lead: Lead, points: int, at: datetime) -> Lead:
    """Return a lead that was nurtured until it was worth somebody's time: out of NURTURE, in its pool.

    Any other is left as it is, and one that has taken a step since.
    """
    if lead.status != "NURTURE" or (lead.updated_at and lead.updated_at > at):
        return lead
    awake = moved(lead, "wake", "system", "system", at)
    return replace(awake, score=max(lead.score, min(points, 100)), recycle_count=0)


def inherited(lead: Lead, userid: str, now: datetime, reason: str) -> Lead:
    """Return a lead that another member has taken over from its owner: sales soon after are split (4.6).

    A won one stays won: to the machine it is final, and who is accountable for it is no step of it.
    """
    if lead.status == "WON":
        at = now.replace(microsecond=0)
        told = {"trigger": "transfer", "reason": reason, "updated_by": INHERITANCE, "updated_at": at}
        return replace(lead, owner=userid, epoch=lead.epoch + 1, **told)  # type: ignore[arg-type]  # as named
    return transferred(lead, userid, "admin", INHERITANCE, now, reason)


def reopened(lead: Lead, pool_id: str, actor: Actor, by: str, now: datetime, reason: str) -> Lead:
    """Return a closed lead that is in a pool again."""
    there = _unowned(moved(lead, "reopen", actor, by, now, reason))
    return replace(there, pool_id=pool_id, closed_at=None, locked=False, epoch=lead.epoch + 1)


def _unowned(lead: Lead) -> Lead:
    return replace(
        lead,
        owner="",
        owned_at=None,
        protect_until=None,
        hard_until=None,
        first_due=None,
        followed_at=None,
        advanced_at=None,
        next_follow_at=None,
        reminded_for=None,
        queued_until=None,
    )


def _protected(lead: Lead, policy: Policy, at: datetime) -> Lead:
    if lead.protect_until is None:
        return lead
    protection = extended(Protection(lead.protect_until, lead.hard_until), at, policy)
    return replace(lead, protect_until=protection.until)


def created(lead: Lead, lead_id: str, source: Source, keys: tuple[Key, ...], by: str, now: datetime) -> Lead:
    """Return a lead as it begins: NEW, and nobody's."""
    at = now.replace(microsecond=0)
    return replace(
        lead,
        lead_id=lead_id,
        status="NEW",
        source=source,
        keys=keys,
        owner="",
        trigger="create",
        updated_by=by or source,
        created_by=by,
        created_at=at,
        updated_at=at,
    )
