"""A customer as the console names them, by our id or by WeCom's, and whether the caller may see them."""

from dataclasses import replace

from scrm.customers.dynamodb import Customers
from scrm.customers.model import Customer
from scrm.customers.whole import united
from scrm.http import problems
from scrm.http.request import Request
from scrm.http.scope import may_see, sees_everybody
from scrm.profile.known import Profile
from scrm.profile.reading import whole_profile
from scrm.sidebar.access import refusal
from scrm.staff import dynamodb as staff
from scrm.staff.model import key

customers = Customers()


def profile_named(request: Request, named: str) -> Profile:
    """Return the profile of the customer whom `named` means, with the caller's own relation.

    Who may not see them gets one and the same refusal, whether they exist or not; only who sees everybody is
    told that there is nobody. A customer without contacts is seen only by these.
    """
    customer = _customer(named)
    profile = whole_profile(customer) if customer else None
    caller = request.staff
    if sees_everybody(caller):
        if profile is None:
            raise problems.not_found("没有这位客户")
    elif profile is None or not may_see(
        caller,
        (each.userid for each in profile.relations if each.gives_access),
        staff.directory(request.now),
    ):
        raise refusal()
    mine = (each for each in profile.relations if key(each.userid) == key(caller.userid))
    return replace(profile, own=next(mine, None))


def _customer(named: str) -> Customer | None:
    contact = None if named.startswith("cu_") else customers.contact(named)
    parts = customers.whole(contact.customer_id if contact else named)
    return united(parts) if parts else None
