"""/admin/pushes: what was asked to be sent to many, and who agrees (spec OAE-10)."""

from dataclasses import replace

from scrm.admin.rights import OPERATIONS, SEE_CONTENT
from scrm.http import problems
from scrm.http.fields import Page, PageQuery
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.pushes import dynamodb as stored
from scrm.pushes.model import Push
from scrm.pushes.models import DecisionIn, PushOut
from scrm.pushes.routes import jobs, out, page
from scrm.pushes.starting import start, store
from scrm.staff.model import key

ROOT = "/admin/pushes"
ONE = f"{ROOT}/{{push_id}}"


def declare(api: Api) -> None:
    """Add the routes."""
    api.route("GET", ROOT, roles=SEE_CONTENT, scope="corp", query=PageQuery, answers=Page[PushOut])(listed)
    api.route("GET", ONE, roles=SEE_CONTENT, scope="corp", answers=PushOut)(show)
    for action, decide in (("approve", approve), ("reject", reject)):
        api.route(
            "POST",
            f"{ONE}:{action}",
            roles=OPERATIONS,
            scope="corp; not by its author",
            body=DecisionIn,
            answers=PushOut,
        )(decide)


def listed(request: Request) -> Page[PushOut]:
    """Every push, newest first."""
    return page(request)


def show(request: Request) -> PushOut:
    """One push."""
    found = _found(request)
    return out(found, jobs.job(found.job_id) if found.job_id else None)


def approve(request: Request) -> PushOut:
    """Let a push go on: a job asks the customers' staff, one by one. Not by who asked for it."""
    before = _to_decide(request)
    return out(start(request, "push_approved", before, _decided(request, before)))


def reject(request: Request) -> PushOut:
    """Refuse a push. Not by who asked for it."""
    before = _to_decide(request)
    after = replace(_decided(request, before), status="rejected")
    return out(store(request, "push_rejected", before, after))


def _decided(request: Request, push: Push) -> Push:
    at = request.now.replace(microsecond=0)
    return replace(push, decided_by=request.staff.userid, decided_at=at, reason=request.body.reason)


def _found(request: Request) -> Push:
    found = stored.push(request.params["push_id"])
    if found is None:
        raise problems.not_found("没有这次推送")
    return found


def _to_decide(request: Request) -> Push:
    found = _found(request)
    if found.status != "awaiting_approval":
        raise problems.conflict("push_decided", "这次推送不在等待审批")
    if key(found.author) == key(request.staff.userid):
        raise problems.forbidden("不能审批自己发起的推送", code="own_push")
    return found
