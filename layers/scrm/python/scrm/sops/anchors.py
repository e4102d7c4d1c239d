"""Dates of a customer that a timed SOP counts from: the next birthday, the end of a contract (spec 3.2)."""

import re
from datetime import date, datetime, time

from scrm.customers.model import Customer
from scrm.leads import dynamodb as leads
from scrm.leads.contracts_dynamodb import contracts
from scrm.leads.last_dynamodb import last
from scrm.leads.whose import keys_of
from scrm.moments import BEIJING
from scrm.sops.birthdays import days_of

FIELD = "birthday"
"""The customers' field that says when they were born: 1990-05-01, or 05-01."""

_BORN = re.compile(r"(?:\d{4}-)?((?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))")


def birthday_of(customer: Customer) -> str:
    """Return a customer's birthday as MM-DD, "" where it is not known."""
    found = _BORN.fullmatch(str(customer.custom_fields.get(FIELD, "")))
    return found[1] if found else ""


def next_birthday(month_day: str, at: datetime) -> datetime | None:
    """Return the start of the next birthday in Beijing, today's too; None where it is not known."""
    if not month_day:
        return None
    today = at.astimezone(BEIJING).date()
    return next(_midnight(each) for each in days_of(month_day, today.year) if each >= today)


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
