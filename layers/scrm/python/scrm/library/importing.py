"""A table of operations becomes items: each line is judged by itself, what is good is stored (CON-15).

An item made of a line has an id of its 编号, or of what the line says: sending the table again, corrected or
after a kill, makes nothing twice. A line with a known 编号 changes that item. What is stored goes in packs of
whole items, each in one transaction over the versions that were read; the catalogue is made once at the end.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Literal

from pydantic import ValidationError

from scrm.admin.audited import audited, no_effect
from scrm.http import problems
from scrm.http.problems import FieldError
from scrm.http.request import Request
from scrm.http.validation import field_errors
from scrm.library import compiling, opening, sheet_columns, sheet_layout, spreadsheet
from scrm.library.catalogue import Catalogue
from scrm.library.checking import refuse_too_many
from scrm.library.contents_dynamodb import drafts, items
from scrm.library.import_writing import Plan, write
from scrm.library.kinds import contents, digest
from scrm.library.model import Item, Kind
from scrm.library.sheet_columns import Line, Names, Wrong
from scrm.staff import dynamodb as staff

MOST_ROWS = 2_000
_OWN_ID = re.compile(r"[a-z]{2}_[0-9a-f]{20}")
Status = Literal["created", "updated", "unchanged", "failed"]


@dataclass
class Row:
    """What becomes of one line of data: `number` counts them from 1, `line` as the spreadsheet does."""

    number: int
    line: int
    status: Status = "unchanged"
    item_id: str = ""
    errors: list[FieldError] = field(default_factory=list)

    def fail(self, *errors: FieldError) -> None:
        """Say what is wrong with it."""
        self.status, self.errors = "failed", list(errors)


def take_in(request: Request, kind: Kind, content: bytes, name: str) -> list[Row]:
    """Store what a table says; return what became of each line. Safe to repeat.

    Raises 422 for what is no table, has other columns, or more than MOST_ROWS lines of data.
    """
    rows, lines = _read(kind, content)
    plans = _planned(kind, rows, lines)
    if not plans:
        no_effect(request)
        return rows
    writes = sum(each.content is not None for each in plans)
    told = {"file": name[:100], "digest": sha256(content).hexdigest(), "rows": len(rows), "writes": writes}
    audited(request, f"{kind}_imported", f"LIBRARY#{kind}", None, told)
    opened = compiling.begin_import(kind, request.now)
    write(request, kind, plans)
    compiling.end_import(kind, opened, request.now)
    return rows


def _read(kind: Kind, content: bytes) -> tuple[list[Row], list[Line | None]]:
    """Return the lines of data, and what each says, None where it is wrong."""
    try:
        table = spreadsheet.rows(content, MOST_ROWS + 1)
    except spreadsheet.Unreadable as error:
        raise problems.invalid_field("body", str(error)) from None
    if not table:
        raise problems.invalid_field("body", "表格是空的")
    (first, head), *data = table
    try:
        columns = sheet_columns.header(kind, head)
    except Wrong as error:
        raise problems.invalid(*error.errors) from None
    names = _names()
    rows = [Row(number - first, number) for number, _ in data]
    lines: list[Line | None] = []
    for row, (_, cells) in zip(rows, data, strict=True):
        try:
            lines.append(sheet_columns.line(kind, columns, cells, names))
        except Wrong as error:
            row.fail(*error.errors)
            lines.append(None)
    return rows, lines


def _names() -> Names:
    """Return how what a table names is found; what scripts are made of is opened when asked for."""
    directory = staff.load_directory()
    departments = {each.department_id: each.name for each in directory.departments.values()}
    known: dict[str, Mapping[str, list[str]]] = {}

    def item(used: Any, name: str) -> str | None:
        if used not in known:
            known[used] = _by_name(opening.open_whole(used).in_order)
        found = known[used].get(name, [])
        return found[0] if len(found) == 1 else None

    return Names(departments, frozenset(directory.members), item)


def _by_name(items: Iterable[Item]) -> Mapping[str, list[str]]:
    """Return the ids that a name stands for: an id for itself, a title for all that have it."""
    found: dict[str, list[str]] = {}
    for each in items:
        found.setdefault(each.draft.title, []).append(each.item_id)
    return {**found, **{item_id: [item_id] for ids in list(found.values()) for item_id in ids}}


def _planned(kind: Kind, rows: Sequence[Row], lines: Sequence[Line | None]) -> list[Plan]:
    """Return what is to be written, each with the row that tells of it."""
    whole = opening.open_whole(kind)
    wanted = list(_checked(kind, rows, lines))
    known = _known(kind, [row.item_id for row, _, _ in wanted], whole.items)
    was = drafts(kind, [each.item_id for each in known.values() if each.status != "deleted"])
    plans = []
    for row, said, content in wanted:
        before = known.get(row.item_id)
        line = _as_it_stands(said, before, whole)
        if before is None or before.status == "deleted":
            row.status = "created"
            plans.append(Plan(kind, row, line, content, before))
        elif before.item_id not in whole.items:
            plans.append(Plan(kind, row, line, None, before))
        elif line.natural_key and not _says_the_same(before, was.get(row.item_id), line, content, whole):
            if "archived" in {before.status, line.status}:
                row.fail(FieldError(sheet_layout.STATUS, "已归档的内容请先恢复；归档请在管理台进行"))
                continue
            row.status = "updated"
            plans.append(Plan(kind, row, line, content, before))
    refuse_too_many(whole, sum(each.row.status == "created" for each in plans))
    return plans


def _checked(
    kind: Kind, rows: Sequence[Row], lines: Sequence[Line | None]
) -> Iterator[tuple[Row, Line, Any]]:
    """Yield the lines that are right by themselves with their contents; the others say what is wrong."""
    told = contents(kind)
    met: set[str] = set()
    for row, line in zip(rows, lines, strict=True):
        if line is None:
            continue
        try:
            content = told.read(line.content)
        except ValidationError as error:
            row.fail(*_by_column(kind, error))
            continue
        row.item_id = _item_id(kind, line, told.plain(content))
        if row.item_id in met:
            row.fail(FieldError(sheet_layout.ID, "与前面的行重复"))
            continue
        met.add(row.item_id)
        yield row, line, content


def _by_column(kind: Kind, error: ValidationError) -> list[FieldError]:
    wrong = field_errors(error, "行")
    return [FieldError(sheet_columns.column_of(kind, each.field), each.message) for each in wrong]


def _item_id(kind: Kind, line: Line, plain: Mapping[str, Any]) -> str:
    """Return the id of the item that a line tells of."""
    if _OWN_ID.fullmatch(line.natural_key) and line.natural_key.startswith(contents(kind).prefix):
        return line.natural_key
    seed = [kind, line.natural_key] if line.natural_key else [kind, "", *line.group, digest(kind, plain)]
    return f"{contents(kind).prefix}_{sha256(json.dumps(seed).encode()).hexdigest()[:20]}"


def _known(kind: Kind, item_ids: Iterable[str], known: Mapping[str, Item]) -> dict[str, Item]:
    """Return the items that there are or were; those not in the catalogue may have been deleted."""
    ids = list(item_ids)
    found = {each: known[each] for each in ids if each in known}
    return found | {each.item_id: each for each in items(kind, [each for each in ids if each not in found])}


def _as_it_stands(line: Line, before: Item | None, whole: Catalogue) -> Line:
    """Return a line that says of its item's group, status and visibility what the table has no columns for.

    Else a table of new texts alone would publish drafts, and show everybody what only some may see.
    """
    if before is None or before.status == "deleted" or not line.natural_key:
        return line
    if sheet_layout.GROUP in line.unsaid:
        line = replace(line, group=_names_to(before, whole))
    if sheet_layout.STATUS in line.unsaid:
        line = replace(line, status=before.status)
    if line.unsaid.issuperset({sheet_layout.ROLES, sheet_layout.DEPARTMENTS, sheet_layout.PEOPLE}):
        line = replace(line, visibility=before.visibility)
    return line


def _names_to(item: Item, whole: Catalogue) -> tuple[str, ...]:
    return tuple(each.name for each in reversed(whole.path(item.group_id)))


def _says_the_same(
    item: Item, draft: Mapping[str, Any] | None, line: Line, content: Any, whole: Catalogue
) -> bool:
    """Return whether an item is already what a line says. A draft of what is published changes the draft."""
    place = _names_to(item, whole)
    if (item.visibility, place, draft) != (line.visibility, line.group, contents(item.kind).plain(content)):
        return False
    if line.status == "draft" and item.status == "published":
        return True
    return item.status == line.status and not (line.status == "published" and item.is_changed)
