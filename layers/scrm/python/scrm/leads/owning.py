"""Who owned a customer's lead at a time, and through which channels leads came (spec 4.6, rule 2)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from scrm.attribution.model import CameBy, FromLeads
from scrm.attribution.model import Lead as Owned
from scrm.leads import dynamodb as stored
from scrm.leads.history_dynamodb import history
from scrm.leads.last_dynamodb import last
from scrm.leads.model import Lead
from scrm.leads.steps import INHERITANCE
from scrm.leads.whose import customers, keys_of

MOST_LEADS = 20
"""Of one customer, whose channels are asked."""
ENDED = frozenset({"LOST", "INVALID", "MERGED"})


@dataclass(frozen=True)
class Change:
    """One step of a lead, as far as its owner goes."""

    at: datetime
    by: str
    status: str
    former: str
    owner: str


def of_leads_at(customer_ids: Sequence[str], at: datetime) -> FromLeads:
    """Return who owned a lead of a customer at a time, and the channels that leads came through until then.

    All of the customer's ids are given. Of several leads an open one goes before one that was won, then the
    latest. A won lead's owner stays: who buys again is theirs. 1 RRU for each id, key and lead, those before
    them too, and the leads' history by bytes.
    """
    parts = [each for each in customers.several(customer_ids).values() if each.erased_at is None]
    keys = keys_of(parts)
    ids = [*stored.having(keys).values(), *(each.lead_id for each in last(keys))]
    leads = [lead for each in dict.fromkeys(ids) if (lead := stored.lead(each)) is not None]
    # What went into one of them may have been whose it was by then.
    gone = dict.fromkeys(each for lead in leads for each in lead.absorbed)
    leads += [lead for each in gone if (lead := stored.lead(each)) is not None]
    return FromLeads(_owner_at(leads, at), tuple(_channels(leads, at)))


def _owner_at(leads: Iterable[Lead], at: datetime) -> Owned | None:
    found = [(steps, lead) for lead in leads if (steps := known_at(_steps(lead), at)) and steps[-1].owner]
    if not found:
        return None
    best, _ = max(found, key=lambda each: (each[0][-1].status != "WON", *_began(each[1])))
    return owned(best)


def _channels(leads: Iterable[Lead], at: datetime) -> Iterator[CameBy]:
    """Yield how leads, and those before them, came; what was none and what an add tells by itself is not."""
    for lead in _with_former(leads):
        came = lead.channel_id and lead.source != "channel" and lead.status != "INVALID"
        if came and lead.created_at and lead.created_at <= at:
            yield CameBy(lead.channel_id, lead.created_at)


def _with_former(leads: Iterable[Lead]) -> Iterable[Lead]:
    found = {each.lead_id: each for each in leads}
    for each in list(found.values()):
        former: Lead | None = each
        while former and former.previous_lead_id not in {"", *found} and len(found) < MOST_LEADS:
            former = stored.lead(former.previous_lead_id)
            found |= {former.lead_id: former} if former else {}
    return found.values()


def known_at(steps: Iterable[Change], at: datetime) -> list[Change]:
    """Return the steps up to a time, the first first; none where the lead had ended by then. Pure."""
    # A step is later than those before it, whatever it says: an activity bears the time of what happened.
    until = list(takewhile(lambda each: each.at <= at, steps))
    return [] if until and until[-1].status in ENDED else until


def owned(steps: Sequence[Change]) -> Owned:
    """Return whose a lead is after its steps, and from whom and when they inherited it. Pure."""
    owner = steps[-1].owner
    came = next(each for each in reversed(steps) if each.owner != each.former and each.owner == owner)
    if came.by != INHERITANCE or not came.former:
        return Owned(owner)
    return Owned(owner, came.former, came.at)


def _steps(lead: Lead) -> Iterator[Change]:
    """Yield a lead's steps; the latest may not be in its history yet."""
    former, number = "", 0
    for row in history(lead.lead_id):
        number = int(row.sk.rpartition("#")[2])
        yield Change(datetime.fromisoformat(row.at), row.by or "", row.to, row.former or "", row.owner or "")
        former = row.owner or ""
    if number < lead.version and lead.updated_at:
        yield Change(lead.updated_at, lead.updated_by, lead.status, former, lead.owner)


def _began(lead: Lead) -> tuple[str, str]:
    return lead.created_at.isoformat() if lead.created_at else "", lead.lead_id
