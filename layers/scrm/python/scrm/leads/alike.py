"""Open leads that may be one person's: told of together, or of one customer by now (spec 4.3, 0026).

That two leads share an identity comes out late: the phone of one and the contact of the other are bound to
one customer, or a source tells of both keys at once. Nobody's lead is taken for that: their pages say so, and
whoever administers both may merge them, and whoever administers one may say that they are two people's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scrm.leads import dynamodb as stored
from scrm.leads.alike_dynamodb import note, noted, unlike
from scrm.leads.model import Lead
from scrm.leads.whose import customers_of, keys_of

Why = Literal["same_customer", "told_together"]


@dataclass(frozen=True)
class Alike:
    """Another open lead that may be the same person's, and why."""

    lead: Lead
    why: Why


def told_together(leads: Iterable[Lead], now: datetime) -> None:
    """Note with each of some open leads the others that it was told of with. Repeatable. 1 WRU each."""
    ids = sorted({each.lead_id for each in leads})
    for one in ids:
        for other in ids:
            if one != other:
                note(one, other, now)


def alike(lead: Lead) -> list[Alike]:
    """Return the open leads that may be of the same person as an open one, without those known not to be.

    1 RRU for each key and customer behind the lead and for each lead that is found; a query, one more where
    there are any.
    """
    if not lead.is_open:
        return []
    found = {each.lead_id: Alike(each, "told_together") for each in _open(noted(lead.lead_id))}
    keys = [each for each in keys_of(customers_of(lead)) if each not in lead.keys]
    found |= {each.lead_id: Alike(each, "same_customer") for each in _open(stored.having(keys).values())}
    found.pop(lead.lead_id, None)
    dismissed = unlike(lead.lead_id) if found else set()
    return [found[each] for each in sorted(found) if each not in dismissed]


def _open(lead_ids: Iterable[str]) -> Iterator[Lead]:
    """Yield the leads that are open; of one that was merged the one it is in."""
    for each in dict.fromkeys(lead_ids):
        lead = stored.lead(each)
        while lead and lead.merged_into:
            lead = stored.lead(lead.merged_into)
        if lead and lead.is_open:
            yield lead
