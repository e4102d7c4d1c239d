"""Contract, payment, account, refund: LED-20, INT-02, INT-08, each once and in any order of arrival."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest

from tests.component.conftest import app_of, http_event_of
from tests.component.console import caller
from tests.component.http_world import Answered, corp
from tests.component.integrations_api.conftest import feed, follow
from tests.component.leads.money import (
    NOW,
    PAID_AT,
    asked,
    contract,
    lead,
    now_is,
    opened,
    ordered,
    refunded,
    signed,
    status,
)

__all__ = ["corp", "feed", "follow"]

Follow = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def _world(feed: Any, at: Any) -> None:
    at(NOW)


def steps_of(lead_id: str = "L1") -> list[str]:
    from scrm.leads.history_dynamodb import history

    return [each.trigger for each in history(lead_id)]


def report(name: str, **query: str) -> Any:
    event = http_event_of(
        "GET", f"/admin/reports/{name}", query=query, caller=caller("finance", "admin", "all")
    )
    answered = Answered(app_of("admin_api").handler(event, None))
    assert answered.status == 200, answered.text
    return answered.json


def opens(userid: str = "lisi") -> int:
    from scrm.leads.loads_dynamodb import load_of

    return int(load_of(userid).open)


def test_led_20_a_contract_alone_is_signed_and_a_payment_makes_it_won(tables: Any, follow: Follow) -> None:
    lead()
    follow()
    signed()
    assert follow() == []
    assert (status(), opens()) == ("SIGNED", 1)

    ordered()
    assert follow() == []
    won = now_is()
    assert (won.status, won.trigger, won.owner, opens()) == ("WON", "win", "lisi", 0)
    assert won.customer_id
    assert tables.rows("UNIQ#") == []
    follow()
    assert steps_of() == ["assign", "sign", "win"]


def test_led_20_a_payment_that_was_told_before_the_contract_counts(follow: Follow) -> None:
    lead()
    ordered()
    assert follow() == []
    assert status() == "INTENT"
    signed()
    follow()
    assert status() == "WON"


def test_led_20_an_order_wins_one_lead_and_none_from_before_it_began(follow: Follow) -> None:
    lead()
    signed()
    ordered("old", at="2026-02-20T10:15:00+08:00")
    follow()
    assert status() == "SIGNED"
    ordered()
    follow()
    lead("L2")
    signed("L2")
    follow()
    assert (status(), status("L2")) == ("WON", "SIGNED")
    ordered("A2")
    follow()
    assert status("L2") == "WON"


def test_led_20_void_by_finance_takes_a_contract_back(follow: Follow) -> None:
    lead()
    path, body = "/workbench/leads/L1:void-contract", {"reason": "客户反悔", "contract_id": signed()}
    assert asked("POST", path, body).status == 403
    finance: dict[str, Any] = {"userid": "zhengshi", "role": "finance", "scope": "all"}
    assert asked("POST", path, {}, **finance).status == 422
    for _ in range(2):
        answered = asked("POST", path, body, **finance)
        assert (answered.status, answered.json["state"]) == (200, "void")
    assert (status(), now_is().reason, opens()) == ("INTENT", "客户反悔", 1)
    ordered()
    follow()
    assert status() == "INTENT"


def test_led_20_what_is_refused(follow: Follow) -> None:
    lead()
    path = "/workbench/leads/L1/contracts"
    assert asked("POST", path, contract(), userid="wangwu").code == "not_your_lead"
    assert asked("POST", "/workbench/leads/L9/contracts", contract()).code == "not_your_lead"
    for wrong in (
        {"amount_fen": -1},
        {"amount_fen": 10.5},
        {"end_date": "2025-06-30"},
        {"signed_at": "2026-03-23T10:00:00+08:00"},
        {"more": 1},
    ):
        assert asked("POST", path, contract(**wrong)).status == 422, wrong
    lead("L2", "FOLLOWING", keys=())
    refused = asked("POST", "/workbench/leads/L2/contracts", contract())
    assert (refused.status, refused.code) == (409, "wrong_status")
    assert asked("GET", "/workbench/leads/L2/contracts").json["items"] == []
    assert asked("GET", path, userid="wangwu").status == 403
    signed()
    (shown,) = asked("GET", path).json["items"]
    assert (shown["amount_fen"], shown["state"], shown["by"]) == (100_000, "signed", "lisi")


def test_a_full_refund_makes_a_won_lead_lost_a_part_of_it_does_not(follow: Follow) -> None:
    from scrm.leads.last_dynamodb import last

    lead()
    signed()
    ordered()
    follow()
    assert [each.status for each in last([("crmid", "C-1")])] == ["WON"]
    refunded("r1", 40_000)
    follow()
    assert status() == "WON"
    refunded("r2", 60_000)
    follow()
    assert (status(), now_is().reason) == ("LOST", "refunded")
    assert [each.status for each in last([("crmid", "C-1")])] == ["LOST"]


@pytest.mark.parametrize("arrival", [*permutations(["contract", "payment", "refund"])])
def test_int_02_in_any_order_of_arrival_doubled_it_ends_the_same(
    tables: Any, follow: Follow, arrival: tuple[str, ...]
) -> None:
    tells: dict[str, Callable[[], Any]] = {
        "contract": signed,
        "payment": ordered,
        "refund": lambda: refunded("r1", 100_000),
    }
    lead()
    for each in arrival:
        tells[each]()
    records = tables.stream()
    for _ in range(2):
        assert follow(list(reversed(records))) == []
        assert follow(records) == []
    assert (status(), opens()) == ("LOST", 0)
    follow()
    assert steps_of()[-2:] == ["win", "refund"]


def test_int_08_an_account_opened_makes_a_signed_lead_won_once(tables: Any, follow: Follow) -> None:
    lead()
    signed()
    answers = [opened().json["status"] for _ in range(3)]
    records = tables.stream()
    for _ in range(3):
        assert follow(records) == []
    assert answers == ["recorded", "known", "known"]
    assert status() == "WON"
    follow()
    assert steps_of().count("win") == 1

    lead("L2")
    signed("L2")
    opened()
    follow()
    assert status("L2") == "SIGNED"


def test_led_20_a_payment_for_a_lead_that_was_merged_wins_the_one_it_went_into(follow: Follow) -> None:
    lead()
    lead("L2", keys=(("phone", "13800138000"),))
    signed()
    into = {"into": "L2", "reason": "同一个人"}

    def merged() -> Any:
        return asked(
            "POST", "/workbench/leads/L1:merge", into, userid="admin", role="operations_admin", scope="all"
        )

    assert merged().code == "contract_stays_behind"
    signed("L2")
    assert merged().status == 200
    ordered()
    follow()

    assert (status(), status("L2")) == ("MERGED", "WON")
    listed = asked("GET", "/workbench/leads/L2/contracts").json["items"]
    assert sorted(each["lead_id"] for each in listed) == ["L1", "L2"]


@pytest.mark.parametrize("arrival", [*permutations(["account", "payment", "refund"])])
def test_int_08_a_full_refund_of_its_first_payment_loses_what_an_account_has_won(
    tables: Any, follow: Follow, arrival: tuple[str, ...]
) -> None:
    tells: dict[str, Callable[[], Any]] = {
        "account": opened,
        "payment": ordered,
        "refund": lambda: refunded("r1", 100_000),
    }
    lead()
    signed()
    follow()
    for each in arrival:
        tells[each]()
        if each != arrival[0]:
            records = tables.stream()
            for _ in range(2):
                assert follow(list(reversed(records))) == []
    assert (status(), now_is().reason, opens()) == ("LOST", "refunded", 0)
    follow()
    # The customer was made by the payment: the lead became theirs with it, whichever came first.
    assert now_is().customer_id
    assert [each for each in steps_of() if each != "convert"][-2:] == ["win", "refund"]


def test_int_08_a_customer_whom_a_later_order_makes_is_the_lead_s_that_an_account_has_won(
    follow: Follow,
) -> None:
    lead(campaign="camp1", channel_id="ch")
    signed()
    opened()
    follow()
    assert (status(), now_is().customer_id) == ("WON", "")
    for order_no in ("A1", "A2"):
        ordered(order_no)
        assert follow() == []
    assert now_is().customer_id
    follow()
    assert steps_of()[-2:] == ["win", "convert"]
    answered = report("campaigns", **{"from": "2026-03-01", "to": "2026-03-31"})
    (line,) = answered["lines"]
    assert (line["customers"], line["orders"], line["net_fen"]) == (1, 2, 200_000)
    total = report("cohort-return", month="2026-03", months="1")["total"]
    assert total["months"][0]["revenue_fen"] == 200_000


def test_int_08_what_does_not_lose_a_lead_that_an_account_has_won(follow: Follow) -> None:
    lead()
    signed()
    opened()
    follow()
    ordered("old", at="2026-02-20T10:15:00+08:00")
    refunded("r0", 100_000, "old")
    ordered("unpaid", status="placed")
    follow()
    assert status() == "WON"
    ordered("A1")
    follow()
    ordered("A2")
    refunded("r2", 100_000, "A2")
    refunded("r1", 40_000)
    follow()
    assert status() == "WON"
    refunded("r3", 60_000)
    follow()
    assert status() == "LOST"


def test_int_08_an_account_that_was_told_before_the_contract_counts(follow: Follow) -> None:
    lead()
    opened()
    opened("early", "2026-02-01T10:00:00+08:00")
    follow()
    assert status() == "INTENT"
    signed()
    follow()
    assert status() == "WON"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"at": "2026-04-01T10:00:00+08:00"}, "at"),
        ({"source_id": "#"}, "source_id"),
        ({"crmid": ""}, "crmid"),
    ],
)
def test_int_08_names_the_wrong_field(wrong: dict[str, str], field: str) -> None:
    answered = opened(**{"at": PAID_AT, **wrong})
    assert answered.status == 422
    assert answered.json["errors"][0]["field"] == field
