"""What follows a sale: service takes over (LED-28), a renewal begins before the contract ends (LED-31)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.component.conftest import app_of
from tests.component.console import ask
from tests.component.http_world import corp
from tests.component.integrations_api.conftest import feed, follow
from tests.component.leads.money import NOW, asked, lead, ordered, signed, status

__all__ = ["ask", "corp", "feed", "follow"]

Follow = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def _world(feed: Any, at: Any) -> None:
    at(NOW)


@pytest.fixture
def won(follow: Follow) -> str:
    """A lead of lisi's that was won; return its contract."""
    lead()
    contract_id = signed()
    ordered()
    follow()
    assert status() == "WON"
    return contract_id


def settle(**chosen: Any) -> None:
    """Change the corp's settings."""
    from dataclasses import replace

    from scrm import clock
    from scrm.settings import dynamodb as stored
    from scrm.table import in_transaction

    now_is = stored.load()
    with in_transaction() as transaction:
        stored.save_step(replace(now_is, **chosen), now_is.version, clock.now())(transaction)


def tasks_of(userid: str) -> list[Any]:
    from scrm.tasks.dynamodb import DynamoTasks

    return [each for each in DynamoTasks().of_member(userid)[0] if each.kind == "service"]


def done(task_id: str, userid: str) -> None:
    assert asked("POST", f"/workbench/tasks/{task_id}:complete", {}, userid=userid).status == 200


def tick(lambda_context: Any, moment: str) -> None:
    app_of("recycle_leads").handler({"time": moment}, lambda_context)


def renewals() -> list[Any]:
    from scrm.leads import dynamodb as stored

    return [each for each in map(stored.lead, _ids()) if each and each.source == "renewal"]


def _ids() -> list[str]:
    from scrm.leads.dynamodb import CreatedRow

    rows = [row for month in ("2026-03", "2026-04", "2026-05") for row in CreatedRow.query(f"LEADS#{month}")]
    return [str(row.sk).rpartition("#")[2] for row in rows]


def test_led_28_a_payment_hands_the_customer_to_service_once_with_a_chain_of_to_dos(
    tables: Any, follow: Follow, at: Any
) -> None:
    steps = (("开通账号", 1, "service"), ("确认尾款", 2, "sales"), ("回访", 7, "service"))
    settle(handover_owners=("wangwu",), handover_steps=steps)
    lead()
    signed()
    ordered()
    follow()
    records = tables.stream()
    for _ in range(3):
        assert follow(records) == []
    (first,) = tasks_of("wangwu")
    assert (first.payload["title"], first.customer_id != "") == ("开通账号", True)
    assert first.due.isoformat() == "2026-03-23T02:15:00+00:00"
    assert tasks_of("lisi") == []

    at("2026-03-22T18:00:00+08:00")
    done(first.id, "wangwu")
    records = tables.stream()
    for _ in range(2):
        assert follow(records) == []
    (second,) = tasks_of("lisi")
    assert (second.payload["title"], second.due.isoformat()) == ("确认尾款", "2026-03-24T10:00:00+00:00")
    done(second.id, "lisi")
    follow()
    (third,) = tasks_of("wangwu")
    done(third.id, "wangwu")
    follow()
    assert tasks_of("wangwu") == tasks_of("lisi") == []

    shown = asked("GET", "/workbench/leads/L1/handover", userid="wangwu").json
    assert (shown["service_owner"], shown["sales_owner"]) == ("wangwu", "lisi")
    assert [(each["owner"], each["status"]) for each in shown["steps"]] == [
        ("wangwu", "done"),
        ("lisi", "done"),
        ("wangwu", "done"),
    ]
    assert asked("GET", "/workbench/leads/L1/handover", userid="zhaoliu").status == 403


