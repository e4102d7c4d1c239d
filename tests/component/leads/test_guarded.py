"""What others do meanwhile, what is told late, and rows that are broken: nobody's lead is lost for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.client import BaseClient

from scrm.http import paging
from tests.component.conftest import app_of
from tests.component.http_world import calls_of, corp
from tests.component.integrations_api.conftest import feed, follow
from tests.component.leads import money
from tests.component.leads.leads_world import Leads

__all__ = ["corp", "feed", "follow"]

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)


@contextmanager
def meanwhile(
    monkeypatch: pytest.MonkeyPatch, at: Callable[[str, Any], bool], done: Callable[[], object]
) -> Iterator[None]:
    """Let something else be done, once, before the first request to AWS that fits."""
    real, waiting = BaseClient._make_api_call, [done]  # type: ignore[attr-defined]

    def call(self: Any, name: str, kwargs: Any) -> Any:
        if waiting and at(name, kwargs):
            waiting.pop()()
        return real(self, name, kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", call)
        yield
    assert waiting == []


class Hurried:
    """A function's context that leaves time for one lead."""

    aws_request_id = "hurried"

    def __init__(self) -> None:
        self.asked = 0

    def get_remaining_time_in_millis(self) -> int:
        """Return that there is time, and the second time that there is none."""
        self.asked += 1
        return 60_000 if self.asked == 1 else 0


def overdue(lead_id: str, *, broken: bool = False) -> None:
    """Store a lead whose owner's time is over; a broken one cannot be read."""
    from scrm.leads.dynamodb import LeadRow
    from scrm.leads.model import Lead

    owned = {"owner": "U1", "owned_at": NOW, "protect_until": NOW, "hard_until": NOW, "created_at": NOW}
    row = LeadRow.of(Lead(lead_id, "ASSIGNED", "website", pool_id="P", version=1, **owned), NOW)  # type: ignore[arg-type]
    if broken:
        row.card = "{"
    row.save()


def ids_of_shards() -> list[str]:
    """Return the id of a lead for each part of what is due."""
    from scrm.leads.model import SHARDS, shard_of

    each = (f"L{number}" for number in range(100))
    found: dict[int, str] = {}
    for lead_id in each:
        found.setdefault(shard_of(lead_id), lead_id)
    return [found[shard] for shard in range(SHARDS)]


def tick(function: Any, context: Any, minutes: int = 1) -> int:
    event = {"time": f"{NOW + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"}
    return int(function("recycle_leads").handler(event, context)["looked_at"])


def test_led_22_a_lead_that_fails_costs_the_others_nothing(
    tables: Any, function: Any, lambda_context: Any
) -> None:
    from scrm.leads import dynamodb as stored

    first, *others = ids_of_shards()
    overdue(first, broken=True)
    for each in others:
        overdue(each)

    assert tick(function, lambda_context) == 4
    assert [stored.lead(each).status for each in others] == ["POOLED"] * 3  # type: ignore[union-attr]


def test_led_22_no_part_of_what_is_due_starves_when_time_is_short(tables: Any, function: Any) -> None:
    from scrm.leads import dynamodb as stored

    *firsts, last = ids_of_shards()
    for each in firsts:
        overdue(each, broken=True)
    overdue(last)

    for minutes in range(5):
        assert tick(function, Hurried(), minutes) == 1
    assert stored.lead(last).status == "POOLED"  # type: ignore[union-attr]


def test_r5_a_lead_given_by_who_had_not_heard_that_they_left_goes_back_at_once(
    leads: Leads, lambda_context: Any
) -> None:
    from scrm.leads.loads_dynamodb import load_of
    from scrm.staff.dynamodb import StaffRow, directory, member

    leads.lead("a", "lisi")
    directory(leads.at("2026-03-02T10:15:00+08:00"))
    StaffRow.of(replace(member("lisi"), status="left")).save()  # type: ignore[type-var]
    leads.react(lambda_context)

    lead = leads["a"]
    assert (lead.status, lead.reason, lead.owner, load_of("lisi").open) == ("POOLED", "R5", "", 0)

    leads.lead("b", "lisi")
    leads.react(lambda_context)
    assert (leads["b"].status, leads["b"].reason) == ("POOLED", "R5")


def test_r5_told_late_takes_nothing_from_who_has_come_back(leads: Leads) -> None:
    from scrm import clock
    from scrm.leads.following import owner_left

    leads.lead("a", "lisi")

    assert owner_left("lisi", clock.now()) == 0
    assert leads["a"].owner == "lisi"


def test_led_05_an_activity_of_tomorrow_protects_from_today(leads: Leads) -> None:
    from scrm import clock
    from scrm.leads.following import customer_acted

    leads.rules(default_days=1, max_days=None)
    leads.lead("a", "lisi", keys=(("external_userid", "wmA"),))
    now = clock.now()

    customer_acted("", "wmA", now + timedelta(days=300), now)

    assert leads["a"].protect_until == now + timedelta(days=3)


