"""Rows of corp tags: `TAGS` holds the groups and the tags."""

from collections.abc import Iterable
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from scrm.kept import Kept
from scrm.table import Row
from scrm.tags.model import Catalogue, Tag, TagGroup

TAGS = "TAGS"


class TagRow(Row):
    """One tag, or one group (which has no `group_id` of another)."""

    name = UnicodeAttribute()
    order = NumberAttribute(default=0)
    group_id = UnicodeAttribute(null=True)
    created_at = NumberAttribute(null=True)


def load_catalogue() -> Catalogue:
    """Return every tag and group as stored now: one query, by bytes."""
    tags: dict[str, Tag] = {}
    groups: dict[str, TagGroup] = {}
    for row in TagRow.query(TAGS):
        kind, _, tag_id = row.sk.partition("#")
        if kind == "TAG":
            tags[tag_id] = Tag(tag_id, row.name, row.group_id or "", int(row.order), int(row.created_at or 0))
        elif kind == "GROUP":
            groups[tag_id] = TagGroup(tag_id, row.name, int(row.order))
    return Catalogue(tags, groups)


_catalogue = Kept(load_catalogue)


def catalogue(now: datetime, holding: Iterable[str] = ()) -> Catalogue:
    """Return every tag and group, at most a minute old; as of now when a tag of `holding` is not there."""
    kept = _catalogue.get(now)
    if all(each in kept.tags for each in holding):
        return kept
    _catalogue.forget()
    return _catalogue.get(now)


def put_group(group: TagGroup) -> None:
    """Store a group as WeCom has it. Repeating is safe."""
    TagRow(TAGS, f"GROUP#{group.group_id}", name=group.name, order=group.order).save()
    _catalogue.forget()


def put_tags(tags: Iterable[Tag]) -> None:
    """Store tags as WeCom has them. Repeating is safe."""
    for tag in tags:
        TagRow(
            TAGS,
            f"TAG#{tag.tag_id}",
            name=tag.name,
            order=tag.order,
            group_id=tag.group_id,
            created_at=tag.created_at or None,
        ).save()
    _catalogue.forget()


def remove_tags(tag_ids: Iterable[str]) -> None:
    """Forget tags that WeCom no longer has. Repeating is safe."""
    for tag_id in tag_ids:
        TagRow(TAGS, f"TAG#{tag_id}").delete()
    _catalogue.forget()


def remove_groups(group_ids: Iterable[str]) -> None:
    """Forget groups that WeCom no longer has; their tags are removed by `remove_tags`."""
    for group_id in group_ids:
        TagRow(TAGS, f"GROUP#{group_id}").delete()
    _catalogue.forget()
