"""The catalogue as it is stored: plain values, compressed. Pure; what is written is read again the same."""

import gzip
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from scrm.library.catalogue import Catalogue
from scrm.library.model import Group, Item, Shown, Uses
from scrm.library.visibility import Visibility

FORMAT = 1


def packed(catalogue: Catalogue) -> bytes:
    """Return a catalogue as it is stored."""
    plain = {
        "format": FORMAT,
        "kind": catalogue.kind,
        "groups": [_thin(asdict(each)) for each in catalogue.groups.values() if not each.deleted],
        "items": [_thin(asdict(each)) for each in catalogue.items.values() if each.status != "deleted"],
        "uses": {name: _thin(asdict(each)) for name, each in catalogue.uses.items()},
        "parents": {str(child): parent for child, parent in catalogue.parents.items()},
    }
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), default=_plain)
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)


def unpacked(content: bytes) -> Catalogue | None:
    """Return a stored catalogue; None where another version of the product wrote it."""
    plain = json.loads(gzip.decompress(content))
    if plain.get("format") != FORMAT:
        return None
    kind = plain["kind"]
    groups = (_group(kind, each) for each in plain["groups"])
    items = (_item(kind, each) for each in plain["items"])
    return Catalogue(
        kind,
        {each.group_id: each for each in groups},
        {each.item_id: each for each in items},
        {name: Uses(**each) for name, each in plain["uses"].items()},
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
    """Return a scope as plain values, sorted."""
    return None if scope is None else {name: sorted(each) for name, each in asdict(scope).items() if each}


def shown_of(plain: dict[str, Any] | None) -> Shown | None:
    """Return what a list shows from its plain values."""
    if plain is None:
        return None
    lists = {name: tuple(plain.get(name, ())) for name in ("stages", "keywords")}
    return Shown(**{**plain, **lists})


def plain_shown(shown: Shown | None) -> dict[str, Any] | None:
    """Return what a list shows as plain values, without what is empty."""
    return None if shown is None else _thin({**asdict(shown), "title": shown.title})


def _item(kind: Any, plain: dict[str, Any]) -> Item:
    times = {name: datetime.fromisoformat(plain[name]) for name in _ITEM_TIMES & plain.keys()}
    return Item(
        **{
            **plain,
            **times,
            "kind": kind,
            "group_id": plain.get("group_id", ""),
            "draft": shown_of(plain["draft"]),
            "live": shown_of(plain.get("live")),
            "visibility": visibility_of(plain.get("visibility")),
        }
    )


def _group(kind: Any, plain: dict[str, Any]) -> Group:
    at = plain.get("updated_at")
    scope = visibility_of(plain.get("visibility"))
    told = {**plain, "kind": kind, "visibility": scope}
    return Group(**{**told, "updated_at": datetime.fromisoformat(at)} if at else told)


_ITEM_TIMES = {"created_at", "updated_at", "published_at"}


def _thin(plain: dict[str, Any]) -> dict[str, Any]:
    """Return a row's plain values without what is empty; a scope that names nobody stays."""
    kept = {
        name: _thin(each) if name in {"draft", "live"} and each else each
        for name, each in plain.items()
        if name != "kind" and (name == "visibility" or each not in (None, "", 0, (), {}, False))
    }
    if kept.get("visibility", "") is None:
        del kept["visibility"]
    elif "visibility" in kept:
        kept["visibility"] = {name: sorted(each) for name, each in kept["visibility"].items() if each}
    return kept


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
