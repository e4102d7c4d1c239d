"""What those are called who are in SOPs: a contact by its name, a lead as notices call it."""

from collections.abc import Iterable

from scrm.customers.dynamodb import Customers
from scrm.leads import dynamodb as leads
from scrm.sidebar import masking
from scrm.sops.enrollment import Enrollment

customers = Customers()


def names_of(bars: Iterable[Enrollment]) -> dict[str, str]:
    """Return the names by subject. A batch read of the contacts, and one of the leads where there are any."""
    told = list(bars)
    contacts = customers.contacts(each.external_userid for each in told if each.external_userid)
    found = {
        each.subject: contacts[each.external_userid].name for each in told if each.external_userid in contacts
    }
    ids = list(dict.fromkeys(each.subject for each in told if each.lead_id == each.subject))
    named = {each.lead_id: each.name or each.company or "未留名" for each in leads.several(ids)}
    return found | {lead_id: masking.text(name) for lead_id, name in named.items()}


def name_of(it: Enrollment) -> str:
    """Return what one is called, "" for nobody. 1 RRU."""
    return names_of([it]).get(it.subject, "")