@pytest.mark.parametrize(("event", "opened"), [("signed", 1), ("won", 0), ("off", 0)])
def test_led_28_the_event_is_the_one_of_the_settings(follow: Follow, event: str, opened: int) -> None:
    settle(handover_event=event, handover_owners=("wangwu",))
    lead()
    signed()
    follow()
    assert len(tasks_of("wangwu")) == opened
    ordered()
    follow()
    follow()
    assert len(tasks_of("wangwu")) == (0 if event == "off" else 1)


def test_led_28_without_a_service_owner_at_work_the_sales_owner_goes_on(won: str, follow: Follow) -> None:
    follow()
    assert len(tasks_of("lisi")) == 1


def test_led_31_a_renewal_lead_on_05_01_and_none_on_04_30(
    won: str, follow: Follow, lambda_context: Any, at: Any, function: Any, sqs_event: Any, queues: Any
) -> None:
    from scrm.leads import contracts_dynamodb as stored

    at("2026-04-30T23:59:00+08:00")
    tick(lambda_context, "2026-04-30T15:59:00Z")
    assert renewals() == []
    at("2026-05-01T00:00:00+08:00")
    for _ in range(3):
        tick(lambda_context, "2026-04-30T16:00:00Z")
    (renewal,) = renewals()
    assert (renewal.previous_lead_id, renewal.keys) == ("L1", (("crmid", "C-1"),))
    assert ("last_won", "lisi") in renewal.sticky
    assert stored.contract("L1", won).renewed_by == renewal.lead_id  # type: ignore[union-attr]  # it was stored
    assert follow() == []
    for message in queues.messages("LeadIntake"):
        function("assign_leads").handler(sqs_event(message), lambda_context)
    (renewal,) = renewals()
    assert (renewal.status, renewal.owner) == ("ASSIGNED", "lisi")


def test_led_31_killed_before_it_was_noted_it_is_still_one(won: str, lambda_context: Any) -> None:
    from dataclasses import replace

    from scrm.leads import contracts_dynamodb as stored

    tick(lambda_context, "2026-04-30T16:00:00Z")
    known = stored.contract("L1", won)
    assert known is not None
    stored.ContractRow.of(replace(known, renewed_by=""), known.signed_at).save()
    tick(lambda_context, "2026-05-02T16:00:00Z")
    assert len(renewals()) == 1
    assert stored.contract("L1", won).renewed_by == renewals()[0].lead_id  # type: ignore[union-attr]  # stored


def test_led_31_what_was_not_paid_or_is_void_renews_nothing(follow: Follow, lambda_context: Any) -> None:
    from scrm import clock
    from scrm.leads.contracts_dynamodb import due

    lead()
    signed()
    tick(lambda_context, "2026-05-01T16:00:00Z")
    assert renewals() == []
    finance: dict[str, Any] = {"userid": "zhengshi", "role": "finance", "scope": "all"}
    assert asked("POST", "/workbench/leads/L1:void-contract", {"reason": "x"}, **finance).status == 200
    tick(lambda_context, "2026-05-03T16:00:00Z")
    assert renewals() == []
    assert due(clock.now().replace(year=2030), 9) == []


def test_led_28_the_chain_and_its_people_are_settings(ask: Any, follow: Follow) -> None:
    chosen = {
        "handover_event": "signed",
        "handover_owners": ["wangwu"],
        "handover_steps": [["开通账号", 1, "service"], ["回访", 7, "sales"]],
        "renewal_days": 30,
    }
    answered = ask("PUT", "/admin/settings", chosen)
    assert answered.status == 200, answered.text
    shown = ask("GET", "/admin/settings").json
    assert {name: shown[name] for name in chosen} == chosen
    for wrong in ({"handover_steps": []}, {"handover_steps": [["x", 1, "boss"]]}, {"renewal_days": 0}):
        assert ask("PUT", "/admin/settings", wrong).status == 422
    lead()
    signed()
    follow()
    assert [each.payload["title"] for each in tasks_of("wangwu")] == ["开通账号"]
