"""The tree of a library's groups: no circle, no deeper than it may be (CON-06). Pure."""

from scrm.http import problems
from scrm.library.catalogue import Catalogue
from scrm.library.model import DEEPEST, ROOT, Group


def refuse_bad_parent(whole: Catalogue, group: Group, parent_id: str) -> list[Group]:
    """Return the way from a group's new parent to the top; raises 422 where it cannot be its parent.

    `group` may be a new one. Refused are groups that there are not, the group itself and those below it, and
    what would bring any group below DEEPEST.
    """
    path = whole.path(parent_id)
    if parent_id != ROOT and (not path or path[-1].parent_id != ROOT):
        raise problems.invalid_field("parent_id", "没有这个分组")
    if any(each.group_id == group.group_id for each in path):
        raise problems.invalid_field("parent_id", "不能移到自己或自己的下级分组里")
    if len(path) + height(whole, group.group_id) > DEEPEST:
        raise problems.invalid_field("parent_id", f"分组最多 {DEEPEST} 级")
    return path


def height(whole: Catalogue, group_id: str) -> int:
    """Return how many levels a group and those below it take."""
    level, found = [group_id], 0
    met: set[str] = set()
    while level:
        found += 1
        met.update(level)
        level = [
            each.group_id
            for above in level
            for each in whole.children.get(above, ())
            if each.group_id not in met
        ]
    return found
