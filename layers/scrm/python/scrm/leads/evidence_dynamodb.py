"""What leads were won by: each payment and each opened account wins one lead, once (LED-20, INT-08)."""

from collections.abc import Iterable
from datetime import UTC, datetime

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from scrm.leads.contracts_dynamodb import put_if_new
from scrm.leads.dynamodb import LEAD, LeadChanged, LeadRow, Step, as_conflict, pk_of
from scrm.leads.model import Lead
from scrm.table import Row, in_transaction, rfc3339

WON = "WON"
OPENED = "OPENED#"
ACCOUNT = "ACCOUNT#"


class WonRow(Row):
    """Of a lead: what it was won by. Of an order: which lead it has won."""

    lead_id = UnicodeAttribute()
    evidence = UnicodeAttribute()


class OpenedRow(Row):
    """That an account of a CRM record was opened, as another system told; which lead that has won."""

    at = UnicodeAttribute()
    lead_id = UnicodeAttribute(null=True)


def order_evidence(source: str, order_no: str) -> str:
    """Return an order as evidence."""
    return f"order#{source}#{order_no}"


def is_account(evidence: str) -> bool:
    """Return whether evidence is an opened account."""
    return evidence.startswith("account#")


def account_evidence(crmid: str, source_id: str) -> str:
    """Return an opened account as evidence."""
    return f"account#{crmid}#{source_id}"


def evidence_of(lead_id: str) -> str:
    """Return what a lead was won by last, strongly; "" for nothing. 1 RRU."""
    try:
        return WonRow.get(pk_of(lead_id), WON, consistent_read=True).evidence
    except WonRow.DoesNotExist:
        return ""


def won_by_order(source: str, order_no: str) -> str:
    """Return the lead that an order has won, strongly; "" for none. 1 RRU."""
    try:
        return WonRow.get(_order_pk(source, order_no), WON, consistent_read=True).lead_id
    except WonRow.DoesNotExist:
        return ""


def evidences_of(lead_ids: Iterable[str]) -> dict[str, str]:
    """Return what leads were won by last, of those that were: a batch read for each 100."""
    keys = [(pk_of(each), WON) for each in dict.fromkeys(lead_ids)]
    return {row.lead_id: row.evidence for row in WonRow.batch_get(keys)} if keys else {}


def won_by_orders(orders: Iterable[tuple[str, str]]) -> set[str]:
    """Return the leads that these orders have won: a batch read for each 100."""
    keys = [(_order_pk(*each), WON) for each in dict.fromkeys(orders)]
    return {str(row.lead_id) for row in WonRow.batch_get(keys)} if keys else set()


def order_of(evidence: str) -> tuple[str, str] | None:
    """Return the order (source, number) that evidence is, None for any other."""
    kind, _, rest = evidence.partition("#")
    source, _, order_no = rest.partition("#")
    return (source, order_no) if kind == "order" else None


def won_by_order_steps(lead_id: str, source: str, order_no: str) -> list[Step]:
    """Return the steps that say that an order has won a lead, and no other ever. 4 WRU."""
    told = order_evidence(source, order_no)
    used = WonRow(_order_pk(source, order_no), WON, lead_id=lead_id, evidence=told)
    kept = WonRow(pk_of(lead_id), WON, lead_id=lead_id, evidence=told)

    def once(transaction: TransactWrite) -> None:
        transaction.save(used, condition=WonRow.pk.does_not_exist())

    return [once, lambda transaction: transaction.save(kept)]


def paid_for(lead: Lead, won_by: str, source: str, order_no: str) -> None:
    """Record that an order pays for a lead that an account has won, `won_by`: from then on it is won by this.

    Raises LeadChanged when either is not as it was read, or the order has won another lead. 6 WRU.
    """
    once, _ = won_by_order_steps(lead.lead_id, source, order_no)
    kept = WonRow(pk_of(lead.lead_id), WON, lead_id=lead.lead_id, evidence=order_evidence(source, order_no))
    try:
        with in_transaction() as transaction:
            still_won = LeadRow.version == lead.version
            transaction.condition_check(LeadRow, pk_of(lead.lead_id), LEAD, condition=still_won)
            transaction.save(kept, condition=WonRow.evidence == won_by)
            once(transaction)
    except TransactWriteError as error:
        raise as_conflict(error, LeadChanged) from error


def record_opened(crmid: str, source_id: str, at: datetime) -> bool:
    """Record that an account was opened; return whether it was news. Repeating is safe. 1 WRU."""
    return put_if_new(OpenedRow(OPENED + crmid, ACCOUNT + source_id, at=rfc3339(at.astimezone(UTC))))


def opened(crmid: str) -> list[tuple[str, datetime]]:
    """Return (source_id, when) of the accounts of a CRM record that have won no lead: one strong query."""
    rows = OpenedRow.query(OPENED + crmid, consistent_read=True)
    found = [
        (str(row.sk).removeprefix(ACCOUNT), datetime.fromisoformat(row.at)) for row in rows if not row.lead_id
    ]
    return sorted(found, key=lambda each: (each[1], each[0]))


def won_by_account_steps(lead_id: str, crmid: str, source_id: str) -> list[Step]:
    """Return the steps that say that an opened account has won a lead, and no other ever. 4 WRU."""
    kept = WonRow(pk_of(lead_id), WON, lead_id=lead_id, evidence=account_evidence(crmid, source_id))
    row = OpenedRow(OPENED + crmid, ACCOUNT + source_id)

    def once(transaction: TransactWrite) -> None:
        unused = OpenedRow.at.exists() & OpenedRow.lead_id.does_not_exist()
        transaction.update(row, actions=[OpenedRow.lead_id.set(lead_id)], condition=unused)

    return [once, lambda transaction: transaction.save(kept)]


def _order_pk(source: str, order_no: str) -> str:
    return f"ORDER#{source}#{order_no}"
