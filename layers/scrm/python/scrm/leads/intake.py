"""Taking a lead in: black list, what it meets, a new lead or a touch (spec 4.1, 4.3, oracles L10, L18, L22).

The uniqueness of open leads is in the write (UNIQ rows): of two who tell of one person at once, one creates
the lead and the other meets it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

from scrm.customers.dynamodb import Customers
from scrm.leads import dynamodb as stored
from scrm.leads import last_dynamodb, touches_dynamodb
from scrm.leads.dedupe import Answer, Match, met
from scrm.leads.dynamodb import KeyTaken
from scrm.leads.model import Key, Lead, Source
from scrm.leads.steps import created
from scrm.telemetry import count

ATTEMPTS = 4
EARLIEST = datetime.min.replace(tzinfo=UTC)

customers = Customers()

Outcome = Literal[
    "created", "blacklisted", "exists_in_pool", "already_yours", "owned", "conflict", "touched", "known"
]


@dataclass(frozen=True)
class Told:
    """A lead as its source tells of it. `source_id` names it there; `by` is who told it, "" for a system.

    `claims`: who tells of it owns it at once (a lead made by hand, spec 4.9).
    """

    source: Source
    source_id: str
    keys: tuple[Key, ...]
    lead: Lead
    detail: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""
    claims: bool = False


@dataclass(frozen=True)
class TakenIn:
    """What became of it; `owner` is that of the lead it met, for who may know."""

    outcome: Outcome
    lead_id: str = ""
    owner: str = ""


def lead_id_of(source: str, source_id: str) -> str:
    """Return the id of the lead that a source tells of: telling it again names the same lead."""
    return f"ld_{sha256(f'{source}#{source_id}'.encode()).hexdigest()[:20]}"


def take_in(told: Told, now: datetime) -> TakenIn:
    """Record a lead, or a touch on the one that is there; return what became of it.

    Safe to repeat: the same source_id is the same lead and the same touch. Raises KeyTaken when others
    kept taking the keys; trying again helps. A new lead costs about 2 RRU a key and 8 WRU.
    """
    lead_id = lead_id_of(told.source, told.source_id)
    for _ in range(ATTEMPTS):
        colours = last_dynamodb.colours(told.keys)
        if "black" in colours and "white" not in colours:
            return _refused(told, lead_id, now)
        open_ones = _open_matches(told.keys)
        if any(each.lead_id == lead_id for each in open_ones):
            return TakenIn("known", lead_id)
        answer = met([*open_ones, *last_dynamodb.last(told.keys)], told.by)
        if answer.appends_touch:
            return _touched(told, answer, now)
        if answer.outcome == "conflict":
            return TakenIn("conflict")
        try:
            return _created(told, lead_id, answer, now)
        except KeyTaken:
            if stored.lead(lead_id) is not None:
                return TakenIn("known", lead_id)
    raise KeyTaken


def _open_matches(keys: Sequence[Key]) -> list[Match]:
    ids = dict.fromkeys(stored.having(keys).values())
    found = (stored.lead(each) for each in ids)
    return [Match(each.lead_id, each.status, each.owner) for each in found if each and each.is_open]


def _refused(told: Told, lead_id: str, now: datetime) -> TakenIn:
    """Keep a blacklisted lead as INVALID, without its keys; nobody is told (L22)."""
    lead = replace(
        created(told.lead, lead_id, told.source, (), told.by, now),
        status="INVALID",
        reason="blacklist",
        closed_at=now.replace(microsecond=0),
    )
    try:
        stored.create(lead, told.detail, None)
    except KeyTaken:
        return TakenIn("known", lead_id)
    count("lead_blacklisted")
    return TakenIn("blacklisted", lead_id)


def _touched(told: Told, answer: Answer, now: datetime) -> TakenIn:
    touches_dynamodb.append(
        answer.lead_id, told.source_id, told.source, told.by, answer.owner, told.detail, now
    )
    count("lead_touched")
    outcome: Outcome = answer.outcome if told.by else "touched"  # type: ignore[assignment]  # one that touches
    return TakenIn(outcome, answer.lead_id, answer.owner)


def _created(told: Told, lead_id: str, answer: Answer, now: datetime) -> TakenIn:
    new = created(told.lead, lead_id, told.source, told.keys, told.by, now)
    new = replace(new, previous_lead_id=answer.lead_id, sticky=_used_to(told, answer))
    stored.create(new, told.detail, now)
    count("lead_created", source=told.source)
    return TakenIn("created", lead_id, answer.owner)


def _used_to(told: Told, answer: Answer) -> tuple[tuple[str, str], ...]:
    """Return whom the person is used to: who won them last, then the friend they spoke to last (spec 4.2)."""
    found = [("last_won", answer.owner)] if answer.outcome == "renewal" and answer.owner else []
    found += [("friend", each) for each in _friends(told)]
    return tuple(dict.fromkeys(found))


def _friends(told: Told) -> list[str]:
    """Return the members who are friends of the contact, who became it last first."""
    external_userid = next((value for kind, value in told.keys if kind == "external_userid"), "")
    if not external_userid:
        return []
    _, relations = customers.collection(external_userid)
    friends = [each for each in relations if each.status == "active"]
    friends.sort(key=lambda each: (each.added_at or EARLIEST, each.userid), reverse=True)
    return [each.userid for each in friends]
