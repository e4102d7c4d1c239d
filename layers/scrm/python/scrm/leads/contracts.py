"""Contracts 合同 of leads, and what pays for them (spec 2.3, LED-20, LED-31). Pure; money in integer fen."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from scrm.moments import BEIJING
from scrm.orders.model import Sale

State = Literal["signed", "void"]


@dataclass(frozen=True)
class Contract:
    """One contract of a lead. Alone it is worth nothing: a lead is won by a payment or an account opened.

    `renewed_by` is the renewal lead that its end has brought about.
    """

    contract_id: str
    lead_id: str
    amount_fen: int
    signed_at: datetime
    start_date: date
    end_date: date
    product: str = ""
    number: str = ""
    state: State = "signed"
    by: str = ""
    created_at: datetime | None = None
    void_by: str = ""
    void_reason: str = ""
    renewed_by: str = ""


def renewal_at(end_date: date, days: int) -> datetime:
    """Return when the renewal of a contract begins: `days` before its last day, at midnight in Beijing."""
    return datetime.combine(end_date - timedelta(days=days), time(), BEIJING)


def ended(contract: Contract, now: datetime) -> bool:
    """Return whether a contract's last day is over in Beijing."""
    return now.astimezone(BEIJING).date() > contract.end_date


def pays(sale: Sale, began: datetime, signed: datetime | None) -> bool:
    """Return whether an order pays for a lead that began at `began`, with a contract signed at `signed`.

    It was paid since the lead is there. One that was wholly paid back counts only when it was paid after the
    contract: the lead was won by it, and then lost.
    """
    if sale.paid_at is None or sale.paid_fen <= 0 or sale.paid_at < began:
        return False
    return not sale.wholly_refunded or (signed is not None and sale.paid_at >= signed)


def paid_back(sale: Sale) -> bool:
    """Return whether nothing of an order's payment is left: refunded, void or cancelled."""
    return sale.paid_at is None or sale.net_fen == 0
