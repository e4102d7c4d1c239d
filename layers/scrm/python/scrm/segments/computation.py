"""The job that asks everybody for new or changed segments, as it is started (scrm.segments.computing)."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from scrm.cards import dynamodb as cards
from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import NewJob
from scrm.segments.model import Segment

COMPUTE = "segment_compute"
HOLD = "segment_hold"
RETAG = "segment_retag"

jobs = Jobs()
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def computation(changed: Sequence[Segment], requested_by: str, expected: int | None) -> NewJob:
    """Return the job, named by the segments' `computation`, that makes their members what their rules say.

    Everybody's cards are asked where a condition decides; where nobody belongs any more, the members are
    asked. `expected` is how many cards there may be.
    """
    asked = any(each.evaluated for each in changed)
    starts = [place_text(month=month) for month in cards.months() or ["0000-00"]] if asked else []
    starts += [place_text(segment=each.segment_id) for each in changed if not each.evaluated]
    return NewJob(
        changed[0].computation,
        COMPUTE,
        requested_by,
        params={"segment_ids": [each.segment_id for each in changed]},
        reason="、".join(each.name for each in changed)[:200],
        starts=starts,
        expected=expected if asked else None,
    )


def expected(segments: Mapping[str, Segment]) -> int | None:
    """Return how many cards the latest complete computation met, None before the first. Up to 3 RRU."""
    known = [each for each in segments.values() if each.computation and each.status == "active"]
    for each in sorted(known, key=lambda each: each.updated_at or _LONG_AGO, reverse=True)[:3]:
        job = jobs.job(each.computation)
        if job and job.status == "done" and job.done + job.skipped:
            return job.done + job.skipped
    return None


def place_text(**parts: Any) -> str:
    """Return a place of the walk as its cursor: a month or a segment, and the key to go on after."""
    return json.dumps({name: value for name, value in parts.items() if value}, separators=(",", ":"))
