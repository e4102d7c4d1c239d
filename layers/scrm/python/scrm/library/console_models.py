"""Requests and answers of the four libraries in the console.

What a content looks like is its kind's own; the bodies of requests are those forms with the item's place.
"""

from functools import cache
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, RootModel, Tag, create_model

from scrm.http.caller import Role
from scrm.http.fields import In, Moment, Out, PageQuery
from scrm.library.kinds import contents
from scrm.library.model import Kind, Status
from scrm.materials.content import NAME_CHARACTERS, by_kind
from scrm.materials.content import Kind as MaterialKind

Id = Annotated[str, Field(min_length=1, max_length=64)]
GroupId = Annotated[str, Field(max_length=64, description='The group it stands in; "": at the top')]
Version = Annotated[int, Field(ge=1, description="The version that was read")]


class VisibilityIn(In):
    """Who may see it 可见范围: whoever fits one of these. Everybody: null instead."""

    roles: list[Role] = Field(default=[], max_length=20)
    departments: list[Annotated[int, Field(ge=1)]] = Field(default=[], max_length=100)
    people: list[Id] = Field(default=[], max_length=100)


class VisibilityOut(Out):
    """Who may see it; departments with those below them, people by userid in lower case."""

    roles: list[str]
    departments: list[int]
    people: list[str]


class Placed(In):
    """Where a new item stands, who may see it, and whether it is published at once."""

    group_id: GroupId = ""
    visibility: VisibilityIn | None = None
    status: Literal["draft", "published"] = "published"


class Edited(In):
    """The version that was read; group and visibility stay where they are left out, null shows it to all.

    The content goes into the draft, and is published with it where `status` says so.
    """

    version: Version
    group_id: GroupId = ""
    visibility: VisibilityIn | None = None
    status: Literal["draft", "published"] = "draft"


class ItemVersionIn(In):
    """The version that was read."""

    version: Version


class PositionIn(In):
    """Where an item goes: after or before another one (null: first, last); neither: to the end."""

    group_id: GroupId | None = None
    after: Id | None = None
    before: Id | None = None


class GroupPositionIn(In):
    """Where a group goes among those of its parent, as for items."""

    parent_id: GroupId | None = None
    after: Id | None = None
    before: Id | None = None


class ItemQuery(PageQuery):
    """Which items. `group_id` means those of the groups below it too."""

    group_id: Annotated[str, Field(max_length=64)] | None = None
    status: Literal["draft", "published", "archived"] | None = None
    q: Annotated[str, Field(max_length=100)] | None = None

    def narrowed(self) -> dict[str, str]:
        """Return what is asked of an item's summary, by its names there."""
        beyond = self.model_dump(exclude=set(ItemQuery.model_fields), exclude_none=True)
        return {name: str(value) for name, value in beyond.items()}


class MaterialQuery(ItemQuery):
    """The same, and of one kind of material."""

    kind: MaterialKind | None = None


class ProductQuery(ItemQuery):
    """The same, and of one category, of standard or other goods."""

    category: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    type: Literal["standard", "nonstandard"] | None = None


def query_of(kind: Kind) -> type[ItemQuery]:
    """Return what a list of a kind's items may be asked for."""
    queries: dict[Kind, type[ItemQuery]] = {"material": MaterialQuery, "product": ProductQuery}
    return queries.get(kind, ItemQuery)


class UsesOut(Out):
    """How often it was used so far; `fen` is what was paid through it, refunds taken off."""

    sends: int
    opens: int
    forwards: int
    orders: int
    fen: int


class LibraryItemOut(Out):
    """An item as the console lists it, by its draft.

    `changed`: the draft differs from what is published. `outdated`: a material or product that the
    published script is made of has been published anew since; publishing the script takes it in. `kind` is
    a material's.
    """

    item_id: str
    kind: str | None
    group_id: str
    title: str
    status: Status
    changed: bool
    outdated: bool
    number: int
    stages: list[str]
    keywords: list[str]
    summary: dict[str, Any]
    visibility: VisibilityOut | None
    uses: UsesOut
    version: int
    created_by: str
    created_at: Moment | None
    updated_by: str
    updated_at: Moment | None
    published_at: Moment | None


class VersionOut(Out):
    """One published version."""

    number: int
    title: str
    published_by: str
    published_at: Moment


class VersionDetail(VersionOut):
    """One published version with its content."""

    content: dict[str, Any]


class LibraryItemDetail(LibraryItemOut):
    """An item with its content: as it is worked on, and as it was last published; and its latest versions.

    `uses` are exact here, in a list at most ten minutes old.
    """

    content: dict[str, Any]
    published: dict[str, Any] | None
    versions: list[VersionOut]


class LibraryGroupIn(In):
    """A new group."""

    name: Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^/\x00-\x1f]+$")]
    parent_id: GroupId = ""
    visibility: VisibilityIn | None = None


class GroupEdit(In):
    """What is to change of a group in the version read; what is left out stays."""

    version: Version
    name: Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^/\x00-\x1f]+$")] | None = None
    parent_id: GroupId | None = None
    visibility: VisibilityIn | None = None


class LibraryGroupOut(Out):
    """A group: `depth` 1 is at the top, `items` are those in itself, drafts and archived ones included."""

    group_id: str
    name: str
    parent_id: str
    path: list[str]
    depth: int
    items: int
    visibility: VisibilityOut | None
    version: int
    updated_at: Moment | None


@cache
def new_body(kind: Kind) -> Any:
    """Return the model of a new item of a kind."""
    return _body(kind, "New", Placed)


@cache
def edit_body(kind: Kind) -> Any:
    """Return the model of a change to an item of a kind."""
    return _body(kind, "Changed", Edited)


def given(body: Any, beside: type[In]) -> tuple[dict[str, Any], set[str]]:
    """Return a body's content in plain values, and which fields were sent."""
    asked = getattr(body, "root", body)
    content = asked.model_dump(mode="json", exclude=set(beside.model_fields))
    if content.get("name") == "":
        content["name"] = content["title"][:NAME_CHARACTERS]
    return content, asked.model_fields_set


def _body(kind: Kind, name: str, beside: type[In]) -> Any:
    forms = [
        create_model(
            f"{name}{form.__name__}", __base__=(beside, form), __doc__=form.__doc__, **_with_title(form)
        )
        for form in contents(kind).forms
    ]
    if len(forms) == 1:
        return forms[0]
    kinds = [get_args(form.model_fields["kind"].annotation)[0] for form in forms]
    choices: Any = None
    for form, one in zip(forms, kinds, strict=True):
        choice: Any = Annotated[form, Tag(f"form-{one}")]
        choices = choice if choices is None else choices | choice
    return create_model(
        f"{name}{kind.capitalize()}",
        __base__=RootModel[Annotated[choices, by_kind(tuple(kinds))]],
        __doc__=f"A {kind}, one of several forms that `kind` tells apart.",
    )


def _with_title(form: type[In]) -> dict[str, Any]:
    """Return the field by which a card that has a title needs no other name."""
    if not {"name", "title"} <= form.model_fields.keys():
        return {}
    told = Field(
        default="", max_length=NAME_CHARACTERS, description="What staff find it by; empty: its title"
    )
    return {"name": (str, told)}