def test_led_16_a_lead_whose_pool_is_gone_goes_to_the_default_one(leads: Leads) -> None:
    from scrm.leads.dynamodb import LeadRow, pk_of

    leads.lead("a", "lisi", "P")
    row = LeadRow.get(pk_of("a"), "LEAD")
    row.card = row.card.replace('"p":"P"', '"p":"gone"')
    row.save()

    leads.done("lisi", "POST", "/leads/a:release", {"reason": "不跟了"})

    assert (leads["a"].status, leads["a"].pool_id) == ("POOLED", "P")
    waiting = leads.done("wangwu", "GET", "/pools/P/leads")
    assert [each["lead_id"] for each in waiting["items"]] == ["a"]


def test_l19b_an_activity_told_late_does_not_move_a_transfer_into_the_past(tables: Any) -> None:
    from scrm.leads.owning import Change, known_at

    given = Change(NOW, "system", "ASSIGNED", "", "U1")
    moved = Change(NOW + timedelta(hours=2), "boss", "ASSIGNED", "U1", "U2")
    replied = Change(NOW + timedelta(hours=1), "system", "ASSIGNED", "U2", "U2")

    assert known_at([given, moved, replied], NOW + timedelta(minutes=90)) == [given]
    assert known_at([given, moved, replied], NOW + timedelta(hours=2)) == [given, moved, replied]


