"""Deals by the month of signing and of payment (LED-33)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.component.conftest import app_of, http_event_of
from tests.component.console import ask
from tests.component.http_world import Answered, caller_of, corp, wecom
from tests.component.integrations_api.conftest import feed, follow
from tests.component.leads.money import asked, contract, lead, opened, ordered, refunded, signed
from tests.component.reports.test_money import report

__all__ = ["ask", "corp", "feed", "follow", "wecom"]

Follow = Callable[..., list[str]]
FEBRUARY = "2026-02-27T10:00:00+08:00"
MARCH = "2026-03-04T10:00:00+08:00"


@pytest.fixture(autouse=True)
def _world(feed: Any, at: Any) -> None:
    at("2026-03-22T10:15:00+08:00")


def deals(ask: Any, **query: str) -> dict[str, Any]:
    found = report(ask, "deals", **query)
    return {each["lead_id"]: each for each in found["deals"]}


def test_led_33_deals_by_sign_month_and_pay_month_with_a_hint_where_they_differ(
    ask: Any, follow: Follow
) -> None:
    lead("L1")
    signed("L1", signed_at=FEBRUARY)
    ordered("A1", at=MARCH)
    lead("L2", keys=(("crmid", "C-2"),))
    signed("L2", signed_at=MARCH)
    ordered("A2", at=MARCH, crmid="C-2", amount_fen=50_000)
    lead("L3", keys=(("crmid", "C-3"),), owner="wangwu")
    # 2026-03-01 in Beijing, 2026-02-28 in UTC.
    assert _signed_by("wangwu", "L3", "2026-03-01T00:30:00+08:00") == 201
    assert follow() == []
    assert follow() == []

    told = report(ask, "deals", month="2026-03")
    assert [
        (each["sign_month"], each["pay_month"], each["deals"], each["fen"]) for each in told["by_months"]
    ] == [
        ("2026-02", "2026-03", 1, 100_000),
        ("2026-03", None, 1, 0),
        ("2026-03", "2026-03", 1, 50_000),
    ]
    found = deals(ask, month="2026-03")
    assert [(each, it["sign_month"], it["paid"], it["spans"]) for each, it in sorted(found.items())] == [
        ("L1", "2026-02", [{"month": "2026-03", "fen": 100_000}], True),
        ("L2", "2026-03", [{"month": "2026-03", "fen": 50_000}], False),
        ("L3", "2026-03", [], False),
    ]
    assert found["L1"]["hint"].startswith("2026-02 签约，2026-03 到款")
    assert (found["L1"]["won_by"], found["L3"]["won_by"], found["L2"]["hint"]) == ("payment", None, "")
    assert set(deals(ask, month="2026-02")) == {"L1"}
    assert deals(ask, month="2026-01") == {}


def _signed_by(userid: str, lead_id: str, at: str) -> int:
    path = f"/workbench/leads/{lead_id}/contracts"
    return asked("POST", path, contract(signed_at=at), userid=userid).status


def test_led_33_a_refund_is_of_its_own_month_an_account_of_none_and_a_void_contract_is_no_deal(
    ask: Any, follow: Follow
) -> None:
    lead("L1")
    signed("L1", signed_at=MARCH)
    ordered("A1", at=MARCH)
    refunded("r1", 40_000)
    lead("L2", keys=(("crmid", "C-2"),), owner="ChenMei")
    assert _signed_by("ChenMei", "L2", MARCH) == 201
    opened(crmid="C-2")
    lead("L3", keys=(("crmid", "C-3"),))
    signed("L3", signed_at=MARCH)
    gone = asked(
        "POST",
        "/workbench/leads/L3:void-contract",
        {"reason": "客户反悔"},
        userid="z",
        role="finance",
        scope="all",
    )
    assert gone.status == 200
    follow()
    follow()
    found = deals(ask)
    assert sorted(found) == ["L1", "L2"]
    assert found["L1"]["paid"] == [{"month": "2026-03", "fen": 60_000}]
    assert (found["L2"]["won_by"], found["L2"]["paid"]) == ("account_opened", [])
    event = http_event_of("GET", "/admin/reports/deals", None, caller=caller_of("zhangsan"))
    assert Answered(app_of("admin_api").handler(event, None)).json["deals"] == [found["L1"]]
    assert ask("GET", "/admin/reports/deals", query={"month": "2026-13"}, role="finance").status == 422
