"""The state file: the whole world as JSON, replaced in one move so that a crash leaves the old or the new."""

from __future__ import annotations

import json
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

from .world import COLLECTIONS, World

_KEPT = 5_000
"""How many messages and deliveries a restart remembers; more would make every save slow."""


def to_json(world: World) -> dict[str, Any]:
    """Return the world as plain data."""
    document: dict[str, Any] = {}
    for item in fields(world):
        value = getattr(world, item.name)
        if item.name in COLLECTIONS:
            document[item.name] = [dict(vars(row)) for row in value.values()]
        elif item.name in World.LISTS:
            document[item.name] = [dict(vars(row)) for row in value[-_KEPT:]]
        elif item.name in World.SAVED:
            document[item.name] = value
    return document


def from_json(document: dict[str, Any]) -> World:
    """Return the world that `to_json` wrote."""
    world = World()
    for name, value in document.items():
        if name in COLLECTIONS:
            kind, key = COLLECTIONS[name]
            rows = [kind(**row) for row in value]
            setattr(world, name, {key(row): row for row in rows})
        elif name in World.LISTS:
            setattr(world, name, [World.LISTS[name](**row) for row in value])
        elif name in World.SAVED:
            setattr(world, name, value)
    world.rebuild()
    return world


def save(world: World, path: Path) -> None:
    """Write the state file atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(to_json(world), ensure_ascii=False, separators=(",", ":")))
    draft.replace(path)


def load(path: Path) -> World | None:
    """Return the saved world, or None when there is none; a damaged file raises ValueError."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return None
    return from_json(json.loads(text)) if text.strip() else None
