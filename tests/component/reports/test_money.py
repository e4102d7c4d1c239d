"""Money over what is stored: RPT-13 (L19b), RPT-06 (M4), RPT-07 (M5), RPT-04 (M6), RPT-14 (M13)."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.component.console import ask, channel_body
from tests.component.http_world import corp, wecom
from tests.component.integrations_api.conftest import feed, follow
from tests.component.integrations_api.senders import rows_of, sent

__all__ = ["ask", "corp", "feed", "follow", "wecom"]

Follow = Callable[..., list[str]]
JANUARY = {"from": "2026-01-01", "to": "2026-01-31"}


@pytest.fixture(autouse=True)
def _world(feed: Any, at: Any) -> None:
    at("2026-03-22T10:15:00+08:00")


def paid(order_no: str, crmid: str, fen: int, day: str) -> None:
    row = {
        "order_no": order_no,
        "version": 1,
        "at": f"{day}T10:00:00+08:00",
        "status": "paid",
        "amount_fen": fen,
        "crmid": crmid,
    }
    rows_of(sent("POST", "/integrations/orders", {"orders": [row]}))


def refunded(order_no: str, fen: int, day: str) -> None:
    row = {"order_no": order_no, "refund_id": "r1", "at": f"{day}T10:00:00+08:00", "amount_fen": fen}
    rows_of(sent("POST", "/integrations/refunds", {"refunds": [row]}))


def customer_of(crmid: str) -> str:
    from scrm.identities.dynamodb import Identities

    return str(Identities().owner("crmid", crmid, consistent=True))


def channel(ask: Any, **costs: int) -> str:
    """Make a channel that has cost something in January."""
    channel_id = str(ask("POST", "/admin/channels", channel_body()).json["channel_id"])
    if costs:
        assert ask("PUT", f"/admin/channels/{channel_id}/costs", {"2026-01": costs["january"]}).status == 200
    return channel_id


def lead(lead_id: str, channel_id: str = "", status: Any = "NEW", **more: Any) -> None:
    from scrm.leads import dynamodb as stored
    from scrm.leads.model import Lead

    at = datetime(2026, 1, 10, tzinfo=UTC)
    told = {"created_at": at, "updated_at": at, **more}
    stored.create(Lead(lead_id, status, "website", channel_id=channel_id, **told), {}, None)


def report(ask: Any, name: str, **query: str) -> Any:
    answered = ask("GET", f"/admin/reports/{name}", query=query, role="finance")
    assert answered.status == 200, answered.text
    return answered.json


def test_rpt_13_l19b_the_report_of_sales_is_the_order_to_the_fen(ask: Any, follow: Follow) -> None:
    from tests.component.leads import money
    from tests.component.leads.test_sales import inherited

    money.lead(owner="U1")
    follow()
    inherited("L1", "U2", 5)
    money.ordered(amount_fen=3333)
    money.refunded("r1", 1000)
    assert follow() == []

    told = report(ask, "sales", **{"from": "2026-03-01", "to": "2026-03-31"})
    found = {
        each["id"]: (each["booked_fen"], each["refunded_fen"], each["net_fen"]) for each in told["lines"]
    }
    assert found == {"U1": (2000, -600, 1400), "U2": (1333, -400, 933)}
    assert (told["total"]["net_fen"], told["total"]["orders"]) == (2333, 1)
    for group in ("channel", "product"):
        told = report(ask, "sales", **{"from": "2026-03-01", "to": "2026-03-31"}, group_by=group)
        assert sum(each["net_fen"] for each in told["lines"]) == 2333
    before = report(ask, "sales", **{"from": "2026-03-20", "to": "2026-03-20"})
    assert before["total"]["net_fen"] == 3333
    assert report(ask, "sales", **{"from": "2026-02-01", "to": "2026-02-28"})["lines"] == []


def test_rpt_13_a_team_leader_sees_their_own_team_s(ask: Any, follow: Follow) -> None:
    from tests.component.conftest import app_of, http_event_of
    from tests.component.http_world import Answered, caller_of
    from tests.component.leads import money

    money.lead(owner="ChenMei")
    money.ordered()
    follow()
    event = http_event_of("GET", "/admin/reports/sales", None, caller=caller_of("zhangsan"))
    mine = Answered(app_of("admin_api").handler(event, None)).json
    assert (mine["total"]["net_fen"], mine["lines"]) == (0, [])
    assert report(ask, "sales")["total"]["net_fen"] == 100_000
    assert ask("GET", "/admin/reports/roi", role="team_lead").status == 403


def test_rpt_04_m6_316_7_percent_and_roas_4_17_null_without_cost(ask: Any, follow: Follow) -> None:
    paid("A1", "C-1", 5_100_000, "2026-01-15")
    refunded("A1", 100_000, "2026-01-20")
    follow()
    assert report(ask, "roi", **JANUARY)["roi"] is None
    channel(ask, january=1_200_000)
    told = report(ask, "roi", **JANUARY)
    assert (told["net_fen"], told["cost_fen"]) == (5_000_000, 1_200_000)
    assert (told["roi"], told["roas"]) == (3.1667, 4.1667)


def test_rpt_06_m4_cpl_100_per_add_30_cac_1200(ask: Any, follow: Follow) -> None:
    from scrm.channel_codes.dynamodb import record_add

    there = channel(ask, january=1_200_000)
    for number in range(120):
        lead(f"L{number}", there)
    lead("bad", there, "INVALID")
    lead("merged", there, "MERGED")
    for number in range(400):
        record_add(there, "lisi", f"wm{number}", f"e{number}", datetime(2026, 1, 5, 3, tzinfo=UTC))
    for number in range(10):
        paid(f"A{number}", f"C-{number}", 100, "2026-01-15")
    paid("B1", "C-old", 100, "2025-12-31")
    paid("B2", "C-old", 100, "2026-01-15")
    paid("B3", "C-1", 100, "2026-01-16")
    follow()
    told = report(ask, "unit-cost", **JANUARY)
    assert (told["leads"], told["adds"], told["customers"]) == (120, 400, 10)
    costs = (told["per_lead_fen"], told["per_add_fen"], told["per_customer_fen"])
    assert costs == (10_000.0, 3_000.0, 120_000.0)
    nothing = report(ask, "unit-cost", **{"from": "2026-02-01", "to": "2026-02-28"})
    assert nothing["per_lead_fen"] is None


def test_rpt_07_m5_t_0_to_t_2_and_payback_in_t_1(ask: Any, follow: Follow) -> None:
    there = channel(ask, january=1_200_000)
    paid("A0", "C-1", 500_000, "2026-01-20")
    paid("A1", "C-1", 900_000, "2026-02-20")
    paid("A2", "C-2", 600_000, "2026-03-10")
    refunded("A2", 100_000, "2026-03-12")
    paid("other", "C-9", 7, "2026-01-20")
    follow()
    lead("L1", there, "WON", customer_id=customer_of("C-1"))
    lead("L2", there, "WON", customer_id=customer_of("C-2"))
    lead("L3", there)
    told = report(ask, "cohort-return", month="2026-01")
    (line,) = told["channels"]
    for each in (line, told["total"]):
        assert (each["leads"], each["cost_fen"], each["payback"]) == (3, 1_200_000, 1)
        assert [one["total_fen"] for one in each["months"]] == [500_000, 1_400_000, 1_900_000]
        assert [one["rate"] for one in each["months"]] == [0.4167, 1.1667, 1.5833]


def test_rpt_14_m13_arpu_5000_aov_3125_repeat_40_percent(ask: Any, follow: Follow) -> None:
    for number in range(10):
        paid(f"A{number}", f"C-{number}", 312_500, "2026-01-15")
    for place, crmid in enumerate(("C-0", "C-0", "C-0", "C-1", "C-2", "C-3")):
        paid(f"B{place}", crmid, 312_500, "2026-01-16")
    follow()
    told = report(ask, "value", **JANUARY)
    assert (told["net_fen"], told["customers"], told["orders"]) == (5_000_000, 10, 16)
    assert (told["arpu_fen"], told["order_value_fen"], told["repeat_rate"]) == (500_000.0, 312_500.0, 0.4)
    assert told["renewal_rate"] is None


def test_rpt_14_m13_of_four_contracts_that_end_one_was_renewed(ask: Any) -> None:
    from scrm.leads.contracts import Contract
    from scrm.leads.contracts_dynamodb import put_steps
    from scrm.table import in_transaction

    lead("R1", status="WON")
    lead("R2", status="FOLLOWING")
    signed, begun = datetime(2025, 1, 10, tzinfo=UTC), date(2025, 1, 10)
    for number, (ends, more) in enumerate(
        (
            (date(2026, 1, 1), {"renewed_by": "R1"}),
            (date(2026, 1, 31), {"renewed_by": "R2"}),
            (date(2026, 1, 15), {}),
            (date(2026, 1, 20), {}),
            (date(2026, 2, 1), {"renewed_by": "R1"}),
            (date(2026, 1, 15), {"state": "void"}),
        )
    ):
        contract = Contract(f"ct{number}", "L1", 100, signed, begun, ends, by="lisi", **more)
        with in_transaction() as transaction:
            for step in put_steps(contract, None):
                step(transaction)
    told = report(ask, "value", **JANUARY)
    assert (told["contracts_due"], told["contracts_renewed"], told["renewal_rate"]) == (4, 1, 0.25)


@pytest.mark.parametrize("name", ["sales", "roi", "unit-cost", "value"])
def test_the_days_are_checked(ask: Any, name: str) -> None:
    for wrong in (
        {"from": "2026-02-01", "to": "2026-01-01"},
        {"from": "2024-01-01", "to": "2026-01-01"},
        {"from": "x"},
    ):
        answered = ask("GET", f"/admin/reports/{name}", query=wrong, role="finance")
        assert (answered.status, answered.json["errors"][0]["field"]) == (422, "from")
    if name not in {"sales", "value"}:
        answered = ask("GET", f"/admin/reports/{name}", query={"channel_id": "none"}, role="finance")
        assert answered.json["errors"][0]["field"] == "channel_id"
