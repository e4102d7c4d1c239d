"""Corp tags 企业标签 and their groups, as WeCom holds them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tag:
    """One corp tag; a larger `order` comes first. `created_at` is in unix seconds; 0 is not known."""

    tag_id: str
    name: str
    group_id: str
    order: int = 0
    created_at: int = 0


@dataclass(frozen=True)
class TagGroup:
    """One group of corp tags; a larger `order` comes first."""

    group_id: str
    name: str
    order: int = 0


@dataclass(frozen=True)
class Catalogue:
    """Every corp tag and group, by id."""

    tags: Mapping[str, Tag] = field(default_factory=dict)
    groups: Mapping[str, TagGroup] = field(default_factory=dict)

    def name_of(self, tag_id: str) -> str:
        """Return the tag's name, or its id when it is unknown."""
        tag = self.tags.get(tag_id)
        return tag.name if tag else tag_id

    def group_name_of(self, tag_id: str) -> str:
        """Return the name of the tag's group, or "" when either is unknown."""
        tag = self.tags.get(tag_id)
        group = self.groups.get(tag.group_id) if tag else None
        return group.name if group else ""

    def in_group(self, group_id: str) -> list[Tag]:
        """Return the group's tags in the order WeCom shows them: larger order first, then by id."""
        return sorted(
            (tag for tag in self.tags.values() if tag.group_id == group_id),
            key=lambda tag: (-tag.order, tag.tag_id),
        )
