"""A lead as text: what its row carries and an index of its owner's leads shows. Pure; read again the same.

The row stays below 1 KB with the explanation of its decision, so names are short, times are Unix seconds, and
what is usual is left out. The id is the row's own key.
"""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from scrm.leads.model import Cooldown, Lead

_NAMES: Mapping[str, str] = {
    "status": "s",
    "source": "f",
    "name": "n",
    "company": "co",
    "keys": "k",
    "owner": "o",
    "pool_id": "p",
    "channel_id": "ch",
    "campaign": "ca",
    "product": "pr",
    "region": "g",
    "skills": "sk",
    "customer_id": "cu",
    "prelabels": "l",
    "score": "sc",
    "owned_at": "oa",
    "protect_until": "pu",
    "hard_until": "hu",
    "first_due": "fd",
    "followed_at": "fa",
    "advanced_at": "aa",
    "next_follow_at": "nf",
    "reminded_for": "rf",
    "queued_until": "qu",
    "closed_at": "xa",
    "recycle_count": "rc",
    "cooldowns": "cd",
    "sticky": "st",
    "previous_lead_id": "pl",
    "merged_into": "mi",
    "merged_from": "mf",
    "absorbed": "ab",
    "parted_at": "pa",
    "locked": "lo",
    "uncleaned": "un",
    "doubt": "do",
    "doubt_why": "dw",
    "reached": "re",
    "trigger": "t",
    "reason": "r",
    "updated_by": "ub",
    "epoch": "e",
    "version": "v",
    "created_by": "cb",
    "created_at": "a",
    "updated_at": "u",
}
"""What each field is called in a row. A name is never given to another field: rows would be misread."""
_FIELDS: Mapping[str, str] = {short: name for name, short in _NAMES.items()}
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
    """Return a lead as text, without its id and what is as it is by default."""
    plain = {
        _NAMES[name]: _plain(value)
        for name, usual in _DEFAULTS.items()
        if name != "lead_id" and (value := getattr(lead, name)) != usual and value not in ({}, ())
    }
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def lead_of(lead_id: str, text: str) -> Lead:
    """Return the lead of an id that a text says."""
    plain: dict[str, Any] = {_FIELDS[short]: value for short, value in json.loads(text).items()}
    for name in _TIMES & plain.keys():
        plain[name] = _moment(plain[name])
    plain["keys"] = tuple((kind, value) for kind, value in plain.get("keys", ()))
    plain["absorbed"] = tuple(plain.get("absorbed", ()))
    plain["prelabels"] = tuple(plain.get("prelabels", ()))
    plain["sticky"] = tuple((source, userid) for source, userid in plain.get("sticky", ()))
    plain["cooldowns"] = tuple(
        Cooldown(userid, _moment(until)) for userid, until in plain.get("cooldowns", ())
    )
    return Lead(lead_id, **plain)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return int(value.timestamp())
    if isinstance(value, Cooldown):
        return [value.userid, _plain(value.until)]
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
