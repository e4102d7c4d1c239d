"""Where a customer came from: first relation, channel, campaign, first touches (CUS-15). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from scrm.customers.model import Relation
from scrm.timeline.model import Entry

CAMPAIGN_PARAMETERS = ("utm_campaign", "campaign", "cid")
"""Of an address that was visited or opened; the first that is there names the campaign."""

PLACES = ("page", "target", "code")


@dataclass(frozen=True)
class Campaign:
    """What brought the customer: a touch before the first add, a dynamic code, or the channel of the add."""

    name: str
    told_by: Literal["touch", "code", "channel"]


def first_relation(relations: Iterable[Relation]) -> Relation | None:
    """Return the relation whose first friendship began earliest, None when nobody ever added them."""
    known = [each for each in relations if each.periods]
    return min(known, key=lambda each: each.periods[0].start, default=None)


def added_first(relation: Relation | None) -> datetime | None:
    """Return when the relation's first friendship began."""
    return relation.periods[0].start if relation and relation.periods else None


def channel_of(relation: Relation | None) -> str | None:
    """Return the channel code that the relation's first friendship came through."""
    return relation.periods[0].channel_id if relation and relation.periods else None


def campaign_of(
    touches: Sequence[Entry],
    until: datetime | None,
    channel_name: str,
    carried: Mapping[str, Any] | None = None,
) -> Campaign | None:
    """Return the campaign of the earliest touch up to `until` that names one, else the channel.

    `touches` come oldest first. `carried` is what the latest dynamic code of the first relation carried
    (IDN-12): its campaign, or else its `cid`, names what the add through that code came from.
    """
    for entry in touches:
        if until is not None and entry.at > until:
            break
        if cid := entry.facts.get("cid"):
            return Campaign(_carried(carried or {}, str(cid)), "code")
        if name := _named(entry):
            return Campaign(name, "touch")
    return Campaign(channel_name, "channel") if channel_name else None


def _carried(carried: Mapping[str, Any], cid: str) -> str:
    parameters = carried.get("params") or {} if carried.get("cid") == cid else {}
    return str(parameters.get("campaign") or cid)


def _named(entry: Entry) -> str:
    if entry.facts.get("campaign"):
        return str(entry.facts["campaign"])
    for place in PLACES:
        asked = _parameters(str(entry.facts.get(place, "")))
        for name in CAMPAIGN_PARAMETERS:
            if asked.get(name):
                return asked[name]
    return ""


def _parameters(address: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(urlsplit(address).query, max_num_fields=50))
    except ValueError:
        return {}
