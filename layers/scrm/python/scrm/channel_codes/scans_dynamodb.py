"""How often a channel's code was scanned, as others tell: `CHANNEL#<channel_id>` / `SCANS#<date>`."""

from collections.abc import Iterable, Mapping
from datetime import date

from pynamodb.attributes import NumberAttribute

from scrm.audit.dynamodb import Step
from scrm.table import Row

SCANS = "SCANS#"


class ScansRow(Row):
    """The scans of one Beijing day."""

    scans = NumberAttribute()


def put_steps(channel_id: str, by_day: Mapping[date, int]) -> list[Step]:
    """Return the steps that set the scans of days; setting them again changes nothing. 2 WRU each."""
    rows = [ScansRow(f"CHANNEL#{channel_id}", f"{SCANS}{day}", scans=scans) for day, scans in by_day.items()]
    return [lambda transaction, row=row: transaction.save(row) for row in rows]  # type: ignore[misc]


def scans_of(channel_ids: Iterable[str], first: date, last: date) -> dict[date, int]:
    """Return the scans of channels by day, only of days that were told: a query a channel, by bytes."""
    found: dict[date, int] = {}
    for channel_id in channel_ids:
        where = ScansRow.sk.between(f"{SCANS}{first}", f"{SCANS}{last}")
        for row in ScansRow.query(f"CHANNEL#{channel_id}", where):
            day = date.fromisoformat(str(row.sk).removeprefix(SCANS))
            found[day] = found.get(day, 0) + int(row.scans)
    return found