class TestMoney:
    """Contracts and what pays for them."""

    @pytest.fixture(autouse=True)
    def world(self, feed: Any, at: Any) -> None:
        at(money.NOW)

    def test_led_20_of_two_orders_at_once_one_wins_and_the_other_stays_unused(
        self, follow: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from scrm import clock
        from scrm.leads.earning import settle_order
        from scrm.leads.evidence_dynamodb import evidence_of, order_evidence, won_by_order
        from scrm.orders import dynamodb as orders

        money.lead()
        follow()
        for each in ("o1", "o2"):
            money.ordered(each)
        follow()
        money.signed()
        (source, _, _), *_ = [
            each
            for customer in {orders.order("crm", "o1").customer_id}
            for each in orders.named_sales(customer, consistent=True)
        ]

        def reads_contracts(name: str, kwargs: Any) -> bool:
            return name == "Query" and "CONTRACT#" in str(kwargs)

        with meanwhile(monkeypatch, reads_contracts, lambda: settle_order(source, "o1", clock.now())):
            settle_order(source, "o2", clock.now())

        assert money.status() == "WON"
        assert evidence_of("L1") == order_evidence(source, "o1")
        assert (won_by_order(source, "o1"), won_by_order(source, "o2")) == ("L1", "")

    def test_led_20_who_has_a_lead_no_more_does_not_sign_it(self) -> None:
        from scrm import clock
        from scrm.leads.contracting import sign
        from scrm.leads.contracts import Contract
        from scrm.leads.contracts_dynamodb import contracts
        from scrm.leads.machine import NotAllowed

        money.lead(owner="wangwu")
        now = clock.now()
        told = Contract("ct_1", "L1", 1, now, now.date(), now.date(), by="lisi")

        with pytest.raises(NotAllowed):
            sign(told, now)
        assert (money.status(), contracts("L1")) == ("INTENT", [])

    def test_s4_a_lead_that_is_not_there_is_refused_like_another_s(self) -> None:
        money.lead(owner="wangwu")
        answers = [
            money.asked(method, f"/workbench/leads/{lead_id}/{path}", body)
            for lead_id in ("L1", "L2")
            for method, path, body in (
                ("GET", "contracts", None),
                ("GET", "handover", None),
                ("POST", "contracts", money.contract()),
            )
        ]

        assert {(each.status, each.code) for each in answers} == {(403, "not_your_lead")}

    def test_led_20_the_contract_that_stands_is_void_unless_another_is_named(self) -> None:
        from scrm.leads.contracts import Contract
        from scrm.leads.contracts_dynamodb import contracts, put_steps
        from scrm.table import in_transaction

        money.lead()
        old = Contract(
            "ct_old", "L1", 1, money.CREATED, money.CREATED.date(), money.CREATED.date(), by="lisi"
        )
        with in_transaction() as transaction:
            for step in put_steps(old, None):
                step(transaction)
        contract_id = money.signed()

        answered = money.asked(
            "POST",
            "/workbench/leads/L1:void-contract",
            {"reason": "作废"},
            userid="caiwu",
            role="finance",
            scope="all",
        )

        assert (answered.status, answered.json["contract_id"]) == (200, contract_id)
        assert [(each.contract_id, each.state) for each in contracts("L1")] == [
            ("ct_old", "signed"),
            (contract_id, "void"),
        ]


def test_led_20_a_refund_does_not_forget_what_was_won_meanwhile(tables: Any) -> None:
    from pynamodb.exceptions import TransactWriteError

    from scrm.leads.last_dynamodb import closed_step, last, refunded_steps
    from scrm.leads.model import Lead
    from scrm.table import in_transaction

    key = ("phone", "13800138000")
    first = Lead("L1", "WON", "website", keys=(key,), owner="U1", closed_at=NOW)  # type: ignore[arg-type]
    with in_transaction() as transaction:
        closed_step(first, key)(transaction)  # type: ignore[arg-type]
    steps = refunded_steps(replace(first, status="LOST"))
    with in_transaction() as transaction:
        closed_step(replace(first, lead_id="L2"), key)(transaction)  # type: ignore[arg-type]

    def refund() -> None:
        with in_transaction() as transaction:
            for step in steps:
                step(transaction)

    with pytest.raises(TransactWriteError):
        refund()
    assert [each.lead_id for each in last([key])] == ["L2"]  # type: ignore[list-item]


def test_led_20_a_refund_forgets_that_its_lead_was_won(tables: Any) -> None:
    from scrm.leads.last_dynamodb import closed_step, last, refunded_steps
    from scrm.leads.model import Lead
    from scrm.table import in_transaction

    key = ("phone", "13800138000")
    first = Lead("L1", "WON", "website", keys=(key,), owner="U1", closed_at=NOW)  # type: ignore[arg-type]
    for steps in ([closed_step(first, key)], None):  # type: ignore[arg-type]
        with in_transaction() as transaction:
            for step in steps or refunded_steps(replace(first, status="LOST")):
                step(transaction)

    assert [(each.lead_id, each.status) for each in last([key])] == [("L1", "LOST")]  # type: ignore[list-item]


def test_p1_a_lead_whose_person_was_erased_ends_and_is_held_by_nobody(leads: Leads) -> None:
    from scrm.leads import dynamodb as stored
    from scrm.leads.erasing import erase, find
    from scrm.leads.loads_dynamodb import load_of
    from scrm.privacy.person import Person

    keys = (("phone", "13800138000"), ("unionid", "oA"))
    leads.lead("a", "lisi", name="陈一", keys=keys)
    person = Person(("cu_1",), at="2026-03-03T02:00:00Z", pseudonym="er_1")

    for _ in range(2):
        erase(person, list(find(person, [keys[0]])))

    lead = leads["a"]
    assert (lead.status, lead.reason, lead.name, lead.keys) == ("INVALID", "erased", "", ())
    assert (load_of("lisi").open, stored.having(keys)) == (0, {})  # type: ignore[arg-type]


def test_s5_numbers_in_reasons_and_names_are_hidden(leads: Leads, lambda_context: Any) -> None:
    leads.lead("a", "lisi", name="陈一13800138000")
    leads.done("lisi", "POST", "/leads/a:release", {"reason": "改打13900139000"})
    leads.react(lambda_context)

    told = str(leads.done("wangwu", "GET", "/leads/a")) + str(leads.done("wangwu", "GET", "/pools/P/leads"))

    assert "139****9000" in told
    assert not [each for each in ("13800138000", "13900139000") if each in told]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00"])
def test_s7_a_time_at_an_end_of_the_calendar_is_refused(leads: Leads, moment: str) -> None:
    leads.lead("a", "lisi", status="INTENT")
    follow_up = {"method": "call", "content": "好", "next_at": moment}

    assert leads.refused("lisi", "POST", "/leads/a/follow-ups", follow_up)[0] == 422
    contract = money.contract(signed_at=moment)
    assert leads.refused("lisi", "POST", "/leads/a/contracts", contract)[0] == 422


@pytest.mark.parametrize("before", ["abcd", "2026-13-01", "~"])
def test_s7_a_cursor_that_was_made_up_is_refused(leads: Leads, before: str) -> None:
    cursor = paging.encode("LEADS#all#admin", {"before": before})

    assert leads.refused("admin", "GET", f"/leads?scope=all&cursor={cursor}")[0] == 422


@pytest.mark.parametrize("quote_fen", [-1, 0, 10**14, 1.5, "5", True])
def test_s7_money_that_is_none_is_refused(leads: Leads, quote_fen: Any) -> None:
    leads.lead("a", "lisi")
    follow_up = {"method": "call", "content": "好", "quote_fen": quote_fen}

    assert leads.refused("lisi", "POST", "/leads/a/follow-ups", follow_up)[0] == 422


def test_ntf_06_a_new_lead_s_notice_names_it_and_its_message_in_the_queue_does_not(
    leads: Leads, lambda_context: Any, sqs_event: Any
) -> None:
    from scrm.notices.model import from_plain, notice_message

    leads.lead("a", "lisi", name="陈一13800138000")
    (told,) = leads.react(lambda_context)
    assert (told["kind"], "陈一" in str(told)) == ("new_lead", False)

    message = notice_message(from_plain(told))
    app_of("send_notices").handler(sqs_event(message, queue="Notifications"), lambda_context)

    (sent,) = calls_of(leads.corp, "/cgi-bin/message/send")
    assert "陈一138****8000" in str(sent)
