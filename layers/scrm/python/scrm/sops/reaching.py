"""Reaching a customer or somebody's bar within the caller's data scope; refuses as HTTP does (ADM-02)."""

from collections.abc import Iterable

from scrm.customers.dynamodb import Customers
from scrm.customers.whole import united
from scrm.http import problems
from scrm.http.request import Request
from scrm.http.scope import colleagues, may_see, sees_everybody
from scrm.sops.dynamodb import enrollment
from scrm.sops.enrollment import Enrollment
from scrm.staff import dynamodb as staff
from scrm.staff.model import key

customers = Customers()


def reach_customer(request: Request, customer_id: str, external_userid: str) -> str:
    """Return the id of a customer whom the caller may see; raises 403, or 404 for who sees everybody's.

    Whoever may not see a customer is not told whether there is one.
    """
    if external_userid:
        contact = customers.contact(external_userid)
        customer_id = contact.customer_id if contact else ""
    parts = customers.whole(customer_id) if customer_id else ()
    owners = {
        relation.userid
        for each in (united(parts).external_userids if parts else ())
        for relation in customers.collection(each)[1]
    }
    refuse_unseen(request, owners, there=bool(parts), missing="没有这个客户")
    return parts[0].customer_id


def friend_within(request: Request, customer_id: str, external_userid: str) -> str:
    """Return the first friend of a customer who is within the caller's scope, "" for who sees everybody's.

    Nobody gives something to do to a member who is none of theirs. Raises a 403 problem without such a
    friend: having been one lets a customer be seen, and no more.
    """
    seen = colleagues(request.staff, staff.directory(request.now))
    if seen is None:
        return ""
    parts = customers.whole(customer_id)
    friends = [
        relation
        for each in (united(parts).external_userids if parts else ())
        for relation in customers.collection(each)[1]
        if relation.status == "active" and relation.added_at and key(relation.userid) in seen
        if external_userid in {"", each}
    ]
    if not friends:
        raise problems.forbidden("你的范围内没有成员与该客户是好友", code="out_of_scope")
    return min(friends, key=lambda each: each.added_at or request.now).userid


def reach_bar(request: Request, sop_id: str, subject: str) -> Enrollment:
    """Return where a customer or lead stands in a SOP, by any of their ids; raises 403 or 404 problems."""
    it = enrollment(subject, sop_id)
    if it is None:
        others = (each.customer_id for each in customers.whole(subject) if each.customer_id != subject)
        it = next((found for each in others if (found := enrollment(each, sop_id))), None)
    refuse_unseen(request, [it.owner] if it else (), there=it is not None, missing="不在这个 SOP 中")
    if it is None:
        raise problems.not_found("不在这个 SOP 中")
    return it


def refuse_unseen(request: Request, owners: Iterable[str], *, there: bool, missing: str) -> None:
    """Raise a 403 problem unless one of `owners` is within the caller's scope; 404 for who sees everybody."""
    if sees_everybody(request.staff):
        if not there:
            raise problems.not_found(missing)
        return
    if not may_see(request.staff, owners, staff.directory(request.now)):
        raise problems.forbidden("你没有查看这位客户的权限", code="out_of_scope")
