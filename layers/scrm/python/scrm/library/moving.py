"""Moving items and groups by hand (CON-07): one library's row is written, whoever else moves something."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from scrm.admin.audited import audited, no_effect
from scrm.audit.dynamodb import Step
from scrm.http import problems
from scrm.http.problems import Problem
from scrm.http.request import Request
from scrm.library import checking, compiling, opening
from scrm.library import dynamodb as stored
from scrm.library import placing_dynamodb as placing
from scrm.library.model import Group, Item, Kind
from scrm.library.placing import Crowded, Place, ranks_of_move
from scrm.library.tree import refuse_bad_parent

ATTEMPTS = 5
T = TypeVar("T", Item, Group)


def move_item(request: Request, kind: Kind, item_id: str) -> Item:
    """Put an item where the request says; return it as stored. Raises 404, and 422 naming the field."""
    return _retried(lambda: _move_item(request, kind, item_id))


def move_group(request: Request, kind: Kind, group_id: str) -> Group:
    """Put a group where the request says; return it as stored. Raises 404, and 422 naming the field."""
    return _retried(lambda: _move_group(request, kind, group_id))


def _retried(move: Callable[[], T]) -> T:
    """Return what `move` does, decided anew where what it was decided on has changed meanwhile."""
    for _ in range(ATTEMPTS - 1):
        try:
            return move()
        except Problem as refused:
            if refused.code != "version_conflict":
                raise
    return move()


def _move_item(request: Request, kind: Kind, item_id: str) -> Item:
    item = checking.existing_item(kind, item_id)
    whole = opening.open_whole(kind)
    wanted = request.body.group_id
    group_id = item.group_id if wanted is None else wanted
    path = checking.path_to(whole, group_id)
    others = [each for each in whole.in_order if each.group_id == group_id and each.item_id != item_id]
    places = [(each.rank, each.item_id) for each in others]
    index = _index(request.body, places)
    if group_id == item.group_id and index == bisect_left(places, (item.rank, item_id)):
        no_effect(request)
        return item
    ranks = _ranks(places, index, item_id)
    rank = ranks.pop(item_id)
    if group_id == item.group_id:
        steps = [placing.rank_step(item, rank, request.now)]
    else:
        moved = placing.item_moved_step(item, group_id, rank, request.now)
        steps = [moved, *placing.entry_steps(path)]
    steps += [
        placing.rank_step(each, ranks[each.item_id], request.now) for each in others if each.item_id in ranks
    ]
    _record(request, kind, item_id, {"group_id": item.group_id}, {"group_id": group_id}, steps)
    return stored.item(kind, item_id) or replace(item, group_id=group_id, rank=rank)


def _move_group(request: Request, kind: Kind, group_id: str) -> Group:
    group = checking.existing_group(kind, group_id)
    whole = opening.open_whole(kind)
    wanted = request.body.parent_id
    parent_id = group.parent_id if wanted is None else wanted
    others = [each for each in whole.children.get(parent_id, ()) if each.group_id != group_id]
    places = [(each.rank, each.group_id) for each in others]
    index = _index(request.body, places)
    if parent_id == group.parent_id and index == bisect_left(places, (group.rank, group_id)):
        no_effect(request)
        return group
    ranks = _ranks(places, index, group_id)
    rank = ranks.pop(group_id)
    steps: list[Step]
    if parent_id == group.parent_id:
        steps = [placing.rank_step(group, rank, request.now)]
    else:
        path = refuse_bad_parent(whole, group, parent_id)
        after = replace(
            group, parent_id=parent_id, rank=rank, version=group.version + 1, updated_at=request.now
        )
        steps = [stored.group_step(after), *placing.entry_steps(path, whole=True)]
    steps += [
        placing.rank_step(each, ranks[each.group_id], request.now)
        for each in others
        if each.group_id in ranks
    ]
    _record(request, kind, group_id, {"parent_id": group.parent_id}, {"parent_id": parent_id}, steps)
    return stored.group(kind, group_id) or group


def _ranks(others: Sequence[Place], index: int, moved: str) -> dict[str, str]:
    """Return which ranks to write so that the moved one comes before `others[index]`."""
    try:
        return ranks_of_move(others, index, moved)
    except Crowded:
        raise problems.conflict("place_crowded", "这个位置过于拥挤，请先移动旁边的内容") from None


def _index(asked: Any, others: Sequence[Place]) -> int:
    """Return before which of the others; raises 422 where the one named is not among them."""
    sent = asked.model_fields_set & {"after", "before"}
    if len(sent) > 1:
        raise problems.invalid_field("before", "after 与 before 只能填一个")
    if not sent:
        return len(others)
    (field,) = sent
    named = getattr(asked, field)
    if named is None:
        return 0 if field == "after" else len(others)
    place = next((index for index, each in enumerate(others) if each[1] == named), None)
    if place is None:
        raise problems.invalid_field(field, "不在这个分组里，或就是要移动的内容")
    return place + 1 if field == "after" else place


def _record(request: Request, kind: Kind, moved: str, before: Any, after: Any, steps: Sequence[Step]) -> None:
    audited(request, f"{kind}_moved", f"LIBRARY#{kind}#{moved}", before, after, steps)
    compiling.after_write(kind, request.now)
