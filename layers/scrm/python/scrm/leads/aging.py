"""The night's look for leads that have waited for 30 days: SOPs nurture them from then on (spec 3.5, SOP-C).

That a lead grows old changes no row. A place in what is due would cost each lead in a pool an index key; the
leads of the days in question are read by their keys instead, those of a week, so that a night may be missed.
"""

from datetime import UTC, datetime, timedelta

from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import NewJob, Outcome, Work
from scrm.leads.assigning import waits_for_decision
from scrm.leads.created_dynamodb import created_between, leads_of
from scrm.leads.nurture import AGE, is_ripe
from scrm.moments import BEIJING, rfc3339
from scrm.sops.queueing import tell
from scrm.sops.sops_dynamodb import defined

KIND = "leads_aged"
DAYS = 7
AN_HOUR = timedelta(hours=1)
MOST = 100_000


def start(now: datetime) -> None:
    """Start the night's look where a SOP nurtures leads, an hour of the days each. Safe to repeat."""
    if not any(each.subject == "lead" for each in defined.live()):
        return
    night = now.astimezone(BEIJING).date().isoformat()
    last = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) - AGE
    hours = [rfc3339(last - number * AN_HOUR) for number in range(DAYS * 24 + 1)]
    Jobs().start(NewJob(f"{KIND}-{night}", KIND, "system", items=hours), now)


def run(work: Work) -> Outcome:
    """Tell of the leads of some hours that wait in their pools; `done` counts the hours. Safe to repeat.

    A query an hour, 0.5 RRU a lead, a message for each that waits.
    """
    for place, hour in enumerate(work.items):
        if place and not work.has_time():
            return Outcome(done=place, again=tuple(work.items[place:]))
        _looked_at(datetime.fromisoformat(hour), work.now)
    return Outcome(done=len(work.items))


def _looked_at(start: datetime, now: datetime) -> None:
    end = min(start + AN_HOUR, now - AGE)
    if end <= start:
        return
    for lead in leads_of(created_between(start, end, MOST)):
        if lead.created_at and is_ripe(lead, now) and not waits_for_decision(lead):
            at = rfc3339((lead.created_at + AGE).astimezone(UTC))
            tell(lead.lead_id, "lead", f"aged#{now.date().isoformat()}", {"at": at})
