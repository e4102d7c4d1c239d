"""Requests and answers of /admin/tags and /admin/tag-groups."""

from typing import Annotated

from pydantic import Field

from scrm.http.fields import In, Out, PageQuery

Name = Annotated[str, Field(min_length=1, max_length=30)]
Order = Annotated[int, Field(ge=0, le=4_294_967_295)]


class TagOut(Out):
    """One corp tag; a larger order comes first."""

    tag_id: str
    name: str
    group_id: str
    group_name: str
    order: int


class TagGroupOut(Out):
    """One group with its tags, in the order that WeCom shows them."""

    group_id: str
    name: str
    order: int
    tags: list[TagOut]


class NewTag(In):
    """A tag to create."""

    name: Name
    order: Order = 0


class GroupIn(In):
    """A new group; WeCom has no groups without tags."""

    name: Name
    order: Order = 0
    tags: list[NewTag] = Field(min_length=1, max_length=100)


class TagIn(NewTag):
    """A new tag in a group: by id, or by name (a new group when there is none of that name)."""

    group_id: str | None = Field(default=None, min_length=1, max_length=128)
    group_name: Name | None = None


class EditIn(In):
    """A tag's or group's new name and place; what is left out stays."""

    name: Name | None = None
    order: Order | None = None


class TagQuery(PageQuery):
    """Which tags: by group, by part of the name."""

    group_id: str | None = Field(default=None, max_length=128)
    q: str | None = Field(default=None, max_length=30)


class TagSyncOut(Out):
    """What a full pull found, and how many rows it changed and removed."""

    groups: int
    tags: int
    changed: int
    removed: int
