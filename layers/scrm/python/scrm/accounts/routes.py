"""The company a customer speaks for: under /workbench and, for the chat, under /sidebar (CUS-16)."""

from dataclasses import replace
from typing import Any

from scrm.accounts import dynamodb as stored
from scrm.accounts.model import Account, Person
from scrm.accounts.models import AccountIn, AccountOut, PersonIn, PersonOut
from scrm.admin.audited import audited
from scrm.customers.model import Customer
from scrm.http import problems
from scrm.http.caller import ROLES
from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.sidebar import masking
from scrm.sidebar.customer_routes import SCOPE, found
from scrm.sidebar.keeping import customer_of
from scrm.stages.moving import ids_of

# An auditor looks and changes nothing.
EDITORS = ROLES - {"auditor"}
NONE = Account("")


def declare(api: Api) -> None:
    """Add the routes of one customer's account below the API's own root."""
    place = f"/{api.name}/customers/{{external_userid}}/account"
    common: dict[str, Any] = {"scope": SCOPE, "answers": AccountOut}
    api.route("GET", place, roles=ANY_STAFF, **common)(show)
    api.route("PUT", place, roles=EDITORS, body=AccountIn, **common)(change)


def show(request: Request) -> AccountOut:
    """The company the customer speaks for, and whom we know there."""
    return _out(_known(customer_of(found(request)))[1])


def change(request: Request) -> AccountOut:
    """Note the company and its people, key persons marked; what was noted before is replaced."""
    asked: AccountIn = request.body
    customer = customer_of(found(request))
    owner, known = _known(customer)
    if asked.version is not None and asked.version != known.version:
        raise problems.version_conflict()
    people = tuple(_person(each, place, known) for place, each in enumerate(asked.people))
    wanted = replace(
        known,
        name=asked.name,
        nature=asked.nature,
        size=asked.size,
        funding=asked.funding,
        people=people,
        updated_by=request.staff.userid,
    )
    changed, step = stored.account_step(owner, wanted, request.now)
    before, after = (_out(each).model_dump(mode="json") for each in (known, changed))
    audited(request, "account_changed", f"CUSTOMER#{customer.customer_id}", before, after, [step])
    return _out(changed)


def _known(customer: Customer) -> tuple[str, Account]:
    """Return under which id the account stands, the root's first, and the account."""
    for each in ids_of(customer):
        if known := stored.account(each):
            return each, known
    return customer.customer_id, NONE


def _person(given: PersonIn, place: int, known: Account) -> Person:
    phone: str | None = given.phone
    if "*" in given.phone:
        phone = masking.restored(given.phone, "phone", (each.phone for each in known.people if each.phone))
    if phone is None:
        raise problems.invalid_field(f"people.{place}.phone", "格式不正确")
    return Person(given.name, given.title, phone, given.is_kp)


def _out(account: Account) -> AccountOut:
    people = [
        PersonOut(
            name=each.name,
            title=each.title,
            phone=masking.phone(each.phone) if each.phone else "",
            is_kp=each.is_kp,
        )
        for each in account.people
    ]
    return AccountOut.model_validate({**vars(account), "people": people})
