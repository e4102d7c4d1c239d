"""/admin/customers/{customer_id}:merge and :unmerge, and looking a customer up by an identity."""

from collections.abc import Sequence

from scrm.customers.dynamodb import Customers
from scrm.customers.model import Customer
from scrm.customers.whole import united
from scrm.http import problems
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.http.scope import may_see, sees_everybody
from scrm.identities.deciding import merge, part, there
from scrm.identities.dynamodb import Identities
from scrm.identities.models import LookupQuery, MergedOut, MergeIn, UnmergeIn, WholeOut
from scrm.identities.normalise import InvalidIdentity, normalised
from scrm.identities.rights import DECIDE, LOOK_UP
from scrm.identities.wholes import whole_out
from scrm.sidebar.access import refusal
from scrm.staff.dynamodb import directory

customers = Customers()
identities = Identities()


def declare(api: Api) -> None:
    """Add the routes."""
    api.route(
        "GET",
        "/admin/customers:lookup",
        roles=LOOK_UP,
        scope="customers within the data scope",
        query=LookupQuery,
        answers=WholeOut,
    )(look_up)
    path = "/admin/customers/{customer_id}"
    api.route("POST", f"{path}:merge", roles=DECIDE, scope="the corp", body=MergeIn, answers=MergedOut)(
        merge_two
    )
    api.route("POST", f"{path}:unmerge", roles=DECIDE, scope="the corp", body=UnmergeIn, answers=MergedOut)(
        unmerge
    )


def look_up(request: Request) -> WholeOut:
    """The customer within the data scope whom a phone, CRM id, plate or another identity belongs to."""
    asked: LookupQuery = request.query
    try:
        owner = identities.owner(asked.kind, normalised(asked.kind, asked.value))
    except InvalidIdentity:
        raise problems.invalid_field("value", "格式不正确") from None
    parts = customers.whole(owner) if owner else ()
    _refuse_unseen(parts, request)
    return whole_out(parts, request)


def _refuse_unseen(parts: Sequence[Customer], request: Request) -> None:
    """Raise one and the same refusal for whom the caller may not see, and for whom nobody knows.

    Only who sees everybody is told that there is nobody; a customer without contacts is seen only by these.
    """
    if sees_everybody(request.staff):
        if not parts:
            raise problems.not_found("没有这位客户")
        return
    contacts = united(parts).external_userids if parts else ()
    relations = [each for there in contacts for each in customers.collection(there)[1]]
    standing = (each.userid for each in relations if each.gives_access)
    if not may_see(request.staff, standing, directory(request.now)):
        raise refusal()


def merge_two(request: Request) -> MergedOut:
    """Say that two customers are one person: this one goes into the other, and nothing of either is moved."""
    asked: MergeIn = request.body
    goes, stays = there(request.params["customer_id"]), there(asked.into)
    for customer, version in ((goes, asked.version), (stays, asked.into_version)):
        if version is not None and version != customer.version and goes.merged_into != stays.customer_id:
            raise problems.version_conflict()
    merge(request, goes, stays, {"reason": asked.reason})
    return _outcome(request, "merged", stays.customer_id, goes.customer_id)


def unmerge(request: Request) -> MergedOut:
    """Take a merge back: the customer who went is a customer of their own again, with all that is theirs."""
    asked: UnmergeIn = request.body
    gone = there(request.params["customer_id"])
    if asked.version is not None and asked.version != gone.version:
        raise problems.version_conflict()
    stayed = part(request, gone, asked.reason)
    return _outcome(request, "parted", stayed, gone.customer_id)


def _outcome(request: Request, action: str, stays: str, goes: str) -> MergedOut:
    whole = whole_out(customers.whole(stays, consistent=True), request)
    return MergedOut(action=action, stays=stays, goes=goes, customer=whole)  # type: ignore[arg-type]  # as given
