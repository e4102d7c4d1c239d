"""What a group is after WeCom told of it: events and answers, in whatever order they come. Pure.

WeCom's rule: a change of members holds for the version it names. One that comes too early waits among the
recent ones until what is missing came; an answer of groupchat/get, which may be older than the event that
asked for it, is carried on by the changes that follow from its version.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from scrm.groups.model import NOBODY, Change, Group, Member, OwnerState
from scrm.staff.model import key

KEPT_CHANGES = 20
KEPT_IDS = 600
KEPT_FOR = timedelta(days=1)
STALE_FOR = timedelta(minutes=10)
"""So long WeCom may go on naming the former owner of a group that it has given away."""


def changed(group: Group, change: Change) -> tuple[Group, bool]:
    """Return the group after a change of members, and whether it must be read from WeCom.

    Repeating is safe: a change to the version that the group has says nothing new.
    """
    if change.version and change.version == group.member_version:
        return group, False
    if not change.members or not (change.last_version and change.version):
        return group, True
    remembered = replace(group, recent=_kept(group.recent, change))
    after = carried_on(remembered)
    return after, after.member_version == group.member_version or _misses(group, change)


def read(group: Group | None, answer: Group, now: datetime, listed_as: OwnerState | None = None) -> Group:
    """Return the group as WeCom's answer has it, carried on by later changes that are known.

    One that WeCom has just listed, with that state of its owner, is there, whatever we took it for; else one
    that was dismissed stays so.
    """
    before = group or Group(answer.chat_id)
    if before.status == "dismissed":
        if listed_as is None:
            return before
        before = replace(before, status="active", dismissed_at=None)
    if _is_stale(before, answer, now):
        answer = replace(answer, owner=before.owner)
    moved = before.owner_key != answer.owner_key
    state = listed_as or ("normal" if moved else before.owner_state)
    return carried_on(
        replace(
            before,
            name=answer.name,
            owner=answer.owner,
            notice=answer.notice,
            created_at=answer.created_at,
            admins=answer.admins,
            members=answer.members,
            member_version=answer.member_version,
            recent=tuple(each for each in before.recent if each.at > (now - KEPT_FOR).timestamp()),
            owner_state=state,
            read_at=now,
        )
    )


def dismissed(group: Group, at: int, now: datetime) -> Group:
    """Return the group once it is gone, since `at` (unix seconds, 0 when nobody knows).

    How many were in it stays, who from outside does not: no row would lead from them to it.
    """
    if group.status == "dismissed":
        return group
    since = datetime.fromtimestamp(at, UTC) if at else now
    forgotten = without_erased(group, group.outside)
    return replace(forgotten, status="dismissed", dismissed_at=since, recent=())


def handed_over(group: Group, new_owner: str, mode: str, job_id: str, now: datetime) -> Group:
    """Return the group once WeCom gave it to somebody else. Repeating is safe: a job counts once."""
    known = any(by == job_id for _, by in group.accepted)
    former = group.handed_by if group.owner_key == key(new_owner) else group.owner
    accepted = group.accepted if known or mode != "onjob" else (*group.accepted, (now, job_id))
    state: Any = "transferred" if mode == "resigned" else "normal"
    return replace(
        group, owner=new_owner, owner_state=state, accepted=accepted, handed_at=now, handed_by=former
    )


def without_erased(group: Group, erased: Iterable[str]) -> Group:
    """Return the group with nobody in the place of who was erased."""
    gone = frozenset(erased)
    if not gone:
        return group
    members = tuple(replace(each, id=NOBODY) if each.id in gone else each for each in group.members)
    recent = tuple(
        replace(each, members=tuple(who for who in each.members if who.id not in gone))
        for each in group.recent
    )
    return replace(group, members=members, recent=tuple(each for each in recent if each.members))


def carried_on(group: Group) -> Group:
    """Return the group after every recent change that follows from its version, one from the other."""
    for _ in group.recent:
        following = next((c for c in group.recent if c.last_version == group.member_version), None)
        if following is None:
            return group
        group = replace(group, members=_after(group, following), member_version=following.version)
    return group


def _is_stale(group: Group, answer: Group, now: datetime) -> bool:
    """Return whether an answer names the owner whom WeCom has just taken the group from."""
    lately = group.handed_at is not None and now - group.handed_at < STALE_FOR
    return lately and answer.owner_key == key(group.handed_by)


def _after(group: Group, change: Change) -> tuple[Member, ...]:
    if change.kind == "add":
        there = {each.id for each in group.members}
        return (*group.members, *(each for each in change.members if each.id not in there))
    gone = {each.id for each in change.members}
    unknown = len(gone - {each.id for each in group.members})
    left: list[Member] = []
    for each in group.members:
        if each.id == NOBODY and unknown:
            unknown -= 1
        elif each.id not in gone:
            left.append(each)
    return tuple(left)


def _misses(group: Group, change: Change) -> bool:
    """Return whether somebody leaves who was not there, so that something is wrong with what we have."""
    nobodies = sum(each.id == NOBODY for each in group.members)
    missing = {each.id for each in change.members} - {each.id for each in group.members}
    applied_at_once = change.last_version == group.member_version
    return change.kind == "del" and applied_at_once and len(missing) > nobodies


def _kept(recent: tuple[Change, ...], change: Change) -> tuple[Change, ...]:
    others = tuple(each for each in recent if each.version != change.version)
    kept = (*others, change)[-KEPT_CHANGES:]
    while len(kept) > 1 and sum(len(each.members) for each in kept) > KEPT_IDS:
        kept = kept[1:]
    return kept
