"""Starting a change of owner for all groups of a member, at nobody's request of its own (INH-12, INH-14)."""

from datetime import datetime

from scrm.groups import dynamodb as stored
from scrm.groups.choosing import MOST_IN_A_CALL, Choice, Mode, chosen
from scrm.groups.model import Group
from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import MOST_ITEMS, Job, NewJob
from scrm.staff.dynamodb import directory
from scrm.staff.model import key

KIND = "group_transfer"


def of_owner(owner: str) -> dict[str, Group]:
    """Return the groups that a member owns and that are not dismissed, as they are now, by chat_id.

    A query of the list and a batch read for each 100: by bytes.
    """
    listed = [each.chat_id for each in stored.groups_of(owner) if each.status == "active"]
    found = stored.groups(listed)
    return {each: found[each] for each in listed if each in found and found[each].owner_key == key(owner)}


def choice_of(owner: str, mode: Mode, new_owner: str, now: datetime) -> Choice:
    """Return which groups of a member may go to another, and why the others may not. Reads as `of_owner`."""
    people = directory(now)
    return chosen(of_owner(owner).items(), mode, new_owner, people.get, now)


def start(
    job_id: str, choice: Choice, mode: Mode, new_owner: str, requested_by: str, reason: str, now: datetime
) -> Job | None:
    """Start the job that gives the groups of a choice to another owner; None where there are none.

    It leaves no audit line: whoever starts it does. Safe to repeat with the same id: it is one job.
    """
    if not choice.movable:
        return None
    # Groups of one owner together: a chunk then waits for one owner's day, if at all.
    movable = sorted(choice.movable, key=lambda each: each.owner_key)[:MOST_ITEMS]
    new = NewJob(
        job_id,
        KIND,
        requested_by,
        params={"mode": mode, "new_owner": new_owner},
        reason=reason,
        items=[each.chat_id for each in movable],
        chunk_items=MOST_IN_A_CALL,
    )
    return Jobs().start(new, now)
