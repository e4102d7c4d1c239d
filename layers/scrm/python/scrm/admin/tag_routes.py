"""/admin/tags and /admin/tag-groups: corp tags 企业标签, ours and WeCom's kept alike (spec TAG-01)."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from scrm.admin.audited import audited
from scrm.admin.lists import page_of
from scrm.admin.refusals import told_to_people
from scrm.admin.rights import EDIT_TAGS, SEE_TAGS
from scrm.admin.tag_models import (
    EditIn,
    GroupIn,
    TagGroupOut,
    TagIn,
    TagOut,
    TagQuery,
    TagSyncOut,
)
from scrm.http import problems
from scrm.http.fields import Page, PageQuery
from scrm.http.problems import FieldError
from scrm.http.routing import Api, Request
from scrm.tagging.checking import check_room
from scrm.tags import dynamodb as stored
from scrm.tags import sync
from scrm.tags.model import Catalogue, Tag, TagGroup
from scrm.wecom import tags as at_wecom
from scrm.wecom.client import WeCom
from scrm.wecom.errors import UnknownOutcome, UnknownTag


def declare(api: Api, wecom: Callable[[], WeCom]) -> None:
    """Add the routes; `wecom` gives the process's client."""
    see: dict[str, Any] = {"roles": SEE_TAGS, "scope": "corp"}
    edit: dict[str, Any] = {"roles": EDIT_TAGS, "scope": "corp"}
    api.route("GET", "/admin/tags", **see, query=TagQuery, answers=Page[TagOut])(listed)
    api.route("GET", "/admin/tag-groups", **see, query=PageQuery, answers=Page[TagGroupOut])(groups)

    @api.route("POST", "/admin/tags", **edit, body=TagIn, answers=TagOut, status=201)
    def create_tag(request: Request) -> TagOut:
        """Create a corp tag, at WeCom and here."""
        return tag_created(request, wecom())

    @api.route("POST", "/admin/tag-groups", **edit, body=GroupIn, answers=TagGroupOut, status=201)
    def create_group(request: Request) -> TagGroupOut:
        """Create a group of corp tags, at WeCom and here."""
        return group_created(request, wecom())

    @api.route("PUT", "/admin/tags/{tag_id}", **edit, body=EditIn, answers=TagOut)
    def edit_tag(request: Request) -> TagOut:
        """Rename or move a corp tag, at WeCom and here; only tags this app made."""
        return tag_edited(request, wecom())

    @api.route("PUT", "/admin/tag-groups/{group_id}", **edit, body=EditIn, answers=TagGroupOut)
    def edit_group(request: Request) -> TagGroupOut:
        """Rename or move a group, at WeCom and here; only groups this app made."""
        return group_edited(request, wecom())

    @api.route("DELETE", "/admin/tags/{tag_id}", **edit, status=204)
    def delete_tag(request: Request) -> None:
        """Delete a corp tag, at WeCom and here; the last one takes its group along."""
        tag_deleted(request, wecom())

    @api.route("DELETE", "/admin/tag-groups/{group_id}", **edit, status=204)
    def delete_group(request: Request) -> None:
        """Delete a group with all its tags, at WeCom and here."""
        group_deleted(request, wecom())

    @api.route("POST", "/admin/tags:sync", **edit, answers=TagSyncOut)
    def pull(request: Request) -> TagSyncOut:
        """Pull every corp tag from WeCom now."""
        with told_to_people():
            done = TagSyncOut.model_validate(sync.pull(wecom()))
        audited(request, "tags_synced", "TAGS", None, done.model_dump())
        return done


def listed(request: Request) -> Page[TagOut]:
    """The corp tags, by group and place."""
    asked: TagQuery = request.query
    catalogue = stored.load_catalogue()
    rows = [
        tag
        for tag in catalogue.tags.values()
        if asked.group_id in {None, tag.group_id} and (asked.q or "").lower() in tag.name.lower()
    ]
    page, cursor = page_of("TAGS", rows, lambda tag: _place(tag, catalogue), asked.limit, asked.cursor)
    return Page(items=[_tag_out(tag, catalogue) for tag in page], next_cursor=cursor)


