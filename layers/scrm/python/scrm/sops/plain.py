"""A version of a SOP as plain values, as in its row and in a request's body. Pure; read again the same."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from scrm.sops.model import Branch, Ending, Goal, Policies, Schedule, Step, Trigger, Version


def plain_version(version: Version) -> dict[str, Any]:
    """Return a version as plain values, without what is as it is by default."""
    return _plain(version)  # type: ignore[no-any-return]  # of a dataclass it is a dict


def version_of(plain: Mapping[str, Any]) -> Version:
    """Return the version that plain values say; they are our own, or a body that has been checked."""
    more = dict(plain)
    more["steps"] = tuple(step_of(each) for each in more.get("steps", ()))
    if "triggers" in more:
        more["triggers"] = tuple(
            Trigger(each["kind"], tuple(each.get("ids", ()))) for each in more["triggers"]
        )
    more["goals"] = tuple(Goal(**each) for each in more.get("goals", ()))
    for name in ("completed", "achieved"):
        if name in more:
            more[name] = Ending(**{**more[name], "tags": tuple(more[name].get("tags", ()))})
    if "policies" in more:
        more["policies"] = Policies(**more["policies"])
    return Version(**more)


def step_of(plain: Mapping[str, Any]) -> Step:
    """Return the step that plain values say."""
    more = dict(plain)
    if "schedule" in more:
        more["schedule"] = Schedule(**more["schedule"])
    more["when"] = {key: tuple(each) for key, each in more.get("when", {}).items()}
    for name in ("requires", "chats", "tags"):
        more[name] = tuple(more.get(name, ()))
    more["branches"] = {
        key: Branch(**{**each, "tags": tuple(each.get("tags", ()))})
        for key, each in more.get("branches", {}).items()
    }
    return Step(**more)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        kept = ((each.name, getattr(value, each.name), each) for each in fields(value))
        return {
            name: _plain(held)
            for name, held, known in kept
            if held != known.default and held not in ((), {}) and not _is_usual(held)
        }
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return value


def _is_usual(value: Any) -> bool:
    return value in (Policies(), Schedule(), Ending())
