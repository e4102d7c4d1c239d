"""/workbench/pushes: asking staff to send something to customers (spec OAE-10)."""

from typing import Any

from scrm.http import paging, problems
from scrm.http.caller import ROLES
from scrm.http.fields import Page, PageQuery
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import Job
from scrm.library.opening import item_seen
from scrm.pushes import dynamodb as stored
from scrm.pushes.model import Push, Skipped, Target, Terms, judged, needs_approval
from scrm.pushes.models import ItemIn, PushIn, PushOut, SkippedOut
from scrm.pushes.starting import start, store
from scrm.pushes.targeting import named, selected
from scrm.queries.acting import question_of
from scrm.settings.dynamodb import load as load_settings

ASKERS = ROLES - {"auditor", "hr", "finance"}
ROOT = "/workbench/pushes"

jobs = Jobs()

_WHY: dict[Skipped, str] = {
    "no_recent_event": "客户最近没有互动，不能主动推送",
    "opted_out": "客户已拒绝营销信息",
    "not_active": "没有可以发送的好友关系",
}


def declare(api: Api) -> None:
    """Add the routes."""
    scope: dict[str, Any] = {"scope": "customers within the data scope"}
    api.route("POST", ROOT, roles=ASKERS, **scope, body=PushIn, answers=PushOut, status=201)(ask)
    api.route("GET", ROOT, roles=ASKERS, scope="own", query=PageQuery, answers=Page[PushOut])(listed)


def ask(request: Request) -> PushOut:
    """Ask staff to send an item: a to-do for each who is the customers' friend; nothing goes out by itself.

    Customers who did nothing of themselves lately are left out, a single one is refused with 409; above the
    corp's limit another administrator has to approve, who stands for the event then.
    """
    asked: PushIn = request.body
    push_id = request.new_id("push")
    if found := stored.push(push_id):
        return out(found)
    item = item_seen(asked.item.kind, asked.item.id, request.staff)
    title = item.live.title if item.live else ""
    settings = load_settings()
    terms = Terms(settings.push_event_hours, settings.push_approval_above)
    fresh = Push(
        push_id,
        asked.item.kind,
        asked.item.id,
        title,
        request.staff.userid,
        request.now.replace(microsecond=0),
        "awaiting_approval",
        asked.note,
    )
    people = asked.customers or []
    if asked.query_id is not None:
        chosen = selected(request, asked.query_id, terms.most_unapproved)
        if chosen.more:
            kept = Push(**{**vars(fresh), "question": question_of(chosen.question)})
            return out(store(request, "push_asked", None, kept))
        people = list(chosen.external_userids)
    return out(_recorded(request, fresh, named(request, people), terms))


def listed(request: Request) -> Page[PushOut]:
    """The caller's own pushes, newest first."""
    return page(request, request.staff.userid)


def page(request: Request, author: str = "") -> Page[PushOut]:
    """Return a page of all pushes, or of one author's."""
    asked: PageQuery = request.query
    place = f"PUSHES#{author.lower()}"
    after = paging.decode(place, asked.cursor, free=("before",))
    found, more = stored.listed(asked.limit, str(after["before"]) if after else None, author)
    started = jobs.jobs(each.job_id for each in found if each.job_id)
    return Page(
        items=[out(each, started.get(each.job_id)) for each in found],
        next_cursor=paging.encode(place, {"before": more} if more else None),
    )


def out(push: Push, job: Job | None = None) -> PushOut:
    """Return a push as it is answered, with how far its job is."""
    skipped = [SkippedOut(external_userid=name, code=code) for name, code in push.skipped.items()]
    told = {**vars(push), "item": ItemIn(kind=push.kind, id=push.item_id), "skipped": skipped, "outcome": job}
    return PushOut.model_validate(told)


def _recorded(request: Request, fresh: Push, targets: list[Target], terms: Terms) -> Push:
    waits = needs_approval(len(targets), terms)
    kept, skipped = judged(targets, request.now, terms, approved=waits)
    if not kept:
        code: Skipped = next(iter(skipped.values()), "not_active")
        if "no_recent_event" in skipped.values():
            code = "no_recent_event"
        raise problems.conflict(code, _WHY[code])
    pairs = tuple(dict.fromkeys(pair for each in kept for pair in each.pairs))
    push = Push(**{**vars(fresh), "customers": len(kept), "pairs": pairs, "skipped": skipped})
    return store(request, "push_asked", None, push) if waits else start(request, "push_started", None, push)
