"""How often one address may call: counted in the volatile table, so that a stranger fills no rows of ours."""

from pynamodb.attributes import NumberAttribute

from scrm.http import problems
from scrm.http.request import Request
from scrm.table import VolatileRow

SECONDS = 60


class CountRow(VolatileRow):
    """Calls of one address in one minute."""

    calls = NumberAttribute()


def at_most(calls: int, what: str, request: Request) -> None:
    """Count a call; raises 429 beyond so many in a minute from one address. 1 WRU of the volatile table."""
    minute = int(request.now.timestamp()) // SECONDS
    row = CountRow(f"H5#{what}#{request.source_ip or 'unknown'}#{minute}")
    row.update(
        actions=[
            CountRow.calls.add(1),
            CountRow.expires_at.set(_end(minute + 1)),
        ]
    )
    if row.calls > calls:
        raise problems.too_many(max(1, _end(minute) - int(request.now.timestamp())))


def _end(minute: int) -> int:
    return (minute + 1) * SECONDS
