"""The end of a customer's contract, which a timed SOP may count from (spec 3.2)."""

from datetime import date, datetime, time

from scrm.customers.model import Customer
from scrm.leads import dynamodb as leads
from scrm.leads.contracts_dynamodb import contracts
from scrm.leads.last_dynamodb import last
from scrm.leads.whose import keys_of
from scrm.moments import BEIJING


def contract_end(customer: Customer, at: datetime) -> datetime | None:
    """Return the start of the last day of the contract that ends next, else of the one that ended last.

    None without a contract. 1 RRU for each key of the customer, a query for each lead of theirs.
    """
    keys = keys_of(customer.parts or (customer,))
    ids = dict.fromkeys([*leads.having(keys).values(), *(each.lead_id for each in last(keys))])
    ends = sorted(each.end_date for lead_id in ids for each in contracts(lead_id) if each.state != "void")
    today = at.astimezone(BEIJING).date()
    following = next((each for each in ends if each >= today), None)
    day = following or (ends[-1] if ends else None)
    return _midnight(day) if day else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BEIJING)
