"""The kind of job `census`: counts everybody, month by month, for the report of coverage (RPT-17).

A walk over all cards, without a write to any. What each chunk counted is its result; they add up.
"""

import json
from datetime import datetime
from typing import Any

from scrm.cards import dynamodb as cards
from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import Outcome, Result, Work
from scrm.reports.coverage import Coverage, of_cards, of_text

KIND = "census"
PAGE = 1000
MOST_PAGES = 3
LIVE_PAGES = 12
"""What a request counts itself, before there has to be a job."""

jobs = Jobs()


def starts() -> list[str]:
    """Return where the walk begins: in each month that has cards. 0.5 RRU."""
    return [_place(month) for month in cards.months() or ["0000-00"]]


def run(work: Work) -> Outcome:
    """Count the next cards. Safe to repeat."""
    place = json.loads(work.cursor)
    month, key, found = place["month"], place.get("after"), Coverage()
    for _ in range(MOST_PAGES):
        page = cards.added_in(month, PAGE, key)
        found, key = found + of_cards(page.cards), page.last_key
        if key is None or not work.has_time():
            break
    result = Result(work.chunk.chunk_id, "done", found.text)
    return Outcome((result,), next_cursor=_place(month, key) if key else None)


def counted_now() -> Coverage | None:
    """Return everybody, counted at once; None when they are too many for one request. By bytes."""
    found, left = Coverage(), LIVE_PAGES
    for month in cards.months():
        key: dict[str, Any] | None = None
        while left:
            page = cards.added_in(month, PAGE, key)
            found, key, left = found + of_cards(page.cards), page.last_key, left - 1
            if key is None:
                break
        if key is not None or not left:
            return None
    return found


def latest() -> tuple[datetime, Coverage] | None:
    """Return when the latest complete census began and what it counted, None when there is none.

    A page of the list of jobs, and the results of the one found.
    """
    listed, _ = jobs.listed("JOBS", 100)
    job = next((each for each in listed if each.kind == KIND and each.status == "done"), None)
    if job is None:
        return None
    parts = (of_text(each.code) for _, results in jobs.results(job.job_id) for each in results)
    return job.created_at, sum(parts, Coverage())


def _place(month: str, after: dict[str, Any] | None = None) -> str:
    return json.dumps({"month": month, **({"after": after} if after else {})}, separators=(",", ":"))
