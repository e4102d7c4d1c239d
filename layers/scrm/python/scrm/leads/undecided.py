"""The night's look for leads that nobody has decided on: the message that asks for it was lost.

A new lead is in no index, since a place in one would cost each assignment a write unit (docs/decisions/0024).
The leads of the last days are read by their keys instead; one that is still NEW gets a place in what is due,
and the next tick decides on it, once, as on any lead that waits.
"""

from datetime import UTC, datetime, timedelta

from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import NewJob, Outcome, Work
from scrm.leads.assigning import waits_for_decision
from scrm.leads.created_dynamodb import created_between, leads_of
from scrm.leads.dynamodb import look_again
from scrm.moments import BEIJING, rfc3339
from scrm.telemetry import count

KIND = "leads_undecided"
DAYS = 7
SETTLED = timedelta(minutes=10)
"""So long a decision may take: younger leads are left for the next night."""
AN_HOUR = timedelta(hours=1)
MOST = 100_000


def start(now: datetime) -> None:
    """Start the night's look, an hour of the last days each. Safe to repeat."""
    night = now.astimezone(BEIJING).date().isoformat()
    first = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    hours = [rfc3339(first + number * AN_HOUR) for number in range(DAYS * 24 + 1)]
    Jobs().start(NewJob(f"{KIND}-{night}", KIND, "system", items=hours), now)


def run(work: Work) -> Outcome:
    """Look at the leads of some hours; `done` counts the hours in which one was waiting. Safe to repeat.

    A query an hour, 0.5 RRU a lead; 3 WRU for one that waits.
    """
    found = 0
    for place, hour in enumerate(work.items):
        if place and not work.has_time():
            return Outcome(done=found, skipped=place - found, again=tuple(work.items[place:]))
        found += _looked_at(datetime.fromisoformat(hour), work.now)
    return Outcome(done=found, skipped=len(work.items) - found)


def _looked_at(start: datetime, now: datetime) -> bool:
    """Let the clock decide on the leads of an hour that wait; return whether one did."""
    end = min(start + AN_HOUR, now - SETTLED)
    if end <= start:
        return False
    waiting = [
        each
        for each in leads_of(created_between(start, end, MOST))
        if waits_for_decision(each) and each.queued_until is None
    ]
    for each in waiting:
        look_again(each, now)
    if waiting:
        count("lead_left_undecided", len(waiting))
    return bool(waiting)
