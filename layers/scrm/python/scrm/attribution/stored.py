"""Decisions as plain data, as their row holds them, and back. Pure. What is empty is left out."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, TypeVar

from scrm.attribution.model import Basis, Decision, Friend, Lead, Shared, Terms
from scrm.moments import rfc3339

T = TypeVar("T")
_TIMES = {"at", "paid_at", "inherited_at", "contact_at"}


def plain(thing: Basis | Decision | None) -> dict[str, Any] | None:
    """Return a basis or a decision as stored."""
    return None if thing is None else _plain(asdict(thing))


def basis(told: Mapping[str, Any] | None) -> Basis | None:
    """Return a stored basis."""
    return _of(Basis, told)


def decision(told: Mapping[str, Any] | None) -> Decision | None:
    """Return a stored decision."""
    if told is None:
        return None
    return Decision(
        told["rule"],
        tuple((name, weight) for name, weight in told["members"]),
        tuple((name, weight) for name, weight in told["channels"]),
        Terms(**told["terms"]),
        _of(Shared, told.get("share")),
        _of(Lead, told.get("lead")),
        _of(Friend, told.get("friend")),
    )


def _of(kind: type[T], told: Mapping[str, Any] | None) -> T | None:
    if told is None:
        return None
    times = {name: datetime.fromisoformat(told[name]) for name in _TIMES & told.keys()}
    return kind(**{**told, **times})


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if each not in (None, "")}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return rfc3339(value.astimezone(UTC)) if isinstance(value, datetime) else value
