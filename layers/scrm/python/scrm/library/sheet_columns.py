"""Which columns the tables of each kind have, and how a line is read and written (CON-15). Pure.

What is written is read again the same. Contents are told by their own names: a material or product that a
script names by its id, or by its title where that is the only one; a file by its id.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scrm.http.problems import FieldError
from scrm.library.model import DEEPEST, Kind, Status
from scrm.library.sheet_layout import (
    ALIASES,
    CARD,
    COLUMNS,
    DEPARTMENTS,
    GROUP,
    ID,
    KEYWORDS,
    KIND_NAMES,
    MOST_PARTS,
    PARTS,
    PEOPLE,
    REQUIRED,
    ROLE_NAMES,
    ROLES,
    STAGES,
    STATUS,
    STATUS_NAMES,
    TITLE,
)
from scrm.library.visibility import Visibility
from scrm.staff.model import key

_DIVIDERS = re.compile(r"[、，,;；|\n]+")

Named = Callable[[str, str], str | None]
"""(kind, id or title) → item id."""


@dataclass(frozen=True)
class Names:
    """How departments and items that a table names are found."""

    departments: Mapping[int, str] = field(default_factory=dict)
    people: frozenset[str] = frozenset()
    item: Named = lambda _kind, _name: None


@dataclass(frozen=True)
class Line:
    """What a line of a table says: an item's content in plain values, and where it stands.

    `unsaid` are the columns that the table has not: a line says nothing of them; an empty cell says none.
    """

    natural_key: str
    group: tuple[str, ...]
    status: Status
    visibility: Visibility | None
    content: dict[str, Any]
    unsaid: frozenset[str] = frozenset()


class Wrong(ValueError):
    """What is wrong with a line, by column."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__(str(errors))
        self.errors = errors


def header(kind: Kind, cells: Sequence[str]) -> list[str]:
    """Return the columns that the first line names; raises Wrong for one that there is not, or that lacks."""
    known = COLUMNS[kind]
    found = [ALIASES.get(each.strip(), each.strip()) for each in cells]
    wrong = [
        FieldError(each[:50] or f"第 {place} 列", f"不认识的列，可用：{'、'.join(known)}")
        for place, each in enumerate(found, 1)
        if each and each not in known
    ]
    wrong += [FieldError(each, "缺少这一列") for each in REQUIRED if each not in found]
    wrong += [FieldError(each, "这一列有两个") for each in known if found.count(each) > 1]
    if wrong:
        raise Wrong(*wrong)
    return found


def line(kind: Kind, columns: Sequence[str], cells: Sequence[str], names: Names) -> Line:
    """Return what a line says, not yet checked by its kind. Raises Wrong."""
    told = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name}
    if any(each.strip() for each in cells[len(columns) :]):
        raise Wrong(FieldError("列", "比表头多出内容"))
    content = {"script": _script, "material": _material, "article": _article}[kind](told, names)
    status = _named(told.get(STATUS, ""), {**STATUS_NAMES, "published2": "发布"}, STATUS, "published")
    return Line(
        told.get(ID, ""),
        _path(told.get(GROUP, "")),
        "published" if status == "published2" else status,
        _visibility(told, names),
        content,
        frozenset(COLUMNS[kind]).difference(columns),
    )


def column_of(kind: Kind, path: str) -> str:
    """Return the column that a field of a content is told in."""
    first, _, rest = path.partition(".")
    if kind == "script" and first == "parts":
        number, _, inner = rest.partition(".")
        if not number.isdigit():
            return "内容"
        return PARTS[min(int(number), MOST_PARTS - 1)][0 if inner == "kind" else 1]
    columns = {"title": TITLE, "name": TITLE, "keywords": KEYWORDS, "stages": STAGES, "kind": "类型"}
    if kind == "material":
        columns = {"name": TITLE, "kind": "类型", "text": "内容", "file_id": "文件"}
        columns |= {name: column for column, name in CARD.items()}
    return columns.get(first, "内容")


def written(kind: Kind, said: Line, departments: Mapping[int, str]) -> list[str]:
    """Return a line that says this, for the columns of the kind."""
    told = {ID: said.natural_key, GROUP: "/".join(said.group), STATUS: STATUS_NAMES[said.status]}
    content = said.content
    told[TITLE] = content.get("title", "") if kind != "material" else content["name"]
    told[KEYWORDS], told[STAGES] = ("、".join(content.get(name, ())) for name in ("keywords", "stages"))
    if kind == "script":
        for (sort, cell), part in zip(PARTS, content["parts"], strict=False):
            told[sort], told[cell] = KIND_NAMES[part["kind"]], _part_text(part)
    elif kind == "material":
        told |= {"类型": KIND_NAMES[content["kind"]], "内容": content.get("text", "")}
        told["文件"] = content.get("file_id", "")
        told |= {column: content.get(name, "") for column, name in CARD.items()}
    else:
        told["内容"] = content["body"]
    if scope := said.visibility:
        told[ROLES] = "、".join(ROLE_NAMES[each] for each in sorted(scope.roles))
        told[DEPARTMENTS] = "、".join(_department(each, departments) for each in sorted(scope.departments))
        told[PEOPLE] = "、".join(sorted(scope.people))
    return [told.get(column, "") for column in COLUMNS[kind]]


