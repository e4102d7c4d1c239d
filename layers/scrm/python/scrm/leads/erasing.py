"""What an erasure leaves of a person's leads: how many there were and what became of them, not whose."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from scrm.leads import dynamodb as stored
from scrm.leads import loads_dynamodb
from scrm.leads.attachments_dynamodb import ATTACHED
from scrm.leads.dynamodb import JOINED, LEAD, LeadRow, Step
from scrm.leads.history_dynamodb import HISTORY
from scrm.leads.lists_dynamodb import LIST, entry_id_of
from scrm.leads.loads import released
from scrm.leads.model import Lead
from scrm.leads.stored import lead_of
from scrm.materials.bucket import forget
from scrm.moments import rfc3339
from scrm.privacy.person import Person
from scrm.privacy.rows_dynamodb import Found, collection, delete, rewrite, row

FAMILIES = ("UNIQ", "LAST")
KEPT = (HISTORY, "CONTRACT#", "WON")
"""What was sold stays, without whom."""
CODED = "system"
"""By whom the reasons of steps are codes, and nobody's words."""


@dataclass(frozen=True)
class FoundLead(Found):
    """The row of a lead itself, whose names are short for want of room."""

    @property
    def plain(self) -> dict[str, Any]:
        """Return its values, the lead's under their full names."""
        lead = lead_of(self.pk.removeprefix("LEAD#"), self.image["card"]["S"])
        told = {name: value for name, value in asdict(lead).items() if value}
        return super().plain | {"card": json.loads(json.dumps(told, default=rfc3339))}


def find(person: Person, claims: Iterable[tuple[str, str]]) -> Iterator[Found]:
    """Yield the rows of every lead that has, or last had, one of the person's keys, or has become theirs.

    The keys' own come last.
    """
    keys = _keys(person, claims)
    found = list(_of_keys(keys))
    listed = [each for key in keys for each in row(LIST, entry_id_of(key))]  # type: ignore[arg-type]  # of any kind
    for kind, value in keys:
        if kind == "crmid":
            yield from collection(f"OPENED#{value}")
    for lead_id in _with_those_before((*_named_in(found), *_joined(person))):
        for each in collection(stored.pk_of(lead_id)):
            yield FoundLead(each.image) if each.sk == LEAD else each
    yield from found
    yield from listed


def lead_ids(person: Person, claims: Iterable[tuple[str, str]]) -> list[str]:
    """Return the ids of the leads whose rows `find` yields: what is said elsewhere names a lead by them."""
    return _with_those_before((*_named_in(_of_keys(_keys(person, claims))), *_joined(person)))


def _keys(person: Person, claims: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [*claims, *(("external_userid", each) for each in person.external_userids)]


def _of_keys(keys: Iterable[tuple[str, str]]) -> Iterator[Found]:
    for kind, value in keys:
        for name in FAMILIES:
            yield from row(f"{name}#{kind}#{value}", name)


def _joined(person: Person) -> Iterator[str]:
    """Yield the ids of the leads that became the person's: those with an e-mail alone have no key."""
    for each in person.customer_ids:
        for found in collection(f"CUSTOMER#{each}", JOINED):
            yield found.sk.removeprefix(JOINED)


def _named_in(found: Iterable[Found]) -> Iterator[str]:
    for each in found:
        told = each.plain
        yield from [told["lead_id"]] if "lead_id" in told else []
        yield from (told[place][0] for place in ("won", "lost") if told.get(place))


def _with_those_before(ids: Iterable[str]) -> list[str]:
    """Return the ids with those that the leads name as previous or merged: keys tell of the latest alone."""
    waiting, seen = list(ids), dict[str, None]()
    while waiting:
        lead_id = waiting.pop()
        if lead_id in seen:
            continue
        seen[lead_id] = None
        lead = stored.lead(lead_id)
        if lead:
            waiting += [each for each in (lead.previous_lead_id, lead.merged_into, *lead.absorbed) if each]
    return list(seen)


def erase(person: Person, rows: Iterable[Found]) -> int:
    """Take the person out of their leads, delete what was said of them; return how many rows. Repeatable."""
    count = 0
    for each in rows:
        count += 1
        if each.sk == LEAD:
            _anonymise(each.pk.removeprefix("LEAD#"), person)
        elif not each.sk.startswith(KEPT):
            if each.sk.startswith(ATTACHED):
                forget(each.sk.removeprefix(ATTACHED))
            delete([each])
        elif each.sk.startswith(HISTORY) and _is_told(each):
            rewrite(each, person, {"reason": None})
        elif each.mentions(person.words):
            # A number of a contract that names them, the record of the CRM whose account was opened.
            rewrite(each, person)
    return count


def _is_told(step: Found) -> bool:
    """Return whether a step has a reason in somebody's words, which may say who it is about."""
    told = step.plain
    return bool(told.get("reason")) and told.get("by") != CODED


def _anonymise(lead_id: str, person: Person) -> None:
    """Store a lead without its person, over whatever is there.

    One that is open ends with it: nobody could follow it up, and it would be held for ever.
    """
    lead = stored.lead(lead_id)
    if lead is None or lead.customer_id == person.pseudonym:
        return
    reason = lead.reason if lead.updated_by == CODED else ""
    nobody = replace(lead, name="", company="", keys=(), customer_id=person.pseudonym, reason=reason)
    if lead.is_open:
        at = datetime.fromisoformat(person.at) if person.at else lead.updated_at
        ended = replace(nobody, status="INVALID", closed_at=at, queued_until=None, next_follow_at=None)
        told = replace(ended, trigger="erase", reason="erased", updated_by="system", updated_at=at)
        stored.save(told, lead, None, _released(lead))
        return
    row = LeadRow.of(replace(nobody, version=lead.version + 1))
    row.save(condition=LeadRow.version == lead.version)


def _released(lead: Lead) -> list[Step]:
    if not lead.is_owned:
        return []
    load = loads_dynamodb.load_of(lead.owner)
    return [loads_dynamodb.load_step(load, released(load))]