def groups(request: Request) -> Page[TagGroupOut]:
    """The groups of corp tags with their tags."""
    asked: PageQuery = request.query
    catalogue = stored.load_catalogue()
    page, cursor = page_of(
        "TAG-GROUPS",
        list(catalogue.groups.values()),
        lambda group: f"{_turned(group.order)}#{group.group_id}",
        asked.limit,
        asked.cursor,
    )
    return Page(items=[group_out(group, catalogue) for group in page], next_cursor=cursor)


def tag_created(request: Request, wecom: WeCom) -> TagOut:
    """Create the tag; a name that its group has already is a 409."""
    asked: TagIn = request.body
    if (asked.group_id is None) == (asked.group_name is None):
        raise problems.invalid_field("group_id", "group_id 和 group_name 填一个")
    catalogue = stored.load_catalogue()
    group = _group_asked(asked, catalogue)
    if group and any(tag.name == asked.name for tag in catalogue.in_group(group.group_id)):
        raise problems.conflict("name_taken", "标签名已存在")
    check_room(catalogue, 1)
    made = added(
        wecom,
        [(asked.name, asked.order)],
        group_id=asked.group_id or "",
        group_name=asked.group_name or "",
    )
    sync.keep([made], complete=False)
    catalogue = stored.load_catalogue()
    tag = next((each for each in catalogue.in_group(made.id) if each.name == asked.name), None)
    if tag is None:
        raise problems.unavailable("标签已提交，请稍后刷新查看")
    answer = _tag_out(tag, catalogue)
    audited(request, "tag_created", f"TAG#{tag.tag_id}", None, answer.model_dump())
    return answer


def _group_asked(asked: TagIn, catalogue: Catalogue) -> TagGroup | None:
    if asked.group_id:
        group = catalogue.groups.get(asked.group_id)
        if group is None:
            raise problems.invalid_field("group_id", "没有这个标签组")
        return group
    return next((each for each in catalogue.groups.values() if each.name == asked.group_name), None)


def group_created(request: Request, wecom: WeCom) -> TagGroupOut:
    """Create the group with its tags; a name that is there already is a 409."""
    asked: GroupIn = request.body
    names = [tag.name for tag in asked.tags]
    if doubled := [place for place, name in enumerate(names) if name in names[:place]]:
        raise problems.invalid(*(FieldError(f"tags.{place}.name", "标签名重复") for place in doubled))
    catalogue = stored.load_catalogue()
    if any(group.name == asked.name for group in catalogue.groups.values()):
        raise problems.conflict("name_taken", "标签组名已存在")
    check_room(catalogue, len(names))
    made = added(
        wecom,
        [(tag.name, tag.order) for tag in asked.tags],
        group_name=asked.name,
        group_order=asked.order,
    )
    sync.keep([made], complete=False)
    answer = group_out(_group(made.id), stored.load_catalogue())
    audited(request, "tag_group_created", f"GROUP#{made.id}", None, answer.model_dump())
    return answer


def added(
    wecom: WeCom,
    names: list[tuple[str, int]],
    *,
    group_id: str = "",
    group_name: str = "",
    group_order: int | None = None,
) -> at_wecom.TagGroup:
    """Return the group with the new tags; after an unknown outcome, look whether they are there."""
    with told_to_people():
        try:
            return at_wecom.add_tags(
                wecom, names, group_id=group_id, group_name=group_name, group_order=group_order
            )
        except UnknownOutcome:
            wanted = {name for name, _ in names}
            for group in at_wecom.tag_groups(wecom):
                same = group.id == group_id if group_id else group.name == group_name
                if same and wanted <= {tag.name for tag in group.tags}:
                    return group
            raise


