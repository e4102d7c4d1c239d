"""The catalogue as it is stored: plain values, compressed. Pure; what is written is read again the same.

A cold process reads thousands of items before it answers: what is empty is not written, a draft that is as
published is written once, and what is read is not checked field by field.
"""

import gzip
import json
from dataclasses import MISSING, fields
from datetime import datetime
from typing import Any, TypeVar

from scrm.library.catalogue import Catalogue
from scrm.library.model import Group, Item, Kind, Shown, Uses
from scrm.library.visibility import Visibility

FORMAT = 1
T = TypeVar("T")


def packed(catalogue: Catalogue) -> bytes:
    """Return a catalogue as it is stored, without what is deleted."""
    plain = {
        "format": FORMAT,
        "kind": catalogue.kind,
        "groups": [_plain_group(each) for each in catalogue.groups.values() if not each.deleted],
        "items": [_plain_item(each) for each in catalogue.items.values() if each.status != "deleted"],
        "uses": {name: _told(each) for name, each in catalogue.uses.items()},
        "parents": {str(child): parent for child, parent in catalogue.parents.items()},
    }
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode(), compresslevel=3, mtime=0)


def unpacked(content: bytes) -> Catalogue | None:
    """Return a stored catalogue; None where another version of the product wrote it."""
    plain = json.loads(gzip.decompress(content))
    if plain.get("format") != FORMAT:
        return None
    kind: Kind = plain["kind"]
    return Catalogue(
        kind,
        {each["group_id"]: _group(kind, each) for each in plain["groups"]},
        {each["item_id"]: _item(kind, each) for each in plain["items"]},
        {name: _made(Uses, each) for name, each in plain["uses"].items()},
        {int(child): parent for child, parent in plain["parents"].items()},
    )


def visibility_of(plain: dict[str, Any] | None) -> Visibility | None:
    """Return a scope from its plain values."""
    if plain is None:
        return None
    return Visibility(
        frozenset(plain.get("roles", ())),
        frozenset(int(each) for each in plain.get("departments", ())),
        frozenset(plain.get("people", ())),
    )


def plain_visibility(scope: Visibility | None) -> dict[str, Any] | None:
    """Return a scope as plain values, sorted; one that names nobody stays one."""
    return None if scope is None else {name: sorted(each) for name, each in _told(scope).items()}


def shown_of(plain: dict[str, Any] | None) -> Shown | None:
    """Return what a list shows from its plain values."""
    if plain is None:
        return None
    lists = {name: tuple(plain[name]) for name in _SHOWN_LISTS if name in plain}
    return _made(Shown, {**plain, **lists} if lists else plain)


def plain_shown(shown: Shown | None) -> dict[str, Any] | None:
    """Return what a list shows as plain values, without what is empty."""
    return None if shown is None else {"title": "", **_told(shown)}


def _plain_item(item: Item) -> dict[str, Any]:
    told = _told(item)
    draft = told.pop("draft")
    if draft != item.live:
        told["draft"] = plain_shown(draft)
    if item.live:
        told["live"] = plain_shown(item.live)
    return _storable(told)


def _plain_group(group: Group) -> dict[str, Any]:
    return _storable(_told(group))


def _storable(told: dict[str, Any]) -> dict[str, Any]:
    """Return a row's values without its kind, scope and times as plain values."""
    told.pop("kind")
    if "visibility" in told:
        told["visibility"] = plain_visibility(told["visibility"])
    for name in _TIMES & told.keys():
        told[name] = told[name].isoformat()
    return told


def _item(kind: Kind, plain: dict[str, Any]) -> Item:
    live = shown_of(plain.get("live"))
    draft = shown_of(plain["draft"]) if "draft" in plain else live
    return _made(Item, {**_read(kind, plain), "live": live, "draft": draft})


def _group(kind: Kind, plain: dict[str, Any]) -> Group:
    return _made(Group, _read(kind, plain))


def _read(kind: Kind, plain: dict[str, Any]) -> dict[str, Any]:
    plain["kind"] = kind
    if "visibility" in plain:
        plain["visibility"] = visibility_of(plain["visibility"])
    for name in _TIMES & plain.keys():
        plain[name] = datetime.fromisoformat(plain[name])
    return plain


_SHOWN_LISTS = ("stages", "keywords")
_TIMES = frozenset({"created_at", "updated_at", "published_at"})
_STATED = (Group, Item, Shown, Uses, Visibility)
_NAMES = {each: tuple(one.name for one in fields(each)) for each in _STATED}


def _default(one: Any) -> Any:
    if one.default_factory is not MISSING:
        return one.default_factory()
    return "" if one.default is MISSING else one.default


_DEFAULTS: dict[type, dict[str, Any]] = {
    each: {one.name: _default(one) for one in fields(each)} for each in _STATED
}


def _told(thing: Any) -> dict[str, Any]:
    """Return what a value of the model states, without what is empty."""
    stated = vars(thing)
    return {name: stated[name] for name in _NAMES[type(thing)] if stated[name]}


def _made(kind: type[T], stated: dict[str, Any]) -> T:
    """Return a frozen value; its own `__init__` sets field by field, which takes thrice the time."""
    made = object.__new__(kind)
    made.__dict__.update({**_DEFAULTS[kind], **stated})
    return made
