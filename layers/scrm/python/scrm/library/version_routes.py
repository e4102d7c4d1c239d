"""The published versions of an item, and where it stands: …/versions, …/position (CON-07)."""

from typing import Any

from scrm.admin.rights import Roles
from scrm.http import paging, problems
from scrm.http.fields import Page, PageQuery
from scrm.http.routing import Api, Request
from scrm.library import checking, editing, moving, showing
from scrm.library import dynamodb as stored
from scrm.library.console_models import ItemVersionIn, LibraryItemDetail, PositionIn, VersionDetail
from scrm.library.kinds import Contents, contents, written
from scrm.library.model import Kind


def declare(api: Api, kind: Kind, see: Roles, edit: Roles) -> None:
    """Add the routes of the versions and of the order of a kind."""
    told = contents(kind)
    routes = VersionRoutes(told)
    one = f"/admin/{told.noun}/{{item_id}}"
    sees: dict[str, Any] = {"roles": see, "scope": "corp"}
    edits: dict[str, Any] = {"roles": edit, "scope": "corp", "answers": LibraryItemDetail}
    api.route("GET", f"{one}/versions", **sees, query=PageQuery, answers=Page[VersionDetail])(routes.listed)
    api.route("POST", f"{one}/versions/{{number}}:restore", **edits, body=ItemVersionIn)(routes.restore)
    api.route("PATCH", f"{one}/position", **edits, body=PositionIn)(routes.move)


class VersionRoutes:
    """The routes of the versions of one kind's items."""

    def __init__(self, told: Contents) -> None:
        self._told = told
        self._kind = told.kind

    def listed(self, request: Request) -> Page[VersionDetail]:
        """What was published of an item, the latest first."""
        asked: PageQuery = request.query
        item = checking.existing_item(self._kind, request.params["item_id"])
        name = f"VERSIONS#{self._kind}#{item.item_id}"
        key = paging.decode(name, asked.cursor, free=("before",))
        try:
            before = _number(key["before"]) if key else None
        except ValueError:
            raise paging.foreign() from None
        rows = list(stored.versions(self._kind, item.item_id, before=before, limit=asked.limit + 1))
        page = rows[: asked.limit]
        cursor = paging.encode(name, {"before": page[-1][0]} if len(rows) > asked.limit else None)
        return Page(items=[showing.version_detail(self._kind, each) for each in page], next_cursor=cursor)

    def restore(self, request: Request) -> LibraryItemDetail:
        """Take a version that was published into the draft; publishing it is another step."""
        before = checking.existing_item(self._kind, request.params["item_id"])
        if before.version != request.body.version:
            raise problems.version_conflict()
        if before.status == "archived":
            raise problems.conflict("item_archived", "已归档，请先恢复再修改")
        try:
            number = _number(request.params["number"])
            published = stored.published(self._kind, before.item_id, number)
        except (ValueError, LookupError):
            raise problems.not_found("没有这个版本") from None
        content = self._told.read(written(self._kind, published))
        after, step = editing.drafted(before, content, request.staff.userid, request.now)
        return showing.detail(editing.store(request, "version_restored", before, after, [step]))

    def move(self, request: Request) -> LibraryItemDetail:
        """Put an item elsewhere in its group, or into another group."""
        return showing.detail(moving.move_item(request, self._kind, request.params["item_id"]))


def _number(text: Any) -> int:
    """Return a version's number. Raises ValueError."""
    number = int(text)
    if not 0 < number < 1_000_000:
        raise ValueError(text)
    return number