def tag_edited(request: Request, wecom: WeCom) -> TagOut:
    """Change the tag at WeCom, then here: the API's own changes cause no callback (spec D6)."""
    tag = _tag(request.params["tag_id"])
    asked: EditIn = request.body
    before = _tag_out(tag, stored.load_catalogue())
    with told_to_people():
        at_wecom.edit_tag(wecom, tag.tag_id, name=asked.name, order=asked.order)
    order = tag.order if asked.order is None else asked.order
    changed = replace(tag, name=asked.name or tag.name, order=order)
    stored.put_tags([changed])
    after = _tag_out(changed, stored.load_catalogue())
    audited(request, "tag_changed", f"TAG#{tag.tag_id}", before.model_dump(), after.model_dump())
    return after


def group_edited(request: Request, wecom: WeCom) -> TagGroupOut:
    """Change the group at WeCom, then here."""
    group = _group(request.params["group_id"])
    asked: EditIn = request.body
    with told_to_people():
        at_wecom.edit_tag(wecom, group.group_id, name=asked.name, order=asked.order)
    changed = TagGroup(
        group.group_id, asked.name or group.name, group.order if asked.order is None else asked.order
    )
    stored.put_group(changed)
    audited(
        request,
        "tag_group_changed",
        f"GROUP#{group.group_id}",
        {"name": group.name, "order": group.order},
        {"name": changed.name, "order": changed.order},
    )
    return group_out(changed, stored.load_catalogue())


def tag_deleted(request: Request, wecom: WeCom) -> None:
    """Delete the tag at WeCom, then here; one that WeCom does not have any more is what was wanted."""
    tag = _tag(request.params["tag_id"])
    with told_to_people(), suppress(UnknownTag):
        at_wecom.delete_tags(wecom, tag_ids=[tag.tag_id])
    sync.remove(tag_ids=[tag.tag_id])
    audited(request, "tag_deleted", f"TAG#{tag.tag_id}", {"name": tag.name, "group_id": tag.group_id}, None)


def group_deleted(request: Request, wecom: WeCom) -> None:
    """Delete the group at WeCom, then here."""
    group = _group(request.params["group_id"])
    before = group_out(group, stored.load_catalogue())
    with told_to_people(), suppress(UnknownTag):
        at_wecom.delete_tags(wecom, group_ids=[group.group_id])
    sync.remove(group_ids=[group.group_id])
    audited(request, "tag_group_deleted", f"GROUP#{group.group_id}", before.model_dump(), None)


def _tag(tag_id: str) -> Tag:
    tag = stored.load_catalogue().tags.get(tag_id)
    if tag is None:
        raise problems.not_found("没有这个标签")
    return tag


def _group(group_id: str) -> TagGroup:
    group = stored.load_catalogue().groups.get(group_id)
    if group is None:
        raise problems.not_found("没有这个标签组")
    return group


def _tag_out(tag: Tag, catalogue: Catalogue) -> TagOut:
    group = catalogue.groups.get(tag.group_id)
    return TagOut(
        tag_id=tag.tag_id,
        name=tag.name,
        group_id=tag.group_id,
        group_name=group.name if group else "",
        order=tag.order,
    )


def group_out(group: TagGroup, catalogue: Catalogue) -> TagGroupOut:
    """Return a group with its tags as it is answered."""
    tags = [_tag_out(tag, catalogue) for tag in catalogue.in_group(group.group_id)]
    return TagGroupOut(group_id=group.group_id, name=group.name, order=group.order, tags=tags)


def _place(tag: Tag, catalogue: Catalogue) -> str:
    group = catalogue.groups.get(tag.group_id)
    return f"{_turned(group.order if group else 0)}#{tag.group_id}#{_turned(tag.order)}#{tag.tag_id}"


def _turned(order: int) -> str:
    """Return an order as text that sorts the larger first."""
    return f"{4_294_967_295 - order:010d}"
