"""Handing over a member's customer groups along with their customers: a job for each new owner (INH-14)."""

from collections.abc import Sequence
from dataclasses import dataclass

from scrm.admin.audited import audited
from scrm.audit.dynamodb import Step
from scrm.groups import dynamodb as stored
from scrm.groups.choosing import Choice, chosen
from scrm.groups.model import Group
from scrm.http.request import Request
from scrm.inheritance.model import PlanMode
from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import MOST_ITEMS, NewJob
from scrm.offboarding.counting import groups_owned
from scrm.staff.model import Directory, key

KIND = "group_transfer"
CHUNK = 100
MOST_OWNERS = 10
"""So many members get groups: their jobs are started in one transaction."""
jobs = Jobs()


@dataclass(frozen=True)
class GroupsHanded:
    """The jobs that hand groups over, how many they hand over, and which stay, and why."""

    job_ids: tuple[str, ...] = ()
    groups: int = 0
    stay: tuple[tuple[str, str], ...] = ()


def hand_groups(
    request: Request, userid: str, mode: PlanMode, takeovers: Sequence[str], people: Directory
) -> GroupsHanded:
    """Start the jobs that give a member's groups to the takeovers in turn; what stays is named.

    A repetition of the request with the same Idempotency-Key finds its jobs. Raises 503 while the audit log
    is busy.
    """
    owners = list(takeovers)[:MOST_OWNERS]
    choice = _choice(request, userid, mode, owners, people)
    stay = tuple((chat_id, why) for chat_id, _, why in choice.refused)
    ids = {each: f"{request.new_id('job')}-{place}" for place, each in enumerate(owners)}
    if already := tuple(found for found in ids.values() if jobs.job(found)):
        totals = jobs.jobs(already).values()
        return GroupsHanded(already, sum(each.total or 0 for each in totals), stay)
    parts = {owner: choice.movable[place :: len(owners)] for place, owner in enumerate(owners)}
    new = [_job(request, ids[each], each, mode, part) for each, part in parts.items() if part]
    if new:
        _start(request, userid, mode, new)
    return GroupsHanded(tuple(each.job_id for each in new), len(choice.movable), stay)


def _choice(
    request: Request, userid: str, mode: PlanMode, owners: Sequence[str], people: Directory
) -> Choice:
    if not owners:
        return Choice((), ())
    listed = [each.chat_id for each in groups_owned(userid)]
    found = stored.groups(listed) if listed else {}
    theirs = [(chat_id, group) for chat_id, group in found.items() if group.owner_key == key(userid)]
    return chosen(theirs[:MOST_ITEMS], mode, owners[0], people.get, request.now)


def _job(request: Request, job_id: str, owner: str, mode: PlanMode, groups: Sequence[Group]) -> NewJob:
    return NewJob(
        job_id,
        KIND,
        request.staff.userid,
        params={"mode": mode, "new_owner": owner},
        items=[each.chat_id for each in groups],
        chunk_items=CHUNK,
    )


def _start(request: Request, userid: str, mode: PlanMode, new: Sequence[NewJob]) -> None:
    """Store the jobs with one line in the audit log."""
    writes: list[Step] = []
    for each in new:
        jobs.put_chunks(each, request.now)
        writes += jobs.steps(each, request.now)
    told = {"mode": mode, "new_owners": {each.params["new_owner"]: len(each.items) for each in new}}
    audited(request, "offboarding_groups_handed_over", f"STAFF#{userid}", None, told, writes)
