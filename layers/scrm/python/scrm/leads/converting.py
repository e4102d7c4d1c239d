"""Making a customer of a lead's person, once: the one its keys name, or a new one (LED-27)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from scrm.accounts import dynamodb as accounts
from scrm.accounts.model import Account
from scrm.admin.audited import audited
from scrm.customers.model import Customer
from scrm.http import problems
from scrm.http.request import Request
from scrm.identities.normalise import IdentityKind
from scrm.identities.scheme import in_scheme
from scrm.integrations import people
from scrm.integrations.strangers import id_of
from scrm.leads.model import Lead
from scrm.leads.moving import changed
from scrm.leads.policy import Pool
from scrm.leads.reaching import Reached
from scrm.sidebar.dynamodb import customer_step

GONE = frozenset({"LOST", "INVALID", "MERGED"})


@dataclass(frozen=True)
class Converted:
    """Whom a lead has become, and whether nobody knew them before."""

    lead: Lead
    customer_id: str
    created: bool


def convert(request: Request, there: Reached) -> Converted:
    """Make a customer of a lead. Repeating is safe: the same customer, whoever asks, however often.

    Raises 409 identity_conflict when its keys name several customers, who are to be merged first, and 409
    wrong_status for a lead that has come to nothing.
    """
    there.as_one_of("owner", "manager", "admin")
    lead = there.lead
    if lead.customer_id:
        root = people.customers.root(lead.customer_id)
        return Converted(lead, root.customer_id if root else lead.customer_id, created=False)
    if lead.status in GONE:
        raise problems.conflict("wrong_status", "线索已关闭，不能转为客户")
    customer_id, created = _whose(request, lead)
    _note(request, lead, customer_id)
    at, me = request.now.replace(microsecond=0), request.staff.userid

    def rule(before: Lead, _: Pool) -> Lead:
        if before.customer_id:
            return before
        return replace(
            before, customer_id=customer_id, trigger="convert", reason="", updated_by=me, updated_at=at
        )

    return Converted(changed(request, there, None, rule), customer_id, created)


def _whose(request: Request, lead: Lead) -> tuple[str, bool]:
    """Return the customer whom the lead's keys name, made where they name nobody."""
    given: Mapping[IdentityKind, str] = {
        kind: value for kind, value in lead.keys if kind != "external_userid" and in_scheme(kind)
    }
    external = next((value for kind, value in lead.keys if kind == "external_userid"), None)
    contact = people.customers.contact(external, consistent=True) if external else None
    if not given and contact is None:
        return id_of([("lead", lead.lead_id)]), True
    bound = people.bind(request, given, contact.external_userid if contact else None)
    return bound.customer_id, bound.created


def _note(request: Request, lead: Lead, customer_id: str) -> None:
    """Put the lead's name and company where the customer has none."""
    known = people.customers.customer(customer_id, consistent=True)
    stored = known or Customer(customer_id)
    named = replace(stored, name=stored.name or lead.name)
    steps = [customer_step(named, request.now)[1]] if known is None or named != stored else []
    if lead.company and accounts.account(customer_id) is None:
        account = Account(lead.company, updated_by=request.staff.userid)
        steps.append(accounts.account_step(customer_id, account, request.now)[1])
    if steps:
        told = {"lead_id": lead.lead_id}
        audited(request, "lead_converted", f"CUSTOMER#{customer_id}", None, told, steps)
