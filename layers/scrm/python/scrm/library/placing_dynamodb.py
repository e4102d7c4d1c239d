"""Steps that move items and groups, and keep the tree of groups one (docs/decisions/0020, 0023).

Moving something within its group writes its own row alone and asks for no version, so that two who move
two things never meet. Putting something into another group also counts an entry on that group's row: who
deletes the group has to find it empty at the count they have read. A group that moves checks the versions of
all groups above its new place: of two moves that make a circle together, the second is refused.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from scrm.audit.dynamodb import Step
from scrm.library.model import Group, Item, Kind
from scrm.library.rows_dynamodb import GROUP, ITEM, GroupRow, ItemRow, due_pk, library_pk
from scrm.table import rfc3339


def rank_step(of: Item | Group, rank: str, now: datetime) -> Step:
    """Return the step that gives an item or a group another rank where it stands.

    Refused when it is deleted, or in another group than was read.
    """
    row = _row(of)
    kind = type(row)
    there = kind.version.exists() & (
        ItemRow.status != "deleted" if isinstance(of, Item) else GroupRow.deleted.does_not_exist()
    )
    parent: Any = ItemRow.group_id if isinstance(of, Item) else GroupRow.parent_id
    above = of.group_id if isinstance(of, Item) else of.parent_id
    there &= parent == above if above else parent.does_not_exist()
    return lambda transaction: transaction.update(row, [kind.rank.set(rank), *_marked(row, now)], there)


def item_moved_step(item: Item, group_id: str, rank: str, now: datetime) -> Step:
    """Return the step that puts an item into another group, refused when it is deleted meanwhile."""
    row = _row(item)
    to = ItemRow.group_id.set(group_id) if group_id else ItemRow.group_id.remove()
    there = ItemRow.version.exists() & (ItemRow.status != "deleted")
    return lambda transaction: transaction.update(
        row, [to, ItemRow.rank.set(rank), *_marked(row, now)], there
    )


def entry_steps(path: Sequence[Group], *, whole: bool = False) -> list[Step]:
    """Return the steps of putting something into `path[0]`, the groups above it following.

    Refused when that group is gone; when `whole`, also when any group of the path has changed since it was
    read. An empty path is the top.
    """
    if not path:
        return []
    steps = [_entry(path[0], unchanged=whole)]
    return [*steps, *(_unchanged(each) for each in path[1:])] if whole else steps


def entries(kind: Kind, group_id: str) -> int:
    """Return how often something was put into a group since its version was stored. 1 RRU."""
    try:
        row = GroupRow.get(library_pk(kind), GROUP + group_id, consistent_read=True)
    except GroupRow.DoesNotExist:
        return 0
    return int(row.entries or 0)


def enter(kind: Kind, group_id: str) -> bool:
    """Count an entry by itself, for an import; return whether the group is still there. 1 WRU."""
    row = GroupRow(library_pk(kind), GROUP + group_id)
    try:
        row.update([GroupRow.entries.add(1)], condition=_there())
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return False
    return True


def group_deleted_step(after: Group, entered: int) -> Step:
    """Return the step that stores a group as deleted, refused when something was put into it since."""
    row = GroupRow.of(after)
    unchanged = GroupRow.version == after.version - 1
    unchanged &= GroupRow.entries == entered if entered else GroupRow.entries.does_not_exist()
    return lambda transaction: transaction.save(row, condition=unchanged)


def live_step(item: Item) -> Step:
    """Return the step that is refused unless an item is published in the version that was read."""
    pk, sk = library_pk(item.kind), ITEM + item.item_id
    same = (ItemRow.status == "published") & (ItemRow.number == item.number)
    return lambda transaction: transaction.condition_check(ItemRow, pk, sk, condition=same)


def _entry(group: Group, *, unchanged: bool) -> Step:
    row = GroupRow(library_pk(group.kind), GROUP + group.group_id)
    there = _there() & (GroupRow.version == group.version) if unchanged else _there()
    counted: list[Action] = [GroupRow.entries.add(1)]
    return lambda transaction: transaction.update(row, counted, condition=there)


def _unchanged(group: Group) -> Step:
    pk, sk = library_pk(group.kind), GROUP + group.group_id
    same = _there() & (GroupRow.version == group.version)
    return lambda transaction: transaction.condition_check(GroupRow, pk, sk, condition=same)


def _there() -> Any:
    return GroupRow.version.exists() & GroupRow.deleted.does_not_exist()


def _row(of: Item | Group) -> Any:
    if isinstance(of, Item):
        return ItemRow(library_pk(of.kind), ITEM + of.item_id)
    return GroupRow(library_pk(of.kind), GROUP + of.group_id)


def _marked(row: Any, now: datetime) -> list[Action]:
    """Return what lets readers see the change at once: the next version, and the mark."""
    at = rfc3339(now.astimezone(UTC))
    kind = row.pk.partition("#")[2]
    place = type(row)
    return [
        place.version.set(place.version + 1),
        place.due_pk.set(due_pk(kind)),
        place.due_sk.set(f"{at}#{row.sk}"),
    ]
