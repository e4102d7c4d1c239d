"""What somebody says of a lead, in normal forms: the keys it is known by, what it is, what was said. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

from scrm.identities.normalise import InvalidIdentity, is_mobile, normalised
from scrm.leads.model import HardKind, Key, Lead, Source

SHORT = 64
"""Characters of a name, a product, a campaign: a lead's row stays small."""
LONG = 2000
REGION = re.compile(r"[1-9]\d{5}")
EXTERNAL_USERID = re.compile(r"[0-9A-Za-z_-]{1,64}")
HARD: tuple[HardKind, ...] = get_args(HardKind)
WAYS = (*HARD, "email", "wechat")
"""By what a person can be reached or told apart; a lead needs one of them (LED-01)."""
BAD_FORMAT = "格式不正确"
NO_WAY = "手机号、unionid、external_userid、crmid、邮箱、微信号至少填写一项"


class Wrong(Exception):
    """What is wrong with what was said, by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("a lead is wrong")
        self.errors = errors


@dataclass(frozen=True)
class Said:
    """What was said of a lead; `lead` has no status of its own yet."""

    keys: tuple[Key, ...]
    lead: Lead
    detail: Mapping[str, Any]


def said(told: Mapping[str, Any], source: Source) -> Said:
    """Return what was said in normal forms. Raises Wrong, naming each field."""
    ways, wrong = _ways(told)
    region = str(told.get("region") or "")
    if region and not REGION.fullmatch(region):
        wrong["region"] = "应为 6 位行政区划代码"
    if wrong:
        raise Wrong(wrong)
    lead = Lead(
        "",
        "NEW",
        source,
        name=told.get("name") or "",
        company=told.get("company") or "",
        channel_id=told.get("channel_id") or "",
        campaign=told.get("campaign") or "",
        product=told.get("product") or "",
        region=region,
        skills=told.get("skills") or {},
        prelabels=tuple(dict.fromkeys(told.get("prelabels") or ())),
        score=int(told.get("score") or 0),
    )
    detail = {name: told[name] for name in ("demand", "note", "url", "params") if told.get(name)}
    keys: tuple[Key, ...] = tuple((kind, ways[kind]) for kind in HARD if kind in ways)
    contacts = [{"type": contact_type(kind, value), "value": value} for kind, value in ways.items()]
    return Said(keys, lead, {**detail, "contacts": contacts})


def _ways(told: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the ways to reach the person in normal forms, and what is wrong by field."""
    found: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for kind in WAYS:
        value = str(told.get(kind) or "").strip()
        if not value:
            continue
        try:
            found[kind] = normal(kind, value)
        except InvalidIdentity:
            wrong[kind] = BAD_FORMAT
    return found, wrong if found or wrong else {"phone": NO_WAY}


def normal(kind: str, value: str) -> str:
    """Return a way in its normal form. Raises InvalidIdentity."""
    if kind == "external_userid":
        if not EXTERNAL_USERID.fullmatch(value):
            raise InvalidIdentity(kind)
        return value
    # A WeChat name is kept as it is written, like an id of another system.
    return normalised("crmid" if kind == "wechat" else kind, value)  # type: ignore[arg-type]  # it is a kind


def contact_type(kind: str, value: str) -> str:
    """Return what a way to reach somebody is shown as."""
    if kind != "phone":
        return kind
    return "mobile" if is_mobile(value) else "landline"
