"""/admin/scripts, /materials, /products, /knowledge: the items of one library (CON-01, 03 to 05, 08, 19)."""

from dataclasses import replace
from typing import Any

from scrm.admin.audited import no_effect
from scrm.admin.rights import Roles
from scrm.http import problems
from scrm.http.fields import Page
from scrm.http.routing import Api, Request
from scrm.library import checking, editing, listing, opening, publishing, searching, showing
from scrm.library import dynamodb as stored
from scrm.library import placing_dynamodb as placing
from scrm.library.console_models import (
    Edited,
    ItemQuery,
    ItemVersionIn,
    LibraryItemDetail,
    LibraryItemOut,
    Placed,
    edit_body,
    given,
    new_body,
    query_of,
)
from scrm.library.kinds import Contents, contents
from scrm.library.model import Item, Kind, Shown


def declare(api: Api, kind: Kind, see: Roles, edit: Roles) -> None:
    """Add the routes of the items of a kind."""
    told = contents(kind)
    routes = ItemRoutes(told)
    root = f"/admin/{told.noun}"
    one = f"{root}/{{item_id}}"
    sees: dict[str, Any] = {"roles": see, "scope": "corp"}
    edits: dict[str, Any] = {"roles": edit, "scope": "corp", "answers": LibraryItemDetail}
    api.route("GET", root, **sees, query=query_of(kind), answers=Page[LibraryItemOut])(routes.listed)
    api.route("POST", root, **edits, body=new_body(kind), status=201)(routes.create)
    api.route("GET", one, **sees, answers=LibraryItemDetail)(routes.show)
    api.route("PUT", one, **edits, body=edit_body(kind))(routes.change)
    api.route("DELETE", one, **{**edits, "answers": None}, status=204)(routes.delete)
    api.route("POST", f"{one}:publish", **edits, body=ItemVersionIn)(routes.publish)
    api.route("POST", f"{one}:archive", **edits, body=ItemVersionIn)(routes.archive)
    api.route("POST", f"{one}:restore", **edits, body=ItemVersionIn)(routes.restore)


class ItemRoutes:
    """The routes of the items of one kind."""

    def __init__(self, told: Contents) -> None:
        self._told = told
        self._kind = told.kind

    def listed(self, request: Request) -> Page[LibraryItemOut]:
        """The items as they stand, drafts and archived ones too; with `q` those found, used most first."""
        asked: ItemQuery = request.query
        whole = opening.open_whole(self._kind)
        within = None if asked.group_id is None else whole.below(asked.group_id)
        narrowed = asked.narrowed()
        items = [
            each
            for each in whole.in_order
            if asked.status in {None, each.status}
            and (within is None or each.group_id in within)
            and narrowed.items() <= {name: each.draft.summary.get(name) for name in narrowed}.items()
        ]
        if asked.q:
            items = searching.found(items, asked.q, whole, drafts=True)
        page, cursor = listing.page(
            f"LIBRARY#{self._kind}", items, lambda each: each.item_id, asked.limit, asked.cursor
        )
        return Page(items=showing.listed(page, whole), next_cursor=cursor)

    def create(self, request: Request) -> LibraryItemDetail:
        """Make an item at the end of its group, published at once unless a draft is asked for."""
        item_id = request.new_id(self._told.prefix)
        if found := stored.item(self._kind, item_id):
            no_effect(request)
            return showing.detail(found)
        asked = getattr(request.body, "root", request.body)
        content = self._told.read(given(asked, Placed)[0])
        whole = opening.open_whole(self._kind)
        checking.refuse_too_many(whole)
        path = checking.path_to(whole, asked.group_id)
        new = Item(
            self._kind,
            item_id,
            asked.group_id,
            editing.last_rank(whole, asked.group_id),
            "draft",
            draft=Shown(""),
            visibility=checking.visibility_of(asked.visibility),
            created_by=request.staff.userid,
            created_at=request.now,
        )
        after, steps = self._written(new, content, request, publish=asked.status == "published")
        return showing.detail(
            editing.store(request, "created", None, after, [*steps, *placing.entry_steps(path)])
        )

    def show(self, request: Request) -> LibraryItemDetail:
        """One item with its draft, what is published of it, and its latest versions."""
        return showing.detail(self._existing(request))

    def change(self, request: Request) -> LibraryItemDetail:
        """Change an item's draft, its group or who sees it; published at once where asked for."""
        before = self._read(request)
        if before.status == "archived":
            raise problems.conflict("item_archived", "已归档，请先恢复再修改")
        plain, sent = given(request.body, Edited)
        asked = getattr(request.body, "root", request.body)
        content = self._told.read(plain)
        after, steps = self._written(before, content, request, publish=asked.status == "published")
        if "visibility" in sent:
            after = replace(after, visibility=checking.visibility_of(asked.visibility))
        if "group_id" in sent and asked.group_id != before.group_id:
            whole = opening.open_whole(self._kind)
            steps += placing.entry_steps(checking.path_to(whole, asked.group_id))
            rank = editing.last_rank(whole, asked.group_id)
            after = replace(after, group_id=asked.group_id, rank=rank)
        return showing.detail(editing.store(request, "changed", before, after, steps))

    def publish(self, request: Request) -> LibraryItemDetail:
        """Publish the draft as the next version; a script takes in what it names as it is now."""
        before = self._read(request)
        if before.status == "archived":
            raise problems.conflict("item_archived", "已归档，请先恢复再发布")
        content = self._told.read(stored.draft(self._kind, before.item_id))
        change = publishing.published(before, content, request.staff.userid, request.now)
        return showing.detail(
            editing.store(request, "published", before, change.item, change.all_steps(request.now))
        )

    def archive(self, request: Request) -> LibraryItemDetail:
        """Take an item out of everybody's sight but the console's; what was sent of it stays."""
        before = self._read(request)
        if before.status == "archived":
            no_effect(request)
            return showing.detail(before)
        checking.refuse_used(before)
        change = publishing.taken_out(before, "archived")
        return showing.detail(
            editing.store(request, "archived", before, change.item, change.all_steps(request.now))
        )

    def restore(self, request: Request) -> LibraryItemDetail:
        """Bring an archived item back as it was: published, or a draft where what it is made of is not."""
        before = self._read(request)
        if before.status != "archived":
            raise problems.conflict("item_not_archived", "只有已归档的内容可以恢复")
        change = publishing.restored(before)
        return showing.detail(
            editing.store(request, "restored", before, change.item, change.all_steps(request.now))
        )

    def delete(self, request: Request) -> None:
        """Delete an item. Its versions stay for the sends that name them."""
        before = self._existing(request)
        checking.refuse_used(before)
        change = publishing.taken_out(before, "deleted")
        editing.store(request, "deleted", before, change.item, change.all_steps(request.now))

    def _existing(self, request: Request) -> Item:
        return checking.existing_item(self._kind, request.params["item_id"])

    def _read(self, request: Request) -> Item:
        """Return the item that the path names, in the version that the body says was read."""
        found = self._existing(request)
        if found.version != getattr(request.body, "root", request.body).version:
            raise problems.version_conflict()
        return found

    def _written(
        self, item: Item, content: Any, request: Request, *, publish: bool
    ) -> tuple[Item, list[Any]]:
        """Return the item with its new content, and the steps that store that."""
        by, now = request.staff.userid, request.now
        after, step = editing.drafted(item, content, by, now)
        if not publish:
            checking.refuse_files(self._told, content, ready=False)
            return after, [step]
        change = publishing.published(after, content, by, now)
        return change.item, [step, *change.all_steps(now)]
