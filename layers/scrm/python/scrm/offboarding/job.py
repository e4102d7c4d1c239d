"""The kind of job `offboarding`: what members who are gone leave behind is counted; the prompt follows.

Items are userids. It begins some seconds after somebody is gone, when what goes elsewhere by itself has gone:
leads to their pools, steps of SOPs to who carries on; of who has left when WeCom's list has been read, too.
"""

from collections.abc import Iterable
from datetime import datetime

from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import NewJob, Outcome, Work
from scrm.offboarding import departures_dynamodb as stored
from scrm.offboarding.counting import remains_of
from scrm.telemetry import count

KIND = "offboarding"
BEGINS_AFTER = 15
"""Seconds. A stack that is drained waits for it: a minute at most (contract)."""
_CHUNK = 5


def start(name: str, userids: Iterable[str], now: datetime, *, begins_after: int = 0) -> None:
    """Start a count; `name` names what asks for it, so that it is started once. Safe to repeat."""
    names = sorted(dict.fromkeys(userids))
    if names:
        params = {"begins_after": begins_after} if begins_after else {}
        new = NewJob(f"{KIND}-{name}", KIND, "system", params=params, items=names, chunk_items=_CHUNK)
        Jobs().start(new, now)


def run(work: Work) -> Outcome:
    """Count what is theirs; `skipped` counts those who are there again. Safe to repeat. By bytes, 1 WRU."""
    done = 0
    for place, userid in enumerate(work.items):
        if place and not work.has_time():
            return Outcome(done=done, skipped=place - done, again=tuple(work.items[place:]))
        gone = stored.departure(userid, consistent=True)
        if gone:
            stored.note_remains(gone, remains_of(userid), work.now)
            done += 1
    count("offboarding_counted", done)
    return Outcome(done=done, skipped=len(work.items) - done)
