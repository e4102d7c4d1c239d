"""The organisation, pulled from WeCom: departments, members, who may have customers (spec ADM-05)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from scrm.audit.dynamodb import record
from scrm.settings.dynamodb import load as load_settings
from scrm.staff import dynamodb as stored
from scrm.staff import shown
from scrm.staff.model import Department, Directory, Member, key
from scrm.staff.organisation import (
    SeenMember,
    arrived,
    gone,
    leads_by_department,
    renamed,
    vanished,
    with_first_admin,
)
from scrm.table import rfc3339
from scrm.wecom.client import WeCom

ASKED_AFTER = 100


@dataclass(frozen=True)
class SyncOutcome:
    """What a pull found and changed."""

    departments: int
    members: int
    changed: int
    left: int
    first_admin: str | None = None


def pull(wecom: WeCom, now: datetime) -> SyncOutcome:
    """Make the directory what WeCom shows. Safe to repeat; a failed call of WeCom leaves nobody marked left.

    Members whom WeCom shows no more are asked after one by one, at most 100 in a pull: only those WeCom
    does not know are marked left.
    """
    at = rfc3339(now)
    departments = shown.departments(wecom)
    seen = {key(each.userid): each for each in _all_members(wecom, departments)}
    contacts = shown.with_customer_contact(wecom)
    before = stored.load_directory()

    _store_departments(departments, before)
    after = dict(before.members)
    for who, member in seen.items():
        old = before.get(who)
        able = who in contacts if contacts is not None else bool(old and old.can_contact)
        after[who] = _arrived(member, departments, old, at, able=able)
    missing = vanished(before, seen.keys())[:ASKED_AFTER]
    after |= {each.key: _asked_after(wecom, each, at) for each in missing}
    changed = [who for who, member in after.items() if member != before.get(who)]
    for who in changed:
        _store(after[who], before.get(who))
    return SyncOutcome(
        departments=len(departments),
        members=len(seen),
        changed=len(changed),
        left=sum(after[who].status == "left" for who in changed),
        first_admin=_first_admin(after, now),
    )


def follow_member(wecom: WeCom, userid: str, new_userid: str, now: datetime) -> None:
    """Make one member what WeCom shows now, after an event about them. Safe to repeat, in any order.

    With `new_userid` the member goes on under that id with their rights, and the old id is marked left.
    """
    at = rfc3339(now)
    if new_userid and key(new_userid) != key(userid):
        old = stored.member(userid)
        if old and old.status != "left" and stored.member(new_userid) is None:
            stored.put_from_wecom(renamed(old, new_userid, at))
        if old and old.status != "left":
            stored.put_from_wecom(gone(old, "left", at))
    wanted = new_userid or userid
    before = stored.member(wanted)
    now_shown = shown.member(wecom, wanted)
    if isinstance(now_shown, SeenMember):
        contacts = shown.with_customer_contact(wecom)
        able = key(wanted) in contacts if contacts is not None else bool(before and before.can_contact)
        departments = list(stored.load_directory().departments.values())
        after = _arrived(now_shown, departments, before, at, able=able)
    elif before is None:
        return
    else:
        after = gone(before, now_shown, at)
    if after != before:
        _store(after, before)


def follow_department(wecom: WeCom, department_id: int) -> None:
    """Make one department what WeCom shows now, after an event about it. Safe to repeat, in any order."""
    now_shown = shown.department(wecom, department_id)
    if now_shown is None:
        stored.remove_department(department_id)
    else:
        stored.put_department(now_shown)


def _all_members(wecom: WeCom, departments: Iterable[Department]) -> Iterable[SeenMember]:
    for department in departments:
        yield from shown.members(wecom, department.department_id)


def _store_departments(departments: Sequence[Department], before: Directory) -> None:
    shown = {each.department_id: each for each in departments}
    for department_id, department in shown.items():
        if before.departments.get(department_id) != department:
            stored.put_department(department)
    for department_id in before.departments.keys() - shown.keys():
        stored.remove_department(department_id)


def _arrived(
    seen: SeenMember, departments: Sequence[Department], old: Member | None, at: str, *, able: bool
) -> Member:
    led = replace(seen, leads=leads_by_department(seen, departments))
    return arrived(led, old, at, can_contact=able)


def _asked_after(wecom: WeCom, member: Member, at: str) -> Member:
    now_shown = shown.member(wecom, member.userid)
    # Shown after all, in no department we may see: nothing is known that would change the member.
    return member if isinstance(now_shown, SeenMember) else gone(member, now_shown, at)


def _store(after: Member, before: Member | None) -> None:
    came_back = before is not None and before.status == "left" and after.status != "left"
    stored.put_from_wecom(after, forgets_rights=came_back)


def _first_admin(members: dict[str, Member], now: datetime) -> str | None:
    chosen = with_first_admin(members, load_settings().first_admin, rfc3339(now))
    if chosen is None:
        return None
    record(
        "system",
        "first_admin_appointed",
        f"STAFF#{chosen.userid}",
        None,
        {"role": chosen.role, "data_scope": chosen.data_scope},
        "",
        now,
        writes=[stored.put_rights_step(chosen, chosen.version - 1)],
    )
    stored.forget_directory()
    return chosen.userid
