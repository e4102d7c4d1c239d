"""A lead as text: what its row carries and an index of its owner's leads shows. Pure; read again the same."""

import json
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from scrm.leads.model import Cooldown, Lead
from scrm.moments import rfc3339

_TIMES = frozenset(
    {
        "owned_at",
        "protect_until",
        "hard_until",
        "first_due",
        "followed_at",
        "advanced_at",
        "next_follow_at",
        "reminded_for",
        "queued_until",
        "closed_at",
        "parted_at",
        "created_at",
        "updated_at",
    }
)
_DEFAULTS = {each.name: each.default for each in fields(Lead)}


def text_of(lead: Lead) -> str:
    """Return a lead as text, without what is as it is by default."""
    plain = {
        name: _plain(value)
        for name, value in asdict(lead).items()
        if value != _DEFAULTS.get(name) and value not in ({}, ())
    }
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def lead_of(text: str) -> Lead:
    """Return the lead that a text says."""
    plain: dict[str, Any] = json.loads(text)
    for name in _TIMES & plain.keys():
        plain[name] = datetime.fromisoformat(plain[name])
    plain["keys"] = tuple((kind, value) for kind, value in plain.get("keys", ()))
    plain["absorbed"] = tuple(plain.get("absorbed", ()))
    plain["prelabels"] = tuple(plain.get("prelabels", ()))
    plain["sticky"] = tuple((source, userid) for source, userid in plain.get("sticky", ()))
    plain["cooldowns"] = tuple(
        Cooldown(each["userid"], datetime.fromisoformat(each["until"])) for each in plain.get("cooldowns", ())
    )
    return Lead(**plain)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value.astimezone(UTC))
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value