def _script(told: Mapping[str, str], names: Names) -> dict[str, Any]:
    parts: list[dict[str, Any]] = []
    wrong: list[FieldError] = []
    for sort_column, cell_column in PARTS:
        cell, sort = told.get(cell_column, ""), told.get(sort_column, "")
        if not cell and not sort:
            continue
        try:
            parts.append(_part(_named(sort, KIND_NAMES, sort_column, "text"), cell, cell_column, names))
        except Wrong as error:
            wrong += error.errors
    if wrong:
        raise Wrong(*wrong)
    return {
        "title": told.get(TITLE, ""),
        "parts": parts,
        "stages": _listed(told.get(STAGES, "")),
        "keywords": _listed(told.get(KEYWORDS, "")),
    }


def _part(kind: str, cell: str, column: str, names: Names) -> dict[str, Any]:
    if not cell:
        raise Wrong(FieldError(column, "必填"))
    if kind == "text":
        return {"kind": kind, "text": cell}
    if kind in {"image", "video", "file"}:
        return {"kind": kind, "file_id": cell}
    if kind in {"material", "product"}:
        found = names.item(kind, cell)
        if found is None:
            raise Wrong(FieldError(column, f"没有这个{KIND_NAMES[kind]}，或有几个同名，请填编号"))
        return {"kind": kind, f"{kind}_id": found}
    try:
        card = json.loads(cell)
    except (ValueError, RecursionError):
        card = None
    if not isinstance(card, dict):
        raise Wrong(FieldError(column, f"{KIND_NAMES[kind]}请先建成素材，这里填素材的名称"))
    return {**card, "kind": kind}


def _part_text(part: Mapping[str, Any]) -> str:
    for name in ("text", "file_id", "material_id", "product_id"):
        if name in part and part["kind"] not in {"h5", "miniprogram"}:
            return str(part[name])
    card = {name: value for name, value in part.items() if name != "kind"}
    return json.dumps(card, ensure_ascii=False, sort_keys=True)


def _material(told: Mapping[str, str], _names: Names) -> dict[str, Any]:
    kind = _named(
        told.get("类型", ""), {name: KIND_NAMES[name] for name in list(KIND_NAMES)[:6]}, "类型", "text"
    )
    content: dict[str, Any] = {"kind": kind, "name": told.get(TITLE, "")}
    cells = {"text": told.get("内容", ""), "file_id": told.get("文件", "")}
    cells |= {name: told.get(column, "") for column, name in CARD.items()}
    return {**content, **{name: cell for name, cell in cells.items() if cell}}


def _article(told: Mapping[str, str], _names: Names) -> dict[str, Any]:
    keywords = _listed(told.get(KEYWORDS, ""))
    return {"title": told.get(TITLE, ""), "body": told.get("内容", ""), "keywords": keywords}


def _visibility(told: Mapping[str, str], names: Names) -> Visibility | None:
    roles = [_named(each, ROLE_NAMES, ROLES, "") for each in _listed(told.get(ROLES, ""))]
    departments = [_department_id(each, names) for each in _listed(told.get(DEPARTMENTS, ""))]
    people = [key(each) for each in _listed(told.get(PEOPLE, ""))]
    for each in people:
        if each not in names.people:
            raise Wrong(FieldError(PEOPLE, f"没有成员 {each[:64]}"))
    if not (roles or departments or people):
        return None
    return Visibility(frozenset(roles), frozenset(departments), frozenset(people))


def _department_id(cell: str, names: Names) -> int:
    if cell.isascii() and cell.isdigit() and int(cell[:18]) in names.departments:
        return int(cell[:18])
    found = [each for each, name in names.departments.items() if name == cell]
    if len(found) != 1:
        raise Wrong(FieldError(DEPARTMENTS, f"没有部门「{cell[:50]}」，或有几个同名，请填部门 ID"))
    return found[0]


def _department(department_id: int, departments: Mapping[int, str]) -> str:
    """Return a department's name, or its id where the name would not be read again as this one."""
    name = departments.get(department_id, "")
    alone = list(departments.values()).count(name) == 1
    plain = bool(name) and not _DIVIDERS.search(name) and name == name.strip() and not name.isdigit()
    return name if alone and plain else str(department_id)


def _path(cell: str) -> tuple[str, ...]:
    names = tuple(each.strip() for each in cell.split("/") if each.strip())
    if len(names) > DEEPEST:
        raise Wrong(FieldError(GROUP, f"分组最多 {DEEPEST} 级"))
    if any(len(each) > 50 for each in names):
        raise Wrong(FieldError(GROUP, "分组名称最多 50 个字符"))
    if any(char < " " for each in names for char in each):
        raise Wrong(FieldError(GROUP, "分组名称不能换行"))
    return names


def _listed(cell: str) -> list[str]:
    return list(dict.fromkeys(each.strip() for each in _DIVIDERS.split(cell) if each.strip()))


def _named(cell: str, names: Mapping[str, str], column: str, otherwise: str) -> Any:
    """Return the key that a cell names, by itself or by its Chinese name."""
    if not cell and otherwise:
        return otherwise
    for name, shown in names.items():
        if cell.casefold() in {name.casefold(), shown.casefold()}:
            return name
    raise Wrong(FieldError(column, f"应为 {'、'.join(names.values())} 之一"))
