"""Leads by when they were created: `LEADS#<month>` holds a key for each (docs/decisions/0024)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice

from scrm.leads.dynamodb import LEAD, CreatedRow, LeadRow, pk_of
from scrm.leads.model import Lead
from scrm.table import rfc3339

AT_ONCE = 100


def created_between(since: datetime, until: datetime, most: int) -> list[str]:
    """Return the ids of up to `most` leads created in [since, until), the first first. By bytes of keys."""
    return list(islice(_ids(since, until), most))


def leads_of(lead_ids: Sequence[str], *, strongly: bool = False) -> list[Lead]:
    """Return leads by their ids, in that order: a batch read for each hundred, 0.5 RRU each, strongly 1."""
    found: dict[str, Lead] = {}
    for start in range(0, len(lead_ids), AT_ONCE):
        keys = [(pk_of(each), LEAD) for each in lead_ids[start : start + AT_ONCE]]
        for row in LeadRow.batch_get(keys, consistent_read=strongly):
            lead = row.entity()
            found[lead.lead_id] = lead
    return [found[each] for each in lead_ids if each in found]


def _ids(since: datetime, until: datetime) -> Iterator[str]:
    first, last = (rfc3339(each.astimezone(UTC)) for each in (since, until))
    for month in _months(since.astimezone(UTC), until.astimezone(UTC)):
        # What ends at `until` sorts before it: '"' is the character before '#'.
        for row in CreatedRow.query(f"LEADS#{month}", CreatedRow.sk.between(first, f'{last}"')):
            yield row.sk.partition("#")[2]


def _months(since: datetime, until: datetime) -> Iterator[str]:
    year, month = since.year, since.month
    while (year, month) <= (until.year, until.month):
        yield f"{year:04}-{month:02}"
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
