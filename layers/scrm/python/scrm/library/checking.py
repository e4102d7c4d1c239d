"""What is asked of an item or a group before it is stored: refusals name the field, or say why."""

from collections.abc import Iterable, Mapping
from typing import Any

from scrm.http import problems
from scrm.http.problems import FieldError
from scrm.library import dynamodb as stored
from scrm.library import opening
from scrm.library.catalogue import Catalogue
from scrm.library.console_models import VisibilityIn
from scrm.library.kinds import Contents, contents
from scrm.library.model import MOST_ITEMS, ROOT, Group, Item, Kind
from scrm.library.visibility import Visibility
from scrm.materials import files_dynamodb as files
from scrm.materials.files import File
from scrm.staff import dynamodb as staff
from scrm.staff.model import key

USED_BY: tuple[Kind, ...] = ("material", "product")
"""The kinds that scripts are made of."""


def existing_item(kind: Kind, item_id: str) -> Item:
    """Return an item as stored now; raises a 404 problem, for a deleted one too. 1 RRU."""
    found = stored.item(kind, item_id)
    if found is None or found.status == "deleted":
        raise problems.not_found(f"没有这个{contents(kind).name}")
    return found


def existing_group(kind: Kind, group_id: str) -> Group:
    """Return a group as stored now; raises a 404 problem, for a deleted one too. 1 RRU."""
    found = stored.group(kind, group_id)
    if found is None or found.deleted:
        raise problems.not_found("没有这个分组")
    return found


def path_to(whole: Catalogue, group_id: str, field: str = "group_id") -> list[Group]:
    """Return a group and those above it, [] for the top; raises 422 where there is no such group."""
    path = whole.path(group_id)
    if group_id != ROOT and not path:
        raise problems.invalid_field(field, "没有这个分组")
    return path


def refuse_too_many(whole: Catalogue, more: int = 1) -> None:
    """Raise a 409 problem when a library would have more items than it may."""
    if len(whole.in_order) + more > MOST_ITEMS:
        raise problems.conflict("too_many_items", f"最多 {MOST_ITEMS} 条，请先删除不用的")


def visibility_of(asked: VisibilityIn | None) -> Visibility | None:
    """Return a scope as it is stored. Raises 422 naming departments or people that there are not."""
    if asked is None:
        return None
    if not (asked.roles or asked.departments or asked.people):
        raise problems.invalid_field("visibility", "请至少选一个角色、部门或成员；对所有人可见请填 null")
    known = {each.department_id for each in staff.load_departments()} if asked.departments else set()
    departments = [str(each) for each in asked.departments if each not in known]
    people = [each for each in asked.people if staff.member(each) is None]
    strange = (("departments", "没有部门", departments), ("people", "没有成员", people))
    wrong = [
        FieldError(f"visibility.{name}", f"{sentence} {'、'.join(missing)}")
        for name, sentence, missing in strange
        if missing
    ]
    if wrong:
        raise problems.invalid(*wrong)
    return Visibility(
        frozenset(asked.roles), frozenset(asked.departments), frozenset(key(each) for each in asked.people)
    )


def refuse_files(
    told: Contents, content: Any, *, ready: bool, known: Mapping[str, File] | None = None
) -> None:
    """Raise 422 naming each file of a content that is missing or of another kind; when `ready`, not ready."""
    uses = list(told.file_uses(content))
    if known is None:
        known = files.files(file_id for _, file_id, _ in uses)
    wrong = []
    for field, file_id, kind in uses:
        file = known.get(file_id)
        if file is None or file.status == "refused":
            wrong.append(FieldError(field, "没有这个文件，请重新上传"))
        elif file.kind != kind:
            wrong.append(FieldError(field, f"应为{_FILES[kind]}文件"))
        elif ready and not file.is_ready:
            wrong.append(FieldError(field, "文件还没有上传完成"))
    if wrong:
        raise problems.invalid(*wrong)


_FILES = {"image": "图片", "video": "视频", "file": "普通"}


def refuse_used(item: Item) -> None:
    """Raise a 409 problem when published scripts are made of an item, naming them."""
    if item.kind not in USED_BY:
        return
    name = f"{item.kind}#{item.item_id}"
    users = [
        each.live.title
        for each in opening.open_whole("script").in_order
        if each.is_live and each.live and name in each.live.summary.get("uses", ())
    ]
    if users:
        raise problems.conflict(
            "item_in_use", f"话术{_titles(users)}正在使用，请先修改或归档这些话术", used_by=users[:20]
        )


def _titles(titles: Iterable[str]) -> str:
    shown = list(titles)
    more = f"等 {len(shown)} 条" if len(shown) > 3 else ""
    return "".join(f"「{each}」" for each in shown[:3]) + more
