"""Who came and what the staff did, over what is stored: RPT-01, RPT-05 (M3), RPT-08, RPT-16, IDN-15, F3."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.component.console import ask
from tests.component.http_world import befriended, corp, wecom
from tests.component.integrations_api.conftest import feed, follow
from tests.component.profile.known import id_of, traced
from tests.component.reports.test_money import channel, customer_of, lead, paid, report

__all__ = ["ask", "corp", "feed", "follow", "wecom"]

Follow = Callable[..., list[str]]
NOW = "2026-03-22T10:15:00+08:00"
AT = datetime(2026, 3, 5, 3, tzinfo=UTC)
MARCH = {"from": "2026-03-01", "to": "2026-03-31"}


@pytest.fixture(autouse=True)
def _world(feed: Any, at: Any) -> None:
    at(NOW)


def card(there: str, external_userid: str, **told: Any) -> None:
    """Store an add through a channel with its card."""
    from scrm.cards.dynamodb import CardRow
    from scrm.cards.model import Card
    from scrm.channel_codes.dynamodb import record_add

    if there and told.get("added_at", AT) >= AT:
        record_add(there, "lisi", external_userid, f"e-{external_userid}", AT)
    known = {"status": "active", "added_at": AT, "channel_id": there, "first": True, **told}
    CardRow.of(Card(f"cu-{external_userid}", external_userid, "lisi", **known), 1).save()


def test_rpt_01_200_adds_over_two_channels_120_80_takeovers_excluded(ask: Any) -> None:
    one, other = channel(ask), channel(ask)
    from scrm.cards.dynamodb import CardRow
    from scrm.cards.model import Card
    from scrm.channel_codes.dynamodb import record_add

    for number in range(200):
        record_add(one if number < 120 else other, "lisi", f"wm{number}", f"e{number}", AT)
    for number in range(5):
        taken = Card(f"cu-t{number}", f"wmt{number}", "wangwu", added_at=AT, add_way=202, status="active")
        CardRow.of(taken, 1).save()
    told = report(ask, "adds", **MARCH, group="channel")
    assert {each["id"]: each["adds"] for each in told["lines"]} == {one: 120, other: 80}
    assert told["total"] == 200
    days = report(ask, "adds", **MARCH, group="day")
    assert [(each["id"], each["adds"]) for each in days["lines"]] == [("2026-03-05", 200)]
    again = "1772679600,1772680000,,,0,", f"{int(AT.timestamp()) + 86_400},,,,0,"
    known = Card("cu-r", "wmr", "lisi", added_at=AT + timedelta(days=1), status="active", stays=again)
    CardRow.of(known, 1).save()
    days = report(ask, "adds", **MARCH, group="day")
    assert [(each["id"], each["adds"]) for each in days["lines"]] == [("2026-03-05", 201), ("2026-03-06", 1)]
    assert report(ask, "adds", **{"from": "2026-03-07", "to": "2026-03-08"})["total"] == 0


def test_idn_15_adds_retained_deleted_and_converted_per_channel(ask: Any) -> None:
    there = channel(ask)
    card(there, "wm1", first_order_at=AT)
    card(there, "wm2")
    card(there, "wm3", status="deleted_by_customer")
    card(there, "wm4", status="deleted_by_staff")
    card(there, "wm5", status="transferred_out")
    card(there, "wm6", first_order_at=datetime(2025, 1, 1, tzinfo=UTC))
    (line,) = report(ask, "channels", **MARCH)["lines"]
    assert line == {
        "channel_id": there,
        "name": line["name"],
        "adds": 6,
        "retained": 3,
        "deleted": 1,
        "deleted_by_staff": 1,
        "handed_over": 1,
        "converted": 1,
    }


def test_rpt_05_m3_the_counts_and_step_rates(ask: Any) -> None:
    """M3: 1000 scans, 400 added, 300 wrote, 120 leads, 60 potential, 30 intention, 12 signed, 10 paid."""
    there = channel(ask)
    told = report(ask, "funnel", **MARCH, channel_id=there)
    assert told["steps"][0]["count"] is None
    path = f"/admin/channels/{there}/scans"
    assert ask("PUT", path, {"2026-03-05": 700, "2026-03-31": 300, "2026-04-01": 9}).status == 200
    assert ask("PUT", path, {"2026-03-05": -1}).status == 422
    for number in range(400):
        card(there, f"wm{number}", customer_message_at=AT if number < 300 else None)
    statuses = [*["WON"] * 10, *["SIGNED"] * 2, *["INTENT"] * 18, *["FOLLOWING"] * 30, *["ASSIGNED"] * 60]
    for number, status in enumerate(statuses):
        keys = (("external_userid", f"wm{number}"),)
        lead(f"L{number}", there, status, keys=keys, created_at=AT, updated_at=AT)
    lead("elsewhere", "", "WON", created_at=AT, updated_at=AT)
    told = report(ask, "funnel", **MARCH, channel_id=there)
    assert [each["count"] for each in told["steps"]] == [1000, 400, 300, 120, 60, 30, 12, 10]
    assert [each["rate"] for each in told["steps"]] == [None, 0.4, 0.75, 0.4, 0.5, 0.5, 0.4, 0.8333]
    assert (told["lead_to_paid"], told["add_to_paid"]) == (0.0833, 0.025)


def test_m3_a_cohort_is_of_the_first_step_and_goes_as_far_as_it_got_since(ask: Any, at: Any) -> None:
    at("2026-04-10T10:15:00+08:00")
    from scrm.customers.dynamodb import Customers
    from scrm.customers.model import Customer

    there = channel(ask)
    april = datetime(2026, 4, 5, 3, tzinfo=UTC)
    card(there, "wm1")
    # Added again since: still of March.
    stays = (f"{int(AT.timestamp())},{int(AT.timestamp()) + 60},,,0,{there}", "1775358000,,,,0,")
    card(there, "wm2", added_at=april, stays=stays, customer_message_at=april)
    card("", "wm3", stays=())
    card(there, "wm4", added_at=datetime(2026, 2, 20, tzinfo=UTC))
    Customers().save_customer(Customer("cu-wm4", external_userids=("wm4",)), AT)
    lead("late", "", "INTENT", keys=(("external_userid", "wm1"),), created_at=april, updated_at=april)
    lead("known", there, "WON", customer_id="cu-wm4", created_at=AT, updated_at=AT)
    lead("other", "", "WON", created_at=april, updated_at=april)

    def counts(**more: str) -> list[int]:
        return [each["count"] for each in report(ask, "funnel", **MARCH, **more)["steps"][1:]]

    assert counts(channel_id=there) == [2, 2, 1, 1, 1, 0, 0]
    assert counts() == [3, 2, 1, 1, 1, 0, 0]


def test_led_26_a_lost_lead_counts_at_the_furthest_step_it_had(ask: Any) -> None:
    from scrm.leads.living import change
    from scrm.leads.steps import moved

    lead("L1", "", "INTENT", created_at=AT, updated_at=AT, owner="lisi", owned_at=AT, protect_until=AT)
    change("L1", lambda it, _: moved(it, "give_up", "owner", "lisi", AT, "预算不足"), AT)
    told = report(ask, "funnel", **MARCH)
    assert [each["count"] for each in told["steps"]] == [None, 1, 1, 1, 1, 1, 0, 0]


def test_rpt_08_what_each_member_did_on_a_day(ask: Any, follow: Follow, wecom: Any) -> None:
    from scrm import clock
    from scrm.leads.dynamodb import pk_of
    from scrm.leads.records_dynamodb import FollowRow
    from scrm.sends.uses_dynamodb import UsesRow
    from scrm.tasks.dynamodb import DynamoTasks
    from scrm.tasks.model import task
    from scrm.timeline.dynamodb import Timeline
    from scrm.timeline.model import Entry
    from tests.component.leads import money

    befriended(wecom, "lisi", "甲")
    other = befriended(wecom, "lisi", "乙")
    told = Entry("c1", "follow_up", datetime(2026, 3, 22, 3, tzinfo=UTC), "lisi", other, {"channel": "call"})
    Timeline().append(id_of(other), told)
    money.lead(owner="lisi")
    for number, day in enumerate(("2026-03-22T01:00:00Z", "2026-03-22T02:00:00Z", "2026-03-20T02:00:00Z")):
        FollowRow(pk_of("L1"), f"FOLLOW#{day}#f{number}", userid="lisi", method="call", content="x").save()
    tasks = DynamoTasks()
    for number, hour in enumerate((0, 12, 23)):
        due = datetime.fromisoformat(f"2026-03-22T{hour:02}:59:59+08:00")
        one = task("call", "lisi", due, f"t{number}", created_at=clock.now())
        tasks.open(one)
        if number == 0:
            tasks.close(one.id, 1, "done", by="lisi", at=clock.now())
    for moment in ("2026-03-21T23:59:59+08:00", "2026-03-23T00:00:00+08:00"):
        due = datetime.fromisoformat(moment)
        tasks.open(task("call", "lisi", due, "other", created_at=clock.now()))
    UsesRow("USES#product#2026-03", "2026-03-22#p1#lisi", sends=4).save()
    UsesRow("USES#script#2026-03", "2026-03-21#s1#lisi", sends=9).save()
    money.ordered(at="2026-03-22T09:00:00+08:00")
    follow()
    (line,) = report(ask, "staff", date="2026-03-22")["lines"]
    assert line == {
        "userid": "lisi",
        "name": line["name"],
        "adds": 2,
        "follow_ups": 3,
        "tasks_due": 3,
        "tasks_done": 1,
        "sends": 4,
        "deals": 1,
        "deal_fen": 100_000,
    }
    assert report(ask, "staff", date="2026-01-01")["lines"] == []
    assert ask("GET", "/admin/reports/staff", query={"date": "1990-01-01"}).status == 422


def test_rpt_08_a_corp_of_any_size_is_told_page_by_page(ask: Any) -> None:
    from scrm.cards.dynamodb import CardRow, add_month
    from scrm.cards.model import Card
    from scrm.staff.dynamodb import StaffRow
    from scrm.staff.model import Member

    add_month("2026-03")
    for number in range(230):
        StaffRow.of(Member(f"m{number:03}", f"同事{number}")).save()
    for number in (0, 229):
        when = datetime(2026, 3, 22, 1, tzinfo=UTC)
        known = Card(f"cu-{number}", f"wm{number}", f"m{number:03}", added_at=when, status="active")
        CardRow.of(known, 1).save()
    first = report(ask, "staff", date="2026-03-22")
    rest = report(ask, "staff", date="2026-03-22", cursor=first["next_cursor"])
    assert [each["userid"] for each in (*first["lines"], *rest["lines"])] == ["m000", "m229"]
    assert rest["next_cursor"] is None
    foreign = ask("GET", "/admin/reports/staff", query={"date": "2026-03-21", "cursor": first["next_cursor"]})
    assert (foreign.status, foreign.json["errors"][0]["field"]) == (422, "cursor")


def test_rpt_16_leads_orders_and_money_by_campaign(ask: Any, follow: Follow) -> None:
    paid("A1", "C-1", 5000, "2026-03-10")
    paid("A2", "C-2", 700, "2026-03-10")
    follow()
    at: dict[str, Any] = {"created_at": AT, "updated_at": AT}
    lead("L1", "", "WON", campaign="camp1", customer_id=customer_of("C-1"), **at)
    lead("L2", "", campaign="camp1", **at)
    lead("L3", "", campaign="camp2", **at)
    lead("L4", "", "INVALID", campaign="camp2", **at)
    first, second = report(ask, "campaigns", **MARCH)["lines"]
    assert (first["campaign"], first["leads"], first["won"], first["orders"], first["net_fen"]) == (
        "camp1",
        2,
        1,
        1,
        5000,
    )
    assert (second["leads"], second["net_fen"]) == (1, 0)


def test_rpt_16_scans_adds_and_leads_of_a_campaign_meet_in_one_line(
    ask: Any, follow: Follow, wecom: Any, tables: Any
) -> None:
    from scrm.changes.relations import effects_of
    from scrm.customers.model import Relation
    from scrm.customers.relation import Fact
    from scrm.leads.campaigns_dynamodb import note

    there = befriended(wecom, "lisi", "甲")
    traced(there, "scan", AT, 1, code="camp1")
    traced(there, "scan", AT, 2, code="camp1")
    traced(there, "scan", datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC), 3, code="camp1")
    records = tables.stream()
    for _ in range(2):
        assert follow(records) == []
    origin = {"cid": "s-77", "params": {"campaign": "camp#2"}, "event_id": "e1"}
    added = Relation("wm1", "lisi", facts=(Fact("add", int(AT.timestamp()), "e1"),), origin=origin)
    (told,) = (each for each in effects_of(None, added) if type(each).__name__ == "CampaignAnswered")
    note(told.campaign, told.answer, told.act, told.at)
    lead("L1", "", campaign="camp1", created_at=AT, updated_at=AT)
    found = report(ask, "campaigns", **MARCH)["lines"]
    assert [(each["campaign"], each["scans"], each["adds"], each["leads"]) for each in found] == [
        ("camp#2", 0, 1, 0),
        ("camp1", 2, 0, 1),
    ]

    elsewhen = replace(added, facts=(Fact("add", int(AT.timestamp()) + 60, "e1"),))
    gone = [each for each in effects_of(added, elsewhen) if type(each).__name__ == "CampaignAnswered"]
    assert [(each.gone, each.at > AT) for each in gone] == [(True, False), (False, True)]


def test_f3_how_evenly_a_pool_s_leads_are_divided(ask: Any, follow: Follow) -> None:
    from scrm import clock
    from scrm.leads.policy import Member, Pool, RuleSet
    from scrm.leads.rules_dynamodb import add

    members = (Member("lisi", weight=2), Member("wangwu"))
    add(RuleSet(pools=(Pool("P", "华东", members), Pool("Q", "空"))), "admin", clock.now())
    for number in range(6):
        owner = "lisi" if number < 4 else "wangwu"
        lead(f"L{number}", "", "ASSIGNED", owner=owner, pool_id="P", created_at=AT, updated_at=AT)
    one, other = report(ask, "fairness", **MARCH)["pools"]
    assert (one["index"], [each["leads"] for each in one["members"]]) == (1.0, [4, 2])
    assert other["index"] is None


@pytest.mark.parametrize("name", ["adds", "channels", "funnel", "campaigns", "fairness"])
def test_the_days_are_checked(ask: Any, name: str) -> None:
    answered = ask("GET", f"/admin/reports/{name}", query={"from": "2024-01-01", "to": "2026-01-01"})
    assert (answered.status, answered.json["errors"][0]["field"]) == (422, "from")
    assert ask("GET", f"/admin/reports/{name}", role="hr").status == 403
