"""What a script 话术 is made of: a title and several parts in order (spec CON-05, CON-18). Pure.

A part is a content of its own, or names a material or a product. What is named is looked up when the script
is published: a published script (`Published`) holds the content that was published then, with its number, so
that nothing changes under the salesperson and what was sent can be shown again.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, Tag, TypeAdapter

from scrm.http.fields import In
from scrm.library.model import Shown
from scrm.library.wording import searchable
from scrm.materials import content as materials
from scrm.materials.content import FileUse, by_kind

TITLE_CHARACTERS = 100
MOST_PARTS = 9
MOST_STAGES = 20
MOST_KEYWORDS = 20

Title = Annotated[str, Field(min_length=1, max_length=TITLE_CHARACTERS)]
ItemId = Annotated[str, Field(min_length=1, max_length=64)]


def _one_word(word: str) -> str:
    if set(word) & DIVIDERS:
        raise ValueError("每项写一个，不能含有顿号、逗号、分号、竖线或换行")
    return word


def _once(words: list[str]) -> list[str]:
    return list(dict.fromkeys(words))


DIVIDERS = frozenset("、，,;；|\n")
"""What stands between the words of a list where people write it in one cell."""
Stage = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_one_word)]
Keyword = Annotated[str, Field(min_length=1, max_length=30), AfterValidator(_one_word)]
Stages = Annotated[list[Stage], Field(max_length=MOST_STAGES), AfterValidator(_once)]
Keywords = Annotated[list[Keyword], Field(max_length=MOST_KEYWORDS), AfterValidator(_once)]


class MaterialPart(In):
    """A part that is a material, as it is when the script is published."""

    kind: Literal["material"]
    material_id: ItemId


class ProductPart(In):
    """A part that is a product, as it is when the script is published."""

    kind: Literal["product"]
    product_id: ItemId


class PublishedMaterial(MaterialPart):
    """A material in a published script: its version's number and content."""

    number: int
    content: dict[str, Any]


class PublishedProduct(ProductPart):
    """A product in a published script: its version's number and content."""

    number: int
    content: dict[str, Any]


USED = {"material": "material_id", "product": "product_id"}
"""The kinds of part that name an item, with the field that does."""

_Inline = (
    Annotated[materials.Text, Tag("form-text")]
    | Annotated[materials.Image, Tag("form-image")]
    | Annotated[materials.Video, Tag("form-video")]
    | Annotated[materials.Document, Tag("form-file")]
    | Annotated[materials.H5, Tag("form-h5")]
    | Annotated[materials.MiniProgram, Tag("form-miniprogram")]
)
_KINDS = by_kind((*materials.KINDS, *USED))

Part = Annotated[
    _Inline | Annotated[MaterialPart, Tag("form-material")] | Annotated[ProductPart, Tag("form-product")],
    _KINDS,
]
PublishedPart = Annotated[
    _Inline
    | Annotated[PublishedMaterial, Tag("form-material")]
    | Annotated[PublishedProduct, Tag("form-product")],
    _KINDS,
]


class Script(In):
    """A script as it is written."""

    title: Title
    parts: Annotated[list[Part], Field(min_length=1, max_length=MOST_PARTS)]
    stages: Stages = Field(default=[])
    keywords: Keywords = Field(default=[])


class Published(In):
    """A script as it was published: whatever it names is in it."""

    title: str
    parts: list[PublishedPart]
    stages: list[str] = Field(default=[])
    keywords: list[str] = Field(default=[])


@cache
def _published() -> TypeAdapter[Any]:
    return TypeAdapter(Published)


def read(stored: Mapping[str, Any]) -> Script:
    """Return a script as it is written from its plain form. Raises pydantic's ValidationError."""
    return Script.model_validate(dict(stored))


def read_published(stored: Mapping[str, Any]) -> Published:
    """Return a published script from its plain form. Raises pydantic's ValidationError."""
    found: Published = _published().validate_python(dict(stored))
    return found


def plain(script: In) -> dict[str, Any]:
    """Return a script in the form it is stored in."""
    return script.model_dump(mode="json")


def used(script: Any) -> Iterator[tuple[int, str, str]]:
    """Yield (place of the part, kind, item id) of each part that names an item."""
    for place, part in enumerate(script.parts):
        if part.kind in USED:
            yield place, part.kind, getattr(part, USED[part.kind])


Lookup = Callable[[str, str], tuple[int, Mapping[str, Any]]]
"""(kind, item id) → number and content of the published version."""


def published(script: Script, lookup: Lookup) -> Published:
    """Return the script with what it names in it. Raises what `lookup` raises."""
    parts = []
    for part in plain(script)["parts"]:
        if part["kind"] in USED:
            number, content = lookup(part["kind"], part[USED[part["kind"]]])
            part = {**part, "number": number, "content": dict(content)}
        parts.append(part)
    return read_published({**plain(script), "parts": parts})


def written(script: Published) -> Script:
    """Return a published script as it was written."""
    left_out = {"number", "content"}
    parts = [
        {name: each for name, each in part.items() if part["kind"] not in USED or name not in left_out}
        for part in plain(script)["parts"]
    ]
    return read({**plain(script), "parts": parts})


def shown(script: Script | Published) -> Shown:
    """Return what lists and searches know of a script; its initials are put in by who stores it."""
    texts = [text for part in script.parts for text in _texts(part)]
    first = next((part.text for part in script.parts if part.kind == "text"), "")
    summary: dict[str, Any] = {
        "kinds": [part.kind for part in script.parts],
        "text": first[:TITLE_CHARACTERS],
        "uses": list(dict.fromkeys(f"{kind}#{item_id}" for _, kind, item_id in used(script))),
        "numbers": {
            f"{part.kind}#{getattr(part, USED[part.kind])}": part.number
            for part in script.parts
            if isinstance(part, PublishedMaterial | PublishedProduct)
        },
    }
    return Shown(
        script.title,
        words=searchable(texts),
        stages=tuple(script.stages),
        keywords=tuple(script.keywords),
        summary={name: each for name, each in summary.items() if each},
    )


def _texts(part: Any) -> list[str]:
    told = getattr(part, "content", None)
    if told is not None:
        return [str(told.get(name) or "") for name in ("name", "text", "title", "subtitle", "description")]
    return [getattr(part, name, "") for name in ("text", "title", "subtitle")]


def file_uses(script: Script | Published) -> Iterator[tuple[str, FileUse]]:
    """Yield which files the parts of a script itself use, each with the path of the part."""
    for place, part in enumerate(script.parts):
        if part.kind not in USED:
            for use in materials.file_uses(part):
                yield f"parts.{place}", use


def files(script: Script | Published) -> tuple[str, ...]:
    """Return the ids of the files a script uses; those of a published one with what it names."""
    found = [use.file_id for _, use in file_uses(script)]
    for part in script.parts:
        content = getattr(part, "content", None) or {}
        found += [content[name] for name in ("file_id", "cover_file_id") if content.get(name)]
    return tuple(dict.fromkeys(found))
