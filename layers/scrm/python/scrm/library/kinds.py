"""The four kinds of library, each with the module that says what its content is. Pure.

A module is imported when its kind is first asked for.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from typing import Any

from scrm.http.fields import In
from scrm.library.model import Item, Kind, Shown
from scrm.library.pinyin import initials


@dataclass(frozen=True)
class Contents:
    """What is particular to one kind.

    `forms` are the shapes that a content may have in a request. `read` makes a content of plain values,
    `plain` the other way round. `file_uses` names the files of a content as (field, file id, kind of file),
    `files` the ids in plain published values, `used` the items it is made of as (field, kind, item id).
    """

    kind: Kind
    noun: str
    groups: str
    prefix: str
    name: str
    forms: tuple[type[In], ...]
    read: Callable[[Mapping[str, Any]], Any]
    plain: Callable[[Any], dict[str, Any]]
    shown: Callable[[Any], Shown]
    file_uses: Callable[[Any], Iterable[tuple[str, str, str]]]
    files: Callable[[Mapping[str, Any]], tuple[str, ...]]
    used: Callable[[Any], Iterable[tuple[str, Kind, str]]] = lambda _: ()


def described(kind: Kind, shown: Shown, written: Mapping[str, Any]) -> Shown:
    """Return what is shown of a content, with its initials and the digest of it `written` in plain values."""
    return replace(shown, initials=initials(shown.title), digest=digest(kind, written))


def digest(kind: Kind, written: Mapping[str, Any]) -> str:
    """Return what tells two contents of a kind apart."""
    text = json.dumps([kind, written], ensure_ascii=False, sort_keys=True)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


@cache
def contents(kind: Kind) -> Contents:
    """Return what is particular to a kind."""
    return {"script": _scripts, "material": _materials, "product": _products, "article": _articles}[kind]()


def written(kind: Kind, published: Mapping[str, Any]) -> dict[str, Any]:
    """Return a published content, in plain values, as it was written."""
    if kind != "script":
        return dict(published)
    from scrm.scripts import content as scripts

    return scripts.plain(scripts.written(scripts.read_published(published)))


def uses(item: Item) -> dict[tuple[Kind, str], int]:
    """Return which items a published one is made of, each with the number it was taken at."""
    numbers = item.live.summary.get("numbers", {}) if item.live else {}
    found: dict[tuple[Kind, str], int] = {}
    for name, number in numbers.items():
        kind, _, item_id = name.partition("#")
        found[kind, item_id] = int(number)
    return found


def _scripts() -> Contents:
    from scrm.scripts import content as scripts

    def file_uses(script: Any) -> Iterable[tuple[str, str, str]]:
        return ((f"{path}.{use.field}", use.file_id, use.kind) for path, use in scripts.file_uses(script))

    def used(script: Any) -> Iterable[tuple[str, Any, str]]:
        for place, kind, item_id in scripts.used(script):
            yield f"parts.{place}.{scripts.USED[kind]}", kind, item_id

    return Contents(
        "script",
        "scripts",
        "script-groups",
        "sc",
        "话术",
        (scripts.Script,),
        scripts.read,
        scripts.plain,
        scripts.shown,
        file_uses,
        lambda plain: scripts.files(scripts.read_published(plain)),
        used,
    )


def _materials() -> Contents:
    from scrm.materials import content as materials

    return Contents(
        "material",
        "materials",
        "material-groups",
        "ma",
        "素材",
        (
            materials.NamedText,
            materials.NamedImage,
            materials.NamedVideo,
            materials.NamedDocument,
            materials.NamedH5,
            materials.NamedMiniProgram,
        ),
        materials.read,
        materials.plain,
        materials.shown,
        lambda content: ((use.field, use.file_id, use.kind) for use in materials.file_uses(content)),
        lambda plain: materials.files(materials.read(plain)),
    )


def _products() -> Contents:
    from scrm.products import content as products

    return Contents(
        "product",
        "products",
        "product-groups",
        "pr",
        "商品",
        (products.ProductContent,),
        products.content_of,
        products.plain,
        products.shown,
        lambda content: [("cover_file_id", file_id, "image") for file_id in products.files(content)],
        lambda plain: products.files(products.content_of(plain)),
    )


def _articles() -> Contents:
    from scrm.knowledge import content as knowledge

    return Contents(
        "article",
        "knowledge",
        "knowledge-groups",
        "ar",
        "知识库文章",
        (knowledge.Article,),
        knowledge.read,
        knowledge.plain,
        knowledge.shown,
        lambda _: (),
        lambda _: (),
    )
