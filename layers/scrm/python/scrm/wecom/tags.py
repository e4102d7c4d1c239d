"""Corp tags and their groups, and tags on relations. WeCom documents 96320 and 92697.

Changes made here cause no callback: the caller records them. An app edits and deletes only tags it made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scrm.wecom.checks import Missing, in_characters
from scrm.wecom.client import WeCom


@dataclass(frozen=True)
class Tag:
    """A corp tag; a larger `order` comes first. `deleted` is told only when asked for by id."""

    id: str
    name: str
    order: int
    created_at: int
    deleted: bool


@dataclass(frozen=True)
class TagGroup:
    """A group of corp tags; a group without tags does not exist."""

    id: str
    name: str
    order: int
    created_at: int
    deleted: bool
    tags: tuple[Tag, ...]


def tag_groups(
    wecom: WeCom, *, tag_ids: Sequence[str] = (), group_ids: Sequence[str] = ()
) -> tuple[TagGroup, ...]:
    """Return the corp tags by group: all, or those asked for (group ids win over tag ids)."""
    body = _without_empty({"tag_id": list(tag_ids), "group_id": list(group_ids)})
    answer = wecom.call("POST", "/cgi-bin/externalcontact/get_corp_tag_list", json=body, idempotent=True)
    return tuple(_group(row) for row in answer.get("tag_group", []))


def add_tags(
    wecom: WeCom,
    names: Sequence[tuple[str, int]],
    *,
    group_id: str = "",
    group_name: str = "",
    group_order: int | None = None,
) -> TagGroup:
    """Create tags, given as (name, order), in a group by id or name; return the group with them.

    Not safe to repeat blindly: after UnknownOutcome list the tags. Raises TagNameTaken, QuotaUsedUp.
    """
    if not names or not (group_id or group_name):
        raise Missing("标签")
    body: dict[str, Any] = {
        "tag": [{"name": in_characters("标签名", name, 30), "order": order} for name, order in names]
    }
    if group_id:
        body["group_id"] = group_id
    else:
        body["group_name"] = in_characters("标签组名", group_name, 30)
        if group_order is not None:
            body["order"] = group_order
    answer = wecom.call("POST", "/cgi-bin/externalcontact/add_corp_tag", json=body, idempotent=False)
    return _group(answer.get("tag_group", {}))


def edit_tag(
    wecom: WeCom, tag_or_group_id: str, *, name: str | None = None, order: int | None = None
) -> None:
    """Rename or reorder a tag or group. Safe to repeat. Raises UnknownTag, TagNameTaken."""
    body: dict[str, Any] = {"id": tag_or_group_id}
    if name is not None:
        body["name"] = in_characters("标签名", name, 30)
    if order is not None:
        body["order"] = order
    wecom.call("POST", "/cgi-bin/externalcontact/edit_corp_tag", json=body, idempotent=True)


def delete_tags(wecom: WeCom, *, tag_ids: Sequence[str] = (), group_ids: Sequence[str] = ()) -> None:
    """Delete tags or whole groups; a group's last tag takes the group along.

    Safe to repeat: UnknownTag then means that it is gone.
    """
    body = _without_empty({"tag_id": list(tag_ids), "group_id": list(group_ids)})
    if not body:
        raise Missing("标签")
    wecom.call("POST", "/cgi-bin/externalcontact/del_corp_tag", json=body, idempotent=True)


def mark(
    wecom: WeCom, userid: str, external_userid: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> None:
    """Put tags on the relation and take others off; nothing is called when there are none.

    Safe to repeat. Raises NotFriend, UnknownTag, QuotaUsedUp.
    """
    if not add and not remove:
        return
    body = {
        "userid": userid,
        "external_userid": external_userid,
        **_without_empty({"add_tag": list(add), "remove_tag": list(remove)}),
    }
    wecom.call("POST", "/cgi-bin/externalcontact/mark_tag", json=body, idempotent=True)


def _without_empty(body: dict[str, list[str]]) -> dict[str, list[str]]:
    return {name: values for name, values in body.items() if values}


def _group(row: dict[str, Any]) -> TagGroup:
    return TagGroup(
        id=str(row.get("group_id") or ""),
        name=str(row.get("group_name") or ""),
        order=int(row.get("order") or 0),
        created_at=int(row.get("create_time") or 0),
        deleted=bool(row.get("deleted")),
        tags=tuple(_tag(tag) for tag in row.get("tag") or ()),
    )


def _tag(row: dict[str, Any]) -> Tag:
    return Tag(
        id=str(row.get("id") or ""),
        name=str(row.get("name") or ""),
        order=int(row.get("order") or 0),
        created_at=int(row.get("create_time") or 0),
        deleted=bool(row.get("deleted")),
    )
