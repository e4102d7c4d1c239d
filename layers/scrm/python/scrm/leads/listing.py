"""Lists of leads: one member's, several members' merged, everybody's; newest first (LED-14, LED-19)."""

import heapq
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from scrm.leads import dynamodb as stored
from scrm.leads.model import Lead
from scrm.leads.wanted import Wanted

MOST_READ = 2000
"""Leads that one request looks at; a page that finds fewer than asked for says where to go on."""
MONTHS = 24
"""So far back a list of everybody's leads goes."""


def of_members(
    userids: Iterable[str], wanted: Wanted, limit: int, before: str
) -> tuple[list[Lead], str | None]:
    """Return up to `limit` leads of members, newest first, and where to go on; None at the end.

    One query for each member and page; with a filter some more. By bytes.
    """
    each_ones = [
        stored.newest(stored.owned_place(each), before, closed=wanted.closed, at_once=limit + 1)
        for each in userids
    ]
    merged = heapq.merge(*each_ones, key=stored.position_of, reverse=True)
    return _page(merged, wanted, limit)


def of_everybody(wanted: Wanted, limit: int, before: str) -> tuple[list[Lead], str | None]:
    """Return up to `limit` leads of the corp, owned or not, newest first, and where to go on."""
    return _page(_every(wanted.now, before, limit + 1), wanted, limit)


def of_pool(pool_id: str, wanted: Wanted, limit: int, before: str) -> tuple[list[Lead], str | None]:
    """Return up to `limit` leads that wait in a pool, newest first, and where to go on. One query a page."""
    return _page(stored.newest(stored.pool_place(pool_id), before, at_once=limit + 1), wanted, limit)


def _every(now: datetime, before: str, at_once: int) -> Iterator[Lead]:
    month = datetime.fromisoformat(f"{before[:7]}-01") if before else now
    year, number = month.year, month.month
    for _ in range(MONTHS):
        yield from stored.created_in(f"{year:04d}-{number:02d}", before, at_once)
        year, number = (year, number - 1) if number > 1 else (year - 1, 12)


def _page(leads: Iterable[Lead], wanted: Wanted, limit: int) -> tuple[list[Lead], str | None]:
    found: list[Lead] = []
    last = ""
    read = 0
    for lead in islice(leads, MOST_READ):
        read += 1
        if wanted.fits(lead):
            if len(found) == limit:
                return found, last
            found.append(lead)
        last = stored.position_of(lead)
    return found, last if read == MOST_READ else None
