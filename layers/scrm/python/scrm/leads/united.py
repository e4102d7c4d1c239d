"""What is kept beside a lead together with all that went into it: a merge is a link (docs/decisions/0026)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from scrm.leads.contracts import Contract
from scrm.leads.contracts_dynamodb import contracts
from scrm.leads.model import Lead, Touch
from scrm.leads.records import FollowUp, Records
from scrm.leads.records_dynamodb import follow_ups, place_of, records
from scrm.leads.touches_dynamodb import touches


def records_of(lead: Lead) -> Records:
    """Return all that is kept beside a lead and those in it: its own demand goes before theirs.

    Two queries and two reads for each, by bytes.
    """
    own = records(lead.lead_id)
    if not lead.absorbed:
        return own
    parts = [own, *(records(each) for each in lead.absorbed)]
    noted = [each.demand for each in parts[1:] if each.demand]
    return replace(
        own,
        detail=_detail(parts),
        demand=own.demand or max(noted, key=lambda each: each.at, default=None),
        follow_ups=tuple(_latest_first(parts)),
        proofs=tuple(proof for each in parts for proof in each.proofs),
    )


def follow_ups_of(lead: Lead, limit: int, before: str = "") -> list[FollowUp]:
    """Return up to `limit` follow-ups of a lead and those in it, latest first, as `follow_ups` does."""
    found = [told for each in ids_of(lead) for told in follow_ups(each, limit, before)]
    return sorted(found, key=place_of, reverse=True)[:limit]


def touches_of(lead: Lead, limit: int) -> list[Touch]:
    """Return up to `limit` touches of a lead and those in it, the latest first. A query each, by bytes."""
    found = [row.entity() for each in ids_of(lead) for row in touches(each, limit)]
    return sorted(found, key=lambda each: (each.at, each.touch_id), reverse=True)[:limit]


def contracts_of(lead: Lead) -> list[Contract]:
    """Return the contracts of a lead and those in it, those signed first first. A query each, by bytes."""
    found = [told for each in ids_of(lead) for told in contracts(each)]
    return sorted(found, key=lambda each: (each.signed_at, each.contract_id))


def ids_of(lead: Lead) -> tuple[str, ...]:
    """Return a lead's id and those of all that went into it."""
    return (lead.lead_id, *lead.absorbed)


def _latest_first(parts: list[Records]) -> Iterator[FollowUp]:
    yield from sorted((told for each in parts for told in each.follow_ups), key=place_of, reverse=True)


def _detail(parts: list[Records]) -> dict[str, Any]:
    """Return what the source said of the lead, with the contacts that the others were told with."""
    found = dict(parts[0].detail)
    contacts = [told for each in parts for told in each.detail.get("contacts") or ()]
    demand = next((told for each in parts if (told := each.detail.get("demand"))), None)
    return {**found, **({"contacts": contacts} if contacts else {}), **({"demand": demand} if demand else {})}
