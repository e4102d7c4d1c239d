"""/admin/script-groups and those of the other libraries: groups of any depth (CON-06, 07)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scrm.admin.audited import audited, no_effect
from scrm.admin.rights import Roles
from scrm.audit.dynamodb import Step
from scrm.http import problems
from scrm.http.fields import Page, PageQuery
from scrm.http.routing import Api, Request
from scrm.library import checking, compiling, listing, moving, opening, showing
from scrm.library import dynamodb as stored
from scrm.library import placing_dynamodb as placing
from scrm.library.catalogue import Catalogue
from scrm.library.console_models import GroupEdit, GroupPositionIn, LibraryGroupIn, LibraryGroupOut
from scrm.library.kinds import contents
from scrm.library.model import MOST_GROUPS, Group, Kind
from scrm.library.ranks import between
from scrm.library.storing import plain_visibility
from scrm.library.tree import refuse_bad_parent


def declare(api: Api, kind: Kind, see: Roles, edit: Roles) -> None:
    """Add the routes of the groups of a kind."""
    routes = GroupRoutes(kind)
    root = f"/admin/{contents(kind).groups}"
    one = f"{root}/{{group_id}}"
    sees: dict[str, Any] = {"roles": see, "scope": "corp"}
    edits: dict[str, Any] = {"roles": edit, "scope": "corp", "answers": LibraryGroupOut}
    api.route("GET", root, **sees, query=PageQuery, answers=Page[LibraryGroupOut])(routes.listed)
    api.route("POST", root, **edits, body=LibraryGroupIn, status=201)(routes.create)
    api.route("GET", one, **sees, answers=LibraryGroupOut)(routes.show)
    api.route("PUT", one, **edits, body=GroupEdit)(routes.change)
    api.route("DELETE", one, **{**edits, "answers": None}, status=204)(routes.delete)
    api.route("PATCH", f"{one}/position", **edits, body=GroupPositionIn)(routes.move)


class GroupRoutes:
    """The routes of the groups of one kind."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def listed(self, request: Request) -> Page[LibraryGroupOut]:
        """The groups as a tree is read, each before those below it."""
        asked: PageQuery = request.query
        whole = opening.open_whole(self._kind)
        page, cursor = listing.page(
            f"GROUPS#{self._kind}", whole.tree, lambda each: each.group_id, asked.limit, asked.cursor
        )
        counts = showing.items_by_group(whole)
        return Page(items=[showing.group(each, whole, counts) for each in page], next_cursor=cursor)

    def create(self, request: Request) -> LibraryGroupOut:
        """Make a group at the end of its parent's."""
        asked: LibraryGroupIn = request.body
        group_id = request.new_id("gr")
        if found := stored.group(self._kind, group_id):
            no_effect(request)
            return self._out(found)
        whole = opening.open_whole(self._kind)
        if len(whole.tree) >= MOST_GROUPS:
            raise problems.conflict("too_many_groups", f"最多 {MOST_GROUPS} 个分组")
        new = Group(self._kind, group_id, asked.name, asked.parent_id, updated_at=request.now, version=1)
        path = refuse_bad_parent(whole, new, asked.parent_id)
        _refuse_taken(whole, new)
        new = replace(
            new, rank=_last_rank(whole, asked.parent_id), visibility=checking.visibility_of(asked.visibility)
        )
        steps = [stored.group_step(new), *placing.entry_steps(path, whole=True)]
        return self._stored(request, "created", None, new, steps)

    def show(self, request: Request) -> LibraryGroupOut:
        """One group."""
        return self._out(checking.existing_group(self._kind, request.params["group_id"]))

    def change(self, request: Request) -> LibraryGroupOut:
        """Rename a group, say who sees what is in it, or put it under another one."""
        asked: GroupEdit = request.body
        before = checking.existing_group(self._kind, request.params["group_id"])
        if before.version != asked.version:
            raise problems.version_conflict()
        whole = opening.open_whole(self._kind)
        after = replace(before, version=before.version + 1, updated_at=request.now)
        steps: list[Step] = []
        if asked.name is not None:
            after = replace(after, name=asked.name)
        if "visibility" in asked.model_fields_set:
            after = replace(after, visibility=checking.visibility_of(asked.visibility))
        if asked.parent_id is not None and asked.parent_id != before.parent_id:
            steps = placing.entry_steps(refuse_bad_parent(whole, before, asked.parent_id), whole=True)
            after = replace(after, parent_id=asked.parent_id, rank=_last_rank(whole, asked.parent_id))
        _refuse_taken(whole, after)
        return self._stored(request, "changed", before, after, [stored.group_step(after), *steps])

    def delete(self, request: Request) -> None:
        """Delete a group that holds nothing."""
        group_id = request.params["group_id"]
        entered = placing.entries(self._kind, group_id)
        before = checking.existing_group(self._kind, group_id)
        whole = opening.open_whole(self._kind)
        if whole.children.get(group_id) or any(each.group_id == group_id for each in whole.in_order):
            raise problems.conflict("group_not_empty", "分组里还有内容或下级分组，请先移走或删除")
        after = replace(before, deleted=True, version=before.version + 1, updated_at=request.now)
        self._stored(request, "deleted", before, after, [placing.group_deleted_step(after, entered)])

    def move(self, request: Request) -> LibraryGroupOut:
        """Put a group elsewhere among its neighbours, or under another group."""
        return self._out(moving.move_group(request, self._kind, request.params["group_id"]))

    def _stored(
        self, request: Request, action: str, before: Group | None, after: Group, steps: list[Step]
    ) -> LibraryGroupOut:
        audited(
            request,
            f"{self._kind}_group_{action}",
            f"LIBRARY#{self._kind}#{after.group_id}",
            _told(before) if before else None,
            _told(after),
            steps,
        )
        compiling.after_write(self._kind, request.now)
        return self._out(after)

    def _out(self, group: Group) -> LibraryGroupOut:
        whole = opening.open_whole(self._kind)
        return showing.group(group, whole, showing.items_by_group(whole))


def _last_rank(whole: Catalogue, parent_id: str) -> str:
    return between(max((each.rank for each in whole.children.get(parent_id, ())), default=""), "")


def _refuse_taken(whole: Catalogue, group: Group) -> None:
    siblings = whole.children.get(group.parent_id, ())
    if any(each.name == group.name and each.group_id != group.group_id for each in siblings):
        raise problems.conflict("name_taken", "这里已有同名的分组")


def _told(group: Group) -> Mapping[str, Any]:
    return {
        "name": group.name,
        "parent_id": group.parent_id,
        "visibility": plain_visibility(group.visibility),
        "deleted": group.deleted,
    }
