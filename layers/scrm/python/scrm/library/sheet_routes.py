"""Tables of items: …:import, …:export and a template to begin with (CON-15)."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import Field

from scrm.admin.audited import audited
from scrm.admin.rights import Roles
from scrm.http import problems, uploads
from scrm.http.fields import In, Out
from scrm.http.routing import Answer, Api, Request
from scrm.library import importing, opening, sheet_columns, sheet_layout, spreadsheet
from scrm.library.contents_dynamodb import drafts
from scrm.library.kinds import Contents, contents
from scrm.library.model import Item, Kind, Status
from scrm.library.sheet_columns import Line
from scrm.staff.dynamodb import load_departments

MOST_ANSWERED = 5_000_000


class ExportQuery(In):
    """Which items: those of a group and of the groups below it, or all."""

    group_id: Annotated[str, Field(max_length=64)] | None = None


class ErrorOut(Out):
    """What is wrong with one cell, by the name of its column."""

    field: str
    message: str


class RowOut(Out):
    """What became of a line of data: `row` counts them from 1, `line` is the spreadsheet's own number."""

    row: int
    line: int
    status: Literal["created", "updated", "unchanged", "failed"]
    item_id: str | None
    errors: list[ErrorOut]


class ImportOut(Out):
    """What became of a table, line by line."""

    created: int
    updated: int
    unchanged: int
    failed: int
    rows: list[RowOut]


def declare(api: Api, kind: Kind, see: Roles, edit: Roles) -> None:
    """Add the routes of the tables of a kind."""
    told = contents(kind)
    routes = SheetRoutes(told)
    root = f"/admin/{told.noun}"
    sees: dict[str, Any] = {"roles": see, "scope": "corp"}
    api.route(
        "POST",
        f"{root}:import",
        roles=edit,
        scope="corp",
        answers=ImportOut,
        largest=uploads.LARGEST,
        takes=uploads.TABLES,
    )(routes.take_in)
    api.route("GET", f"{root}:export", **sees, query=ExportQuery, gives=("text/csv",))(routes.export)
    api.route("GET", f"{root}/import-template", **sees, gives=("text/csv",))(routes.template)


class SheetRoutes:
    """The tables of one kind."""

    def __init__(self, told: Contents) -> None:
        self._told = told
        self._kind = told.kind

    def take_in(self, request: Request) -> ImportOut:
        """Store what a table says, CSV or XLSX, and tell what became of each line."""
        name, content = uploads.file_of(request)
        rows = importing.take_in(request, self._kind, content, name)
        told = [
            RowOut(
                row=each.number,
                line=each.line,
                status=each.status,
                item_id=each.item_id if each.status != "failed" and each.item_id else None,
                errors=[ErrorOut.model_validate(error) for error in each.errors],
            )
            for each in rows
        ]
        counts = {status: sum(each.status == status for each in rows) for status in _STATUSES}
        return ImportOut(**counts, rows=told)

    def export(self, request: Request) -> Answer:
        """The items as a table that an import takes, in their order."""
        asked: ExportQuery = request.query
        whole = opening.open_whole(self._kind)
        within = None if asked.group_id is None else whole.below(asked.group_id)
        items = [each for each in whole.in_order if within is None or each.group_id in within]
        written = drafts(self._kind, [each.item_id for each in items])
        departments = {each.department_id: each.name for each in load_departments()}
        table = [list(sheet_layout.COLUMNS[self._kind])]
        for each in items:
            if each.item_id in written:
                group = tuple(above.name for above in reversed(whole.path(each.group_id)))
                line = Line(each.item_id, group, _status(each), each.visibility, written[each.item_id])
                table.append(sheet_columns.written(self._kind, line, departments))
        answer = _csv(spreadsheet.text(table), f"{self._told.name}.csv")
        audited(
            request,
            f"{self._kind}_exported",
            f"LIBRARY#{self._kind}",
            None,
            {"rows": len(table) - 1, "group_id": asked.group_id},
        )
        return answer

    def template(self, _request: Request) -> Answer:
        """An empty table with its columns and an example."""
        columns = sheet_layout.COLUMNS[self._kind]
        example = [sheet_layout.EXAMPLES[self._kind].get(each, "") for each in columns]
        return _csv(spreadsheet.text([columns, example]), f"{self._told.name}导入模板.csv")


def _status(item: Item) -> Status:
    """Return the state that a line gives an item's draft: one that waits to be published is a draft.

    So a table that is imported again as it was publishes nothing.
    """
    if item.status == "deleted":
        return "archived"
    return "draft" if item.status == "published" and item.is_changed else item.status


_STATUSES = ("created", "updated", "unchanged", "failed")


def _csv(text: str, name: str) -> Answer:
    if len(text.encode()) > MOST_ANSWERED:
        raise problems.conflict("export_too_large", "内容过多，请按分组分别导出")
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
    }
    return Answer(text=text, headers=headers)
