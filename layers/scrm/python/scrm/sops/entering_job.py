"""The kind of job `sop_enter`, and the action `enrol` on whom a query selects: they enter (SEG-17).

params: `sop_id`, and for a walk `segment_id`, whose members enter. Items are customers' ids, or relations
as `scrm.tagging.pairs` names them. Each customer's result is "done", or "skipped" with the refusal.
"""

import json
from collections.abc import Iterable

from scrm.customers.dynamodb import Customers
from scrm.jobs.model import GiveUp, Outcome, Result, Work
from scrm.segments.members_dynamodb import members
from scrm.sops.dynamodb import enrollment
from scrm.sops.entering import Occasion, enter
from scrm.sops.model import Version
from scrm.sops.sops_dynamodb import defined
from scrm.tagging.pairs import split

KIND = "sop_enter"
ACTION = "enrol"
PAGE = 25

customers = Customers()


def run(work: Work) -> Outcome:
    """Let a chunk's customers enter, under the version that is in force. Safe to repeat.

    Gives up when the SOP is paused or stopped meanwhile. 3 WRU for each who enters.
    """
    sop = defined.sops().get(work.job.params["sop_id"])
    if sop is None or not sop.live:
        raise GiveUp("sop_not_running")
    version = defined.version(sop.sop_id, sop.published)
    if work.items:
        return _entered(work, version, work.items)
    page, last = members(
        work.job.params["segment_id"], PAGE, json.loads(work.cursor) if work.cursor != "-" else None
    )
    done = _entered(work, version, [each.customer_id for each in page])
    return Outcome(done.results, again=done.again, next_cursor=json.dumps(dict(last)) if last else None)


def _entered(work: Work, version: Version, names: Iterable[str]) -> Outcome:
    names, results = list(names), list[Result]()
    for place, name in enumerate(names):
        if place and not work.has_time():
            return Outcome(tuple(results), again=tuple(names[place:]))
        why = _refusal(work, version, name)
        results.append(Result(name, "skipped" if why else "done", why))
    return Outcome(tuple(results))


def _refusal(work: Work, version: Version, name: str) -> str:
    """Let one enter; return why not, "" when they are in by this job, now or before it was killed.

    They enter as of the moment the job was started: its repetition is told from another's by that.
    """
    owner, external_userid = split(name) if "#" in name else ("", "")
    customer_id = _customer_of(external_userid) if external_userid else name
    if not customer_id:
        return "unknown"
    at = work.job.created_at
    occasion = Occasion("manual", at, owner=owner, external_userid=external_userid)
    _, why = enter(customer_id, version, occasion, work.now)
    return "" if why == "live" and _entered_by(customer_id, version, work) else why


def _customer_of(external_userid: str) -> str:
    contact = customers.contact(external_userid)
    return contact.customer_id if contact else ""


def _entered_by(customer_id: str, version: Version, work: Work) -> bool:
    root = customers.root(customer_id)
    it = enrollment(root.customer_id if root else customer_id, version.sop_id)
    return it is not None and (it.trigger, it.entered_at) == ("manual", work.job.created_at)
