"""The night's recount: what members are counted to have, against the leads they have (spec 4.7 G6).

Loads change in the transactions that give and take leads, so that they should never differ; one that does is
mended, and counted for an alarm. A member who was given something a moment ago is left for the next night:
the index that tells their leads may not know of it yet.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from pynamodb.exceptions import TransactWriteError

from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import NewJob, Outcome, Work
from scrm.leads.created_dynamodb import leads_of
from scrm.leads.dynamodb import of_owner
from scrm.leads.loads import Load
from scrm.leads.loads_dynamodb import load_of, load_step, loads
from scrm.moments import BEIJING
from scrm.staff.dynamodb import load_directory
from scrm.staff.model import key
from scrm.table import in_transaction
from scrm.telemetry import count

KIND = "lead_loads"
SETTLED = timedelta(minutes=10)


def start(now: datetime) -> None:
    """Start the night's recount of everybody who has leads, or might. Safe to repeat."""
    names = sorted({*loads(), *load_directory().members})
    if names:
        night = now.astimezone(BEIJING).date().isoformat()
        Jobs().start(NewJob(f"{KIND}-{night}", KIND, "system", items=names), now)


def run(work: Work) -> Outcome:
    """Recount some members; `done` counts those who were mended. Safe to repeat.

    A query each, by bytes; who differs by the index costs 1 RRU a lead more, and 2 WRU.
    """
    mended = 0
    for place, userid in enumerate(work.items):
        if place and not work.has_time():
            return Outcome(done=mended, skipped=place - mended, again=tuple(work.items[place:]))
        mended += _recounted(userid, work.now)
    return Outcome(done=mended, skipped=len(work.items) - mended)


def _recounted(userid: str, now: datetime) -> bool:
    """Mend a member's load where it differs; return whether it did."""
    load = load_of(userid)
    there = [each.lead_id for each in of_owner(userid)]
    if len(there) == load.open or not _is_settled(load, now):
        return False
    leads = leads_of(there, strongly=True)
    has = sum(each.is_owned and key(each.owner) == key(userid) for each in leads)
    if has == load.open:
        return False
    try:
        with in_transaction() as transaction:
            load_step(load, replace(load, open=has))(transaction)
    except TransactWriteError:
        # They were given or lost something meanwhile: the next night looks again.
        return False
    count("lead_load_drifted", abs(has - load.open))
    return True


def _is_settled(load: Load, now: datetime) -> bool:
    given_lately = load.last_assigned_at is not None and now - load.last_assigned_at < SETTLED
    return not given_lately and not load.on(now).claimed
