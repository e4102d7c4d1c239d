"""What an erasure leaves of a person's leads: how many there were and what became of them, not whose."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from scrm.leads import dynamodb as stored
from scrm.leads.dynamodb import LEAD, LeadRow
from scrm.privacy.person import Person
from scrm.privacy.rows_dynamodb import Found, collection, delete, row

FAMILIES = ("UNIQ", "LAST", "LISTED")
KEPT = ("HISTORY#", "CONTRACT#", "WON")
"""What was sold stays, without whom."""


def find(person: Person, claims: Iterable[tuple[str, str]]) -> Iterator[Found]:
    """Yield the rows of every lead that has, or last had, one of the person's keys; the keys' own last."""
    keys = [*claims, *(("external_userid", each) for each in person.external_userids)]
    found = [
        each for name in FAMILIES for kind, value in keys for each in row(f"{name}#{kind}#{value}", name)
    ]
    ids: list[str] = []
    for each in found:
        told = each.plain
        ids += [told["lead_id"]] if "lead_id" in told else []
        ids += [told[place][0] for place in ("won", "lost") if told.get(place)]
    for lead_id in dict.fromkeys(ids):
        yield from collection(stored.pk_of(lead_id))
    for kind, value in keys:
        if kind == "crmid":
            yield from collection(f"OPENED#{value}")
    yield from found


def erase(person: Person, rows: Iterable[Found]) -> int:
    """Take the person out of their leads, delete what was said of them; return how many rows. Repeatable."""
    count = 0
    for each in rows:
        count += 1
        if each.sk == LEAD:
            _anonymise(each.pk.removeprefix("LEAD#"), person)
        elif not each.sk.startswith(KEPT):
            delete([each])
    return count


def _anonymise(lead_id: str, person: Person) -> None:
    """Store a lead without its person, over whatever is there."""
    lead = stored.lead(lead_id)
    if lead is None or lead.customer_id == person.pseudonym:
        return
    nobody = replace(
        lead, name="", company="", keys=(), customer_id=person.pseudonym, version=lead.version + 1
    )
    LeadRow.of(nobody).save(condition=LeadRow.version == lead.version)
