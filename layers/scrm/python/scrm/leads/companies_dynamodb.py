"""The latest lead of a company, by its name as the soft key compares it: it only warns (spec 4.3)."""

from pynamodb.attributes import UnicodeAttribute

from scrm.leads.dedupe import company_key
from scrm.leads.dynamodb import Step
from scrm.table import Row

COMPANY = "COMPANY"


class CompanyRow(Row):
    """The latest lead that was created of a company."""

    lead_id = UnicodeAttribute()


def company_steps(company: str, lead_id: str) -> list[Step]:
    """Return the step that notes a lead as its company's latest; none without a company's name. 2 WRU."""
    name = company_key(company)
    if not name:
        return []
    row = CompanyRow(f"{COMPANY}#{name}", COMPANY, lead_id=lead_id)
    return [lambda transaction: transaction.save(row)]


def latest_of(company: str) -> str:
    """Return the id of a company's latest lead, "" for none. 0.5 RRU."""
    name = company_key(company)
    if not name:
        return ""
    try:
        return CompanyRow.get(f"{COMPANY}#{name}", COMPANY).lead_id
    except CompanyRow.DoesNotExist:
        return ""
