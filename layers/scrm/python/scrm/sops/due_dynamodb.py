"""What is due of SOPs, found by time alone: bars and mass sends in `DUE#sops#<shard>` (spec 3.10, U6)."""

from datetime import UTC, datetime

from scrm.sops.dynamodb import due_pk
from scrm.sops.enrollment import SHARDS
from scrm.sops.queueing import Due
from scrm.table import DueRow, rfc3339


def due(shard: int, now: datetime, limit: int) -> list[Due]:
    """Return up to `limit` of what is due by `now`; `Due.place` tells which goes first.

    Normally one query over keys, newest first: 0.5 RRU for each 4 KB, as much when nothing is due. With more
    than `limit` due, half are the latest and half the oldest (a second query): a backlog drains without new
    work waiting behind it.
    """
    latest = _query(shard, now, limit, newest_first=True)
    found = latest
    if len(latest) == limit:
        oldest = _query(shard, now, limit // 2, newest_first=False)
        found = list(dict.fromkeys([*latest[: limit - limit // 2], *oldest]))
    return found


def someone_due(sop_id: str, step_key: str, due_at: datetime) -> bool:
    """Return whether a step that was due in this minute still waits for somebody to be looked at.

    A query over keys for each shard, by bytes; it ends at the first who is found.
    """
    minute = f"{due_at.astimezone(UTC):%Y-%m-%dT%H:%M:}"
    mark = f"#{step_key}#"
    return any(
        mark in str(row.due_sk)
        for shard in range(SHARDS)
        for row in DueRow.by_due.query(
            due_pk(shard),
            DueRow.due_sk.startswith(minute),
            filter_condition=DueRow.sk == f"SOP#{sop_id}",
            page_size=500,
        )
    )


def _query(shard: int, now: datetime, limit: int, *, newest_first: bool) -> list[Due]:
    rows = DueRow.by_due.query(
        due_pk(shard),
        DueRow.due_sk < f"{rfc3339(now.astimezone(UTC))}$",
        scan_index_forward=not newest_first,
        limit=limit,
    )
    return [Due(row.pk, row.sk, row.due_sk) for row in rows]
