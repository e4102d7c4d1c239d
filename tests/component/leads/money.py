"""Leads with contracts, and the money that other systems tell of: what the tests of LED-20 share."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.component.conftest import app_of, http_event_of
from tests.component.console import caller
from tests.component.http_world import Answered
from tests.component.integrations_api.senders import rows_of, sent

NOW = "2026-03-22T10:15:00+08:00"
CREATED = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
SIGNED_AT = "2026-03-18T10:00:00+08:00"
PAID_AT = "2026-03-20T10:15:00+08:00"


def lead(lead_id: str = "L1", status: str = "INTENT", owner: str = "lisi", **more: Any) -> Any:
    """Store a lead of C-1 that lisi owns; return it."""
    from scrm.leads import dynamodb as stored
    from scrm.leads.loads_dynamodb import LoadRow
    from scrm.leads.model import Lead

    given = {
        "keys": (("crmid", "C-1"),),
        "created_at": CREATED,
        "updated_at": CREATED,
        "owned_at": CREATED,
        "protect_until": CREATED + timedelta(days=90),
        "trigger": "assign",
        "updated_by": "system",
        **more,
    }
    LoadRow("LOADS", owner, open=1, version=1).save()
    return stored.create(Lead(lead_id, status, "website", owner=owner, **given), {}, None)  # type: ignore[arg-type]


def now_is(lead_id: str = "L1") -> Any:
    """Return a lead as stored."""
    from scrm.leads import dynamodb as stored

    return stored.lead(lead_id)


def status(lead_id: str = "L1") -> str:
    """Return a lead's status."""
    return str(now_is(lead_id).status)


def asked(
    method: str,
    path: str,
    body: dict[str, Any] | None = None,
    *,
    userid: str = "lisi",
    role: Any = "staff",
    scope: Any = "own",
) -> Answered:
    """Ask the workbench."""
    event = http_event_of(method, path, body, caller=caller(role, userid, scope))
    return Answered(app_of("workbench_api").handler(event, None))


def contract(**more: Any) -> dict[str, Any]:
    """Return a contract of a year."""
    return {
        "amount_fen": 100_000,
        "signed_at": SIGNED_AT,
        "start_date": "2025-07-01",
        "end_date": "2026-06-30",
        **more,
    }


def signed(lead_id: str = "L1", **more: Any) -> str:
    """Sign a contract of a lead; return its id."""
    answered = asked("POST", f"/workbench/leads/{lead_id}/contracts", contract(**more))
    assert answered.status == 201, answered.text
    return str(answered.json["contract_id"])


def ordered(order_no: str = "A1", version: int = 1, *, at: str = PAID_AT, **more: Any) -> None:
    """Post a paid order of C-1."""
    row = {
        "order_no": order_no,
        "version": version,
        "at": at,
        "status": "paid",
        "amount_fen": 100_000,
        "crmid": "C-1",
        **more,
    }
    (told,) = rows_of(sent("POST", "/integrations/orders", {"orders": [row]}))
    assert told["status"] in {"recorded", "unchanged"}, told


def refunded(refund_id: str, fen: int, order_no: str = "A1") -> None:
    """Post a refund of an order."""
    row = {"order_no": order_no, "refund_id": refund_id, "at": NOW, "amount_fen": fen}
    rows_of(sent("POST", "/integrations/refunds", {"refunds": [row]}))


def opened(source_id: str = "acc-1", at: str = PAID_AT, crmid: str = "C-1") -> Answered:
    """Tell that an account was opened."""
    body = {"crmid": crmid, "at": at, "source_id": source_id}
    return sent("POST", "/integrations/accounts-opened", body)
