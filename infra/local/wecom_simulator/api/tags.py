"""Corp customer tags (documentation 92117, 92118)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..calls import Call
from ..errors import Refused
from ..model import Tag, TagGroup
from ..registry import endpoint
from .lookups import relation_of

if TYPE_CHECKING:
    from ..simulator import Simulator

CORP_TAGS = 10_000
TAGS_OF_A_PAIR = 3_000


def tag_row(tag: Tag) -> dict[str, Any]:
    """Return a tag as lists show it."""
    return {"id": tag.id, "name": tag.name, "create_time": tag.create_time, "order": tag.order}


def _group_row(group: TagGroup, tags: list[Tag], *, by_id: bool) -> dict[str, Any]:
    rows = [tag_row(tag) | ({"deleted": tag.deleted} if by_id else {}) for tag in tags]
    row: dict[str, Any] = {
        "group_id": group.group_id,
        "group_name": group.group_name,
        "create_time": group.create_time,
        "order": group.order,
    }
    return row | ({"deleted": group.deleted} if by_id else {}) | {"tag": rows}


@endpoint("POST", "externalcontact/get_corp_tag_list")
def list_tags(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the library, or the named groups or tags; `deleted` appears only when asked by id."""
    world = sim.world
    if groups := call.body.get("group_id"):
        found = [_known(world.tag_groups, group_id) for group_id in groups]
        return {
            "tag_group": [_group_row(row, [world.tags[t] for t in row.tags], by_id=True) for row in found]
        }
    if tags := call.body.get("tag_id"):
        asked = [_known(world.tags, tag_id) for tag_id in tags]
        holders = list(dict.fromkeys(tag.group_id for tag in asked))
        return {
            "tag_group": [
                _group_row(
                    world.tag_groups[holder], [tag for tag in asked if tag.group_id == holder], by_id=True
                )
                for holder in holders
            ]
        }
    live = sorted((row for row in world.tag_groups.values() if not row.deleted), key=lambda row: -row.order)
    return {"tag_group": [_group_row(row, world.live_tags(row), by_id=False) for row in live]}


def _known(rows: dict[str, Any], key: str) -> Any:
    row = rows.get(key)
    if row is None:
        raise Refused(40068)
    return row


@endpoint("POST", "externalcontact/add_corp_tag")
def add_tags(sim: Simulator, call: Call) -> dict[str, Any]:
    """Create tags in a new or known group. Names already there are not created again (40071 if all are)."""
    world, body = sim.world, call.body
    names = _fresh_names(body["tag"])
    group = _group_for(sim, call)
    taken = {tag.name for tag in world.live_tags(group)} if group is not None else set()
    wanted = {name: order for name, order in names.items() if name not in taken}
    if not wanted:
        raise Refused(40071)
    if sum(not tag.deleted for tag in world.tags.values()) + len(wanted) > CORP_TAGS:
        raise Refused(40126)
    if group is None:
        group = make_group(sim, body["group_name"], body.get("order", 0), call.app.agent, call.now)
    made = [make_tag(sim, group, name, order, call.app.agent, call.now) for name, order in wanted.items()]
    return {"tag_group": _group_row(group, made, by_id=False)}


def _fresh_names(rows: list[dict[str, Any]]) -> dict[str, int]:
    names: dict[str, int] = {}
    for row in rows:
        name, order = row.get("name"), row.get("order", 0)
        if not isinstance(name, str) or not 1 <= len(name) <= 30 or not isinstance(order, int):
            raise Refused(40058)
        names.setdefault(name, order)
    return names


def _group_for(sim: Simulator, call: Call) -> TagGroup | None:
    if group_id := call.body.get("group_id"):
        group = sim.world.tag_groups.get(group_id)
        if group is None or group.deleted:
            raise Refused(40068)
        return group
    name = call.body.get("group_name")
    if not name:
        raise Refused(40058)
    rows = sim.world.tag_groups.values()
    return next((row for row in rows if row.group_name == name and not row.deleted), None)


def make_group(sim: Simulator, name: str, order: int, agent: int, now: float) -> TagGroup:
    """Store a new, still empty group."""
    group = TagGroup(sim.ids.text("tag-group", "etSm7CDAAAg", 32), name, int(now), order, agent=agent)
    sim.world.tag_groups[group.group_id] = group
    return group


def make_tag(sim: Simulator, group: TagGroup, name: str, order: int, agent: int, now: float) -> Tag:
    """Store a new tag in the group."""
    tag = Tag(sim.ids.text("tag", "etSm7CDAAAt", 32), group.group_id, name, int(now), order, agent=agent)
    sim.world.tags[tag.id] = tag
    group.tags.append(tag.id)
    return tag


@endpoint("POST", "externalcontact/edit_corp_tag")
def edit_tag(sim: Simulator, call: Call) -> None:
    """Rename or reorder a tag or a group that this app made (81011 otherwise)."""
    world, body = sim.world, call.body
    row: Any = world.tags.get(body["id"]) or world.tag_groups.get(body["id"])
    if row is None or row.deleted:
        raise Refused(40068)
    if row.agent != call.app.agent:
        raise Refused(81011)
    if name := body.get("name"):
        if name in _sibling_names(sim, row):
            raise Refused(40071)
        rename(row, name)
    row.order = body.get("order", row.order)


def _sibling_names(sim: Simulator, row: Tag | TagGroup) -> set[str]:
    world = sim.world
    if isinstance(row, Tag):
        return {tag.name for tag in world.live_tags(world.tag_groups[row.group_id]) if tag is not row}
    return {other.group_name for other in world.tag_groups.values() if other is not row and not other.deleted}


def rename(row: Tag | TagGroup, name: str) -> None:
    """Give a tag or a group its new name."""
    if isinstance(row, Tag):
        row.name = name
    else:
        row.group_name = name


@endpoint("POST", "externalcontact/del_corp_tag")
def delete_tags(sim: Simulator, call: Call) -> None:
    """Delete tags and groups that this app made; every relation loses them."""
    world = sim.world
    tag_ids, group_ids = call.body.get("tag_id") or [], call.body.get("group_id") or []
    if not tag_ids and not group_ids:
        raise Refused(40063)
    tags = [_own(call, world.tags, tag_id) for tag_id in tag_ids]
    for group_id in group_ids:
        tags += world.live_tags(_own(call, world.tag_groups, group_id))
    for tag in tags:
        world.drop_tag(tag)


def _own(call: Call, rows: dict[str, Any], key: str) -> Any:
    row = rows.get(key)
    if row is None or row.deleted:
        raise Refused(40068)
    if row.agent != call.app.agent:
        raise Refused(81011)
    return row


@endpoint("POST", "externalcontact/mark_tag")
def mark_tag(sim: Simulator, call: Call) -> None:
    """Put tags on one member's relation and take others off. Repeating changes nothing."""
    add, remove = call.body.get("add_tag") or [], call.body.get("remove_tag") or []
    if not add and not remove:
        raise Refused(40058)
    relation = relation_of(sim, call, call.body["userid"], call.body["external_userid"])
    for tag_id in [*add, *remove]:
        tag = sim.world.tags.get(tag_id)
        if tag is None or tag.deleted:
            raise Refused(40068)
    kept = [tag_id for tag_id in relation.tags if tag_id not in remove]
    kept += [tag_id for tag_id in dict.fromkeys(add) if tag_id not in kept]
    if len(kept) > TAGS_OF_A_PAIR:
        raise Refused(40144)
    relation.tags = kept
