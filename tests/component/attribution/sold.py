"""Orders as a shop tells them, sends as the sidebar logs them, and what they come to."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from tests.component.integrations_api.senders import rows_of, sent

PAID_AT = "2026-03-20T10:15:00+08:00"
NOW = "2026-03-22T10:15:00+08:00"
PAID = datetime.fromisoformat(PAID_AT)
DAY = timedelta(days=1)


def order(order_no: str = "A1", fen: int = 100_000, version: int = 1, **more: Any) -> dict[str, Any]:
    """Return a paid order of C-1, unless told otherwise."""
    return {
        "order_no": order_no,
        "version": version,
        "at": PAID_AT,
        "status": "paid",
        "amount_fen": fen,
        "crmid": "C-1",
        **more,
    }


def ordered(**more: Any) -> dict[str, Any]:
    """Post an order; return what became of it."""
    (row,) = rows_of(sent("POST", "/integrations/orders", {"orders": [order(**more)]}))
    return row


def paid(payment_id: str, fen: int, at: datetime = PAID, **more: Any) -> None:
    """Post a payment of A1."""
    row = {"order_no": "A1", "payment_id": payment_id, "at": at.isoformat(), "amount_fen": fen, **more}
    rows_of(sent("POST", "/integrations/payments", {"payments": [row]}))


def refunded(refund_id: str, fen: int, at: datetime = PAID + DAY, **more: Any) -> None:
    """Post a refund of A1."""
    row = {"order_no": "A1", "refund_id": refund_id, "at": at.isoformat(), "amount_fen": fen, **more}
    rows_of(sent("POST", "/integrations/refunds", {"refunds": [row]}))


def shared(customer_id: str, userid: str, at: datetime, share_id: str = "s1", how: str = "sent") -> None:
    """Record that a member sent something to a customer, as what follows from a send does."""
    from scrm.sends.rows_dynamodb import share_row

    share_row(made(share_id, userid, customer_id), how, at).save()


def send(share_id: str, userid: str) -> None:
    """Record a send, as the sidebar prepares it."""
    from scrm.sends.rows_dynamodb import SendRow

    SendRow.of(made(share_id, userid, "cu_whoever")).save()


def made(share_id: str, userid: str, customer_id: str) -> Any:
    """Return a send of a product."""
    from scrm.sends.model import Send

    return Send(share_id, "product", "it_1", 1, "茶", userid, "wm1", customer_id, (), PAID - DAY)


def sums(tables: Any, by: str = "userid") -> dict[str, int]:
    """Return what the entries of all months sum to, by member, channel or product."""
    import json

    found: Counter[str] = Counter()
    for row in tables.rows("SALES#"):
        if by == "userid":
            found[row.get("userid", "")] += row["fen"]
        else:
            for name, fen in json.loads(row[by]):
                found[name] += fen
    return {name: fen for name, fen in found.items() if fen}


def by_date(tables: Any) -> dict[tuple[str, str], int]:
    """Return what the entries sum to, by Beijing date and member."""
    found: Counter[tuple[str, str]] = Counter()
    for row in tables.rows("SALES#"):
        found[row["SK"][:10], row.get("userid", "")] += row["fen"]
    return {name: fen for name, fen in found.items() if fen}


def attributed(order_no: str = "A1") -> Any:
    """Return the order's attribution as stored."""
    from scrm.attribution.dynamodb import attribution

    return attribution("crm", order_no)


def customer() -> str:
    """Return the id of C-1."""
    from scrm.identities.dynamodb import Identities

    return str(Identities().owner("crmid", "C-1", consistent=True))
