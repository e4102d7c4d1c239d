"""/admin/groups:transfer: customer groups 客户群 get another owner, and what that would do (INH-14)."""

from collections import Counter
from typing import Any

from scrm.admin.audited import no_effect
from scrm.admin.rights import DRAFT_PLANS, OPERATIONS
from scrm.groups import dynamodb as stored
from scrm.groups.choosing import MOST_IN_A_CALL, Choice, chosen, days_for
from scrm.groups.model import Group
from scrm.groups.models import (
    OwnerPartOut,
    SkippedGroupOut,
    TransferIn,
    TransferPreviewIn,
    TransferPreviewOut,
)
from scrm.groups.transfers_dynamodb import taken_today
from scrm.http import problems
from scrm.http.routing import Api, Request
from scrm.http.scope import may_see_of
from scrm.jobs.model import MOST_ITEMS
from scrm.jobs.models import JobOut
from scrm.jobs.starting import begin
from scrm.staff.dynamodb import directory
from scrm.staff.model import key

ROOT = "/admin/groups"
KIND = "group_transfer"


def declare(api: Api) -> None:
    """Add the routes."""
    within: dict[str, Any] = {"scope": "groups of owners within the data scope"}
    api.route(
        "POST",
        f"{ROOT}:transfer-preview",
        **within,
        roles=DRAFT_PLANS,
        body=TransferPreviewIn,
        answers=TransferPreviewOut,
    )(preview)
    api.route(
        "POST",
        f"{ROOT}:transfer",
        **within,
        roles=OPERATIONS,
        body=TransferIn,
        answers=JobOut,
        status=202,
        creates=True,
    )(transfer)


def preview(request: Request) -> TransferPreviewOut:
    """What a change of owner would do: what moves on how many days, what stays and why."""
    no_effect(request)
    choice = _chosen(request)
    people, by_owner = directory(request.now), Counter(each.owner for each in choice.movable)
    parts = []
    for owner, groups in by_owner.items():
        today = taken_today(owner, request.now)
        parts.append(
            OwnerPartOut(
                owner=owner,
                owner_name=people.name_of(owner),
                groups=groups,
                today=today,
                days=days_for(groups, today),
            )
        )
    return TransferPreviewOut(
        total=len(choice.movable) + len(choice.refused),
        movable=len(choice.movable),
        owners=parts,
        skipped=[
            SkippedGroupOut(
                chat_id=chat_id,
                name=group.name if group else "",
                owner=group.owner if group else "",
                code=code,
            )
            for chat_id, group, code in choice.refused
        ],
    )


def transfer(request: Request) -> JobOut:
    """Give groups another owner: a job that says what became of each. What stays is as in the preview."""
    asked: TransferIn = request.body
    choice = _chosen(request)
    if not choice.movable:
        raise problems.invalid_field("chat_ids" if asked.chat_ids else "owner", "没有可以转交的客户群")
    # Groups of one owner together: a chunk then waits for one owner's day, if at all.
    movable = sorted(choice.movable, key=lambda each: each.owner_key)[:MOST_ITEMS]
    told = {"mode": asked.mode, "new_owner": asked.new_owner}
    owners = sorted({each.owner for each in movable})
    job = begin(
        request,
        KIND,
        params=told,
        items=[each.chat_id for each in movable],
        reason=asked.reason,
        chunk_items=MOST_IN_A_CALL,
        audit={**told, "owners": owners[:20], "skipped": len(choice.refused)},
    )
    return JobOut.model_validate(job)


def _chosen(request: Request) -> Choice:
    """Return which of the groups asked for may change hands; raises a 422 for who may not take them over."""
    asked: TransferPreviewIn = request.body
    people = directory(request.now)
    new_owner = people.get(asked.new_owner)
    if new_owner is None or not new_owner.may_take_customers:
        raise problems.invalid_field("new_owner", "不是在职且有客户联系权限的成员")
    if asked.owner and not may_see_of(request.staff, asked.owner, people):
        raise problems.forbidden()
    groups = _asked_for(asked)

    def seen(group: Group | None) -> Group | None:
        return group if group and may_see_of(request.staff, group.owner, people) else None

    pairs = [(chat_id, seen(group)) for chat_id, group in groups.items()]
    return chosen(pairs, asked.mode, new_owner.userid, people.get, request.now)


def _asked_for(asked: TransferPreviewIn) -> dict[str, Group | None]:
    if asked.chat_ids:
        wanted = list(dict.fromkeys(asked.chat_ids))
        found = stored.groups(wanted)
        return {each: found.get(each) for each in wanted}
    owner = key(asked.owner or "")
    listed = [each.chat_id for each in stored.groups_of(owner) if each.status == "active"]
    return {chat_id: group for chat_id, group in stored.groups(listed).items() if group.owner_key == owner}
