"""Going through everybody in a SOP, page by page, as a job: each bar is moved on the revision it was read.

A SOP is gone through twice, the second time a minute later: whoever entered or was moved in the same
instant by a worker that knew of nothing is met then.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from scrm.jobs.model import Outcome, Work
from scrm.sops.dynamodb import EnrollmentChanged, enrollment, of_sop, place_in_sop, save
from scrm.sops.enrollment import Enrollment

PAGE = 100
MOST = 500
"""So many bars one chunk looks at, while there is time."""
ATTEMPTS = 6
AGAIN_AFTER = 60
"""Seconds: longer than a worker holds what it has read, and than an index is behind."""
STARTS = ("1|",)
"""Where a walk begins."""

Move = Callable[[Enrollment, datetime], Enrollment | None]
"""The next state of a bar, None for one that stays as it is. Asked again when the bar was changed."""


def walked(
    work: Work, sop_id: str, move: Move, after: Callable[[Enrollment, datetime], None] | None = None
) -> Outcome:
    """Move the next of a SOP's bars; `done` counts those that moved. Safe to repeat.

    `after` is told of each bar of the page that is over, as it is now. By bytes, 3 WRU for each that moves.
    """
    round_, _, place = work.cursor.partition("|")
    done = seen = 0
    while True:
        page, following = of_sop(sop_id, place, PAGE, newest_first=False)
        for it in page:
            if seen and not work.has_time():
                return _came_to(round_, done, seen, next_cursor=f"{round_}|{place}")
            done += _moved(it, move, work.now) if it.is_live else 0
            if after:
                after(it, work.now)
            seen, place = seen + 1, place_in_sop(it)
        if not following or seen >= MOST:
            break
        place = following
    if following:
        return _came_to(round_, done, seen, next_cursor=f"{round_}|{following}")
    again = {"next_cursor": "2|", "delay": AGAIN_AFTER} if round_ == "1" else {}
    return _came_to(round_, done, seen, **again)


def _came_to(round_: str, done: int, seen: int, **more: Any) -> Outcome:
    """Return what a chunk came to; the second time nobody is counted once more who stays as they are."""
    return Outcome(done=done, skipped=seen - done if round_ == "1" else 0, **more)


def _moved(it: Enrollment, move: Move, now: datetime) -> bool:
    """Move one bar, looking again when it was changed meanwhile; raises EnrollmentChanged in the end."""
    there: Enrollment | None = it
    for attempt in range(ATTEMPTS):
        if attempt:
            there = enrollment(it.subject, it.sop_id)
        after = move(there, now) if there and there.is_live else None
        if there is None or after is None or after == there:
            return False
        try:
            save(after, there)
        except EnrollmentChanged:
            continue
        return True
    raise EnrollmentChanged
