"""/admin/conflicts: two customers who claim one identity, weighed and decided (spec IDN-07)."""

from dataclasses import replace
from typing import Any

from scrm.admin.audited import audited, no_effect
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Customer
from scrm.http import paging, problems
from scrm.http.fields import Page
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.identities import conflicts_dynamodb as stored
from scrm.identities.conflicts import Conflict, ConflictStatus
from scrm.identities.deciding import merge
from scrm.identities.models import (
    ConflictOut,
    ConflictsQuery,
    DecideMergeIn,
    MergedOut,
    PreviewOut,
    PreviewQuery,
    RejectIn,
)
from scrm.identities.rights import DECIDE, SEE
from scrm.identities.wholes import whole_out
from scrm.sidebar import masking

CONFLICT = "/admin/conflicts/{conflict_id}"

customers = Customers()


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": SEE, "scope": "the corp"}
    decide: dict[str, Any] = {"roles": DECIDE, "scope": "the corp"}
    api.route("GET", "/admin/conflicts", query=ConflictsQuery, answers=Page[ConflictOut], **see)(show_all)
    api.route("GET", CONFLICT, answers=ConflictOut, **see)(show)
    api.route("GET", f"{CONFLICT}:preview", query=PreviewQuery, answers=PreviewOut, **see)(preview)
    api.route("POST", f"{CONFLICT}:merge", body=DecideMergeIn, answers=MergedOut, **decide)(merge_them)
    api.route("POST", f"{CONFLICT}:reject", body=RejectIn, answers=ConflictOut, **decide)(reject)


def show_all(request: Request) -> Page[ConflictOut]:
    """Conflicts of identities, open ones or all."""
    asked: ConflictsQuery = request.query
    place = f"{stored.CONFLICTS}#{asked.status or 'all'}"
    start = paging.decode(place, asked.cursor, {"PK": stored.CONFLICTS}, ("SK",))
    rows, more = stored.conflicts(asked.status, asked.limit, start)
    return Page(items=[_out(each) for each in rows], next_cursor=paging.encode(place, more))


def show(request: Request) -> ConflictOut:
    """One conflict."""
    return _out(_found(request))


def preview(request: Request) -> PreviewOut:
    """What a merge would make of the two: everything of both, and whose word goes first."""
    conflict = _found(request)
    stays, goes = _parts(conflict, request.query.stays)
    both = stays if stays[0].customer_id == goes[0].customer_id else (*stays, *goes)
    return PreviewOut(
        conflict=_out(conflict),
        stays=whole_out(stays, request),
        goes=whole_out(goes, request),
        merged=whole_out(both, request),
    )


def merge_them(request: Request) -> MergedOut:
    """Say that both are one person; the other one goes into who stays."""
    asked: DecideMergeIn = request.body
    conflict = _found(request)
    stays, goes = _parts(conflict, asked.stays)
    if conflict.status == "merged":
        no_effect(request)
    else:
        _expect_open(conflict, asked.version)
        decided = _decided(request, conflict, "merged", asked.reason, stays[0].customer_id)
        facts = {"conflict_id": conflict.conflict_id, "reason": asked.reason}
        if stays[0].customer_id == goes[0].customer_id:
            subject = f"CONFLICT#{conflict.conflict_id}"
            audited(request, "conflict_settled", subject, None, facts, [stored.decided_step(decided)])
        else:
            merge(request, goes[0], stays[0], facts, [stored.decided_step(decided)])
    whole = customers.whole(stays[0].customer_id, consistent=True)
    gone = conflict.holder if conflict.claimant == stays[0].customer_id else conflict.claimant
    return MergedOut(
        action="merged", stays=stays[0].customer_id, goes=gone, customer=whole_out(whole, request)
    )


def reject(request: Request) -> ConflictOut:
    """Say that they are two people: the identity stays with its holder, and the claim is settled."""
    asked: RejectIn = request.body
    conflict = _found(request)
    if conflict.status == "rejected":
        no_effect(request)
        return _out(conflict)
    _expect_open(conflict, asked.version)
    decided = _decided(request, conflict, "rejected", asked.reason)
    audited(
        request,
        "conflict_rejected",
        f"CONFLICT#{conflict.conflict_id}",
        {"status": conflict.status},
        {"status": "rejected", "reason": asked.reason},
        [stored.decided_step(decided)],
    )
    return _out(replace(decided, version=decided.version + 1))


def _found(request: Request) -> Conflict:
    found = stored.conflict(request.params["conflict_id"])
    if found is None:
        raise problems.not_found("没有这个冲突")
    return found


def _parts(conflict: Conflict, stays: str | None) -> tuple[tuple[Customer, ...], tuple[Customer, ...]]:
    """Return who stays and who goes, as they are today, each with everybody merged into them."""
    if stays not in {None, conflict.holder, conflict.claimant}:
        raise problems.invalid_field("stays", "应为冲突双方之一")
    goes = conflict.claimant if stays in {None, conflict.holder} else conflict.holder
    kept = conflict.holder if goes == conflict.claimant else conflict.claimant
    found = [customers.whole(each, consistent=True) for each in (kept, goes)]
    if not all(found):
        raise problems.conflict("customer_missing", "其中一位客户已不存在")
    return found[0], found[1]


def _expect_open(conflict: Conflict, version: int | None) -> None:
    if conflict.status != "open":
        raise problems.conflict("conflict_decided", "这个冲突已处理，请刷新后查看", status_is=conflict.status)
    if version is not None and version != conflict.version:
        raise problems.version_conflict()


def _decided(
    request: Request, conflict: Conflict, status: ConflictStatus, reason: str, stays: str = ""
) -> Conflict:
    return replace(
        conflict,
        status=status,
        stays=stays,
        reason=reason,
        decided_by=request.staff.userid,
        decided_at=request.now,
    )


def _out(conflict: Conflict) -> ConflictOut:
    shown = masking.of_kind(conflict.kind, conflict.value)
    return ConflictOut.model_validate({**vars(conflict), "value": shown})
