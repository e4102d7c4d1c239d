"""Spec 5, settlement: a customer's leads go to who takes over, won ones too (LED-21, LED-31)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.component.leads.leads_world import Leads

KEY: Any = ("phone", "13800138000")


@pytest.fixture
def known(leads: Leads) -> Leads:
    """cu_1 was won by lisi once, and has an open lead of lisi's that follows from it; another is wangwu's."""
    from scrm import clock
    from scrm.customers.dynamodb import Customers
    from scrm.customers.model import Customer
    from scrm.identities.dynamodb import Identities

    identities = (KEY, ("crmid", "C-1"))
    for kind, value in identities:
        Identities().bind(kind, value, "cu_1", clock.now())
    Customers().save_customer(Customer("cu_1", identities=identities), clock.now())
    leads.lead("W", "lisi", keys=(KEY,), status="POOLED", product="p1")
    closed(leads, "W")
    leads.lead("O", "lisi", keys=(KEY,), previous_lead_id="W")
    leads.lead("X", "wangwu", keys=(("crmid", "C-1"),), created_at=datetime(2026, 3, 1, tzinfo=UTC))
    return leads


def closed(leads: Leads, lead_id: str) -> None:
    """Let a lead be won."""
    from scrm import clock
    from scrm.leads.living import change

    change(lead_id, lambda lead, _: replace(lead, status="SIGNED"), clock.now())
    leads.won(lead_id)


def inherit(at: datetime) -> int:
    from scrm.leads.inheriting import inherit as handed

    return handed("cu_1", "LISI", "zhangsan", at, "离职继承").moved


def opens(userid: str) -> int:
    from scrm.leads.loads_dynamodb import load_of

    return load_of(userid).open


def test_an_open_lead_and_a_won_one_go_on_and_those_of_others_stay(known: Leads, lambda_context: Any) -> None:
    from scrm.leads.dynamodb import of_owner
    from scrm.leads.last_dynamodb import last
    from scrm.leads.owning import of_leads_at

    known.react(lambda_context)
    was = known["O"]
    when = known.clock("2026-03-05", "09:00")

    assert inherit(when) == 2

    won, still, other = known["W"], known["O"], known["X"]
    assert (won.status, won.owner, won.updated_by) == ("WON", "zhangsan", "system:inheritance")
    assert (still.status, still.owner, still.protect_until) == ("ASSIGNED", "zhangsan", was.protect_until)
    assert other.owner == "wangwu"
    assert (opens("lisi"), opens("zhangsan"), opens("wangwu")) == (0, 1, 1)
    assert [each.lead_id for each in of_owner("zhangsan", closed=True)] == ["W"]
    (latest,) = last([KEY])
    assert (latest.lead_id, latest.owner, latest.closed_at) == ("W", "zhangsan", "2026-03-02T02:15:00Z")
    told = [each for each in known.react(lambda_context) if each["subject"].get("lead_id")]
    found = sorted((each["subject"]["lead_id"], each["userid"], each["kind"]) for each in told)
    assert found == [("O", "lisi", "alert"), ("O", "zhangsan", "new_lead")]
    versions = (won.version, still.version)
    assert inherit(when + timedelta(minutes=1)) == 0
    assert (known["W"].version, known["O"].version) == versions
    # A sale soon after is split between both, one from before is the former owner's.
    after = of_leads_at(["cu_1"], when + timedelta(days=1)).owner
    before = of_leads_at(["cu_1"], when - timedelta(hours=1)).owner
    assert after is not None
    assert (after.userid, after.inherited_from) == ("zhangsan", "lisi")
    assert before is not None
    assert (before.userid, before.inherited_from) == ("lisi", "")
    page = known.done("zhangsan", "GET", "/leads/W")
    assert page["timeline"][0]["title"] == "系统将线索由李四转给张三（离职继承）"


def test_led_31_the_renewal_of_a_won_lead_is_who_inherited_its(known: Leads) -> None:
    from scrm.leads.contracts import Contract
    from scrm.leads.contracts_dynamodb import put_steps
    from scrm.leads.dynamodb import several
    from scrm.leads.renewing import renew
    from scrm.table import in_transaction

    known.done("lisi", "POST", "/leads/O:transition", {"trigger": "give_up", "reason": "无预算"})
    when = known.clock("2026-03-05", "09:00")
    assert inherit(when) == 1
    day = when.date()
    contract = Contract("ct_1", "W", 100, datetime(2026, 3, 1, tzinfo=UTC), day, day + timedelta(days=20))
    with in_transaction() as transaction:
        for step in put_steps(contract, when):
            step(transaction)

    renew("W", "ct_1", when)

    from scrm.leads.contracts_dynamodb import contract as stored

    renewed = stored("W", "ct_1")
    assert renewed is not None
    (renewal,) = several([renewed.renewed_by])
    assert renewal.sticky[0] == ("last_won", "zhangsan")


def test_a_won_lead_that_was_handed_on_is_still_lost_by_a_full_refund(known: Leads) -> None:
    from scrm.leads.last_dynamodb import last
    from scrm.leads.living import change
    from scrm.leads.steps import moved

    when = known.clock("2026-03-05", "09:00")
    inherit(when)

    change("W", lambda lead, _: moved(lead, "refund", "system", "system", when, "refunded"), when)

    assert (known["W"].status, known["W"].owner) == ("LOST", "zhangsan")
    assert [(each.status, each.owner) for each in last([KEY])] == [("LOST", "zhangsan")]
