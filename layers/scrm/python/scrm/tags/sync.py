"""Corp tags as WeCom has them, made ours: all of them, or those an event names (spec TAG-01)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scrm.tags import dynamodb as stored
from scrm.tags.model import Tag, TagGroup
from scrm.wecom import tags
from scrm.wecom.client import WeCom
from scrm.wecom.errors import UnknownTag


@dataclass(frozen=True)
class TagSyncOutcome:
    """What a full pull found, and how many rows it put and removed."""

    groups: int
    tags: int
    changed: int
    removed: int


def pull(wecom: WeCom) -> TagSyncOutcome:
    """Make the catalogue what WeCom has. Safe to repeat; writes only what differs."""
    before = stored.load_catalogue()
    shown = tags.tag_groups(wecom)
    groups = {group.id: _group(group) for group in shown if not group.deleted}
    all_tags = {tag.tag_id: tag for group in shown for tag in _tags(group)}
    changed_groups = [group for group in groups.values() if before.groups.get(group.group_id) != group]
    changed_tags = [tag for tag in all_tags.values() if before.tags.get(tag.tag_id) != tag]
    for group in changed_groups:
        stored.put_group(group)
    stored.put_tags(changed_tags)
    gone_tags = before.tags.keys() - all_tags.keys()
    gone_groups = before.groups.keys() - groups.keys()
    stored.remove_tags(gone_tags)
    stored.remove_groups(gone_groups)
    return TagSyncOutcome(
        groups=len(groups),
        tags=len(all_tags),
        changed=len(changed_groups) + len(changed_tags),
        removed=len(gone_tags) + len(gone_groups),
    )


def follow_tags(wecom: WeCom, *, tag_ids: Sequence[str] = (), group_ids: Sequence[str] = ()) -> None:
    """Make the named tags or groups what WeCom has now, after an event about them.

    The event says what changed, not how it is; so the order of events does not matter. Safe to repeat.
    """
    try:
        shown = tags.tag_groups(wecom, tag_ids=tag_ids, group_ids=group_ids)
    except UnknownTag:
        shown = ()
    keep(shown, complete=bool(group_ids))
    seen_tags = {tag.id for group in shown for tag in group.tags}
    stored.remove_tags(set(tag_ids) - seen_tags)
    for group_id in set(group_ids) - {group.id for group in shown}:
        _remove_group(group_id)


def keep(shown: Iterable[tags.TagGroup], *, complete: bool) -> None:
    """Store groups as WeCom shows them; `complete` says that they came with all of their tags."""
    for group in shown:
        live = _tags(group)
        if group.deleted:
            _remove_group(group.id)
            continue
        stored.put_group(_group(group))
        stored.put_tags(live)
        stored.remove_tags([tag.id for tag in group.tags if tag.deleted])
        if complete:
            here = {tag.tag_id for tag in stored.load_catalogue().in_group(group.id)}
            stored.remove_tags(here - {tag.tag_id for tag in live})
    _remove_empty_groups()


def remove(tag_ids: Iterable[str] = (), group_ids: Iterable[str] = ()) -> None:
    """Forget tags and groups that we deleted at WeCom; a group's last tag takes the group along."""
    stored.remove_tags(tag_ids)
    for group_id in group_ids:
        _remove_group(group_id)
    _remove_empty_groups()


def _remove_group(group_id: str) -> None:
    stored.remove_tags([tag.tag_id for tag in stored.load_catalogue().in_group(group_id)])
    stored.remove_groups([group_id])


def _remove_empty_groups() -> None:
    catalogue = stored.load_catalogue()
    used = {tag.group_id for tag in catalogue.tags.values()}
    stored.remove_groups(catalogue.groups.keys() - used)


def _group(group: tags.TagGroup) -> TagGroup:
    return TagGroup(group.id, group.name, group.order)


def _tags(group: tags.TagGroup) -> list[Tag]:
    live = [] if group.deleted else [tag for tag in group.tags if not tag.deleted]
    return [Tag(tag.id, tag.name, group.id, tag.order, tag.created_at) for tag in live]
