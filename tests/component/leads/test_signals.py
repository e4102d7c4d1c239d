"""Leads of what customers do (LED-02, LED-03, LED-09, IDN-13): acts go in, one lead comes out."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from scrm.facts.model import Orders
from tests.component.aborting import Killed, Steps
from tests.component.conftest import START, app_of
from tests.component.console import ask
from tests.component.http_world import befriended, logged_in
from tests.component.leads.playing import closed, in_force, lead, leads, notices, told_of
from tests.component.profile.known import counted, id_of, traced

__all__ = ["ask"]

BEGAN = datetime.fromisoformat(START)
DAY = timedelta(days=1)
SIGNALS = "/admin/lead-signals"
PRICES = {"name": "看价格", "kind": "visit", "match": "/price", "count": 2, "days": 7, "product": "课程"}


@pytest.fixture
def there(corp: Any, ask: Any, queues: Any) -> str:
    """A customer who is lisi's friend; two looks at prices within seven days are a lead."""
    in_force("wangwu")
    assert ask("POST", SIGNALS, PRICES).status == 201
    return befriended(corp, "lisi")


def test_led_02_two_price_pages_in_seven_days_are_one_lead_and_the_third_none(there, play, at, queues):
    traced(there, "visit", BEGAN, 1, page="/price/a")
    play()
    assert leads() == []
    now = at((BEGAN + 6 * DAY).isoformat())
    traced(there, "visit", now, 2, page="https://shop.test/price/b")
    play()

    (first,) = leads()
    assert (first.source, first.product, first.prelabels) == ("behaviour", "课程", ("行为",))
    assert (first.keys, first.customer_id) == ((("external_userid", there),), id_of(there))
    assert (first.owner, first.reason) == ("lisi", "sticky")
    notices(queues)
    for n in (3, 4):
        traced(there, "visit", now + timedelta(minutes=n), n, page="/price")
    play()

    assert [each.lead_id for each in leads()] == [first.lead_id]
    assert len(told_of(first.lead_id)) == 1
    assert [(each["kind"], each["userid"]) for each in notices(queues)] == [("alert", "lisi")]


def test_led_02_one_at_day_0_and_one_at_day_8_are_none(there, play, at):
    traced(there, "visit", BEGAN, 1, page="/price")
    play()
    traced(there, "visit", at((BEGAN + 8 * DAY).isoformat()), 2, page="/price")
    play()
    traced(there, "click", BEGAN + 8 * DAY, 3, target="/price")
    play()

    assert leads() == []


@pytest.mark.parametrize("status", ["WON", "LOST"])
def test_led_03_a_closed_lead_and_new_behaviour_are_a_second_lead(there, play, at, status, tables):
    for n in (1, 2):
        traced(there, "visit", BEGAN + timedelta(seconds=n), n, page="/price")
    records = tables.stream("again")
    at((BEGAN + DAY).isoformat())
    play()
    (first,) = leads()
    closed(first.lead_id, status)
    app_of("react_to_changes").handler({"Records": records}, None)
    assert len(leads()) == 1
    at((BEGAN + 2 * DAY).isoformat())

    traced(there, "visit", BEGAN + 2 * DAY, 3, page="/price")
    play()

    second = next(each for each in leads() if each.lead_id != first.lead_id)
    assert (second.previous_lead_id, second.owner) == (first.lead_id, "lisi")


def test_led_02_told_again_late_or_in_another_order_there_is_one_lead(there, play, tables, lambda_context):
    tables.stream("other")
    for n in (2, 1):
        traced(there, "visit", BEGAN + timedelta(minutes=n - 3), n, page="/price")
    records = tables.stream("other")
    play()
    before = (leads(), told_of(leads()[0].lead_id))

    app_of("react_to_changes").handler({"Records": [*reversed(records), *records]}, lambda_context)

    assert (leads(), told_of(leads()[0].lead_id)) == before
    assert len(before[0]) == 1


def test_led_02_killed_at_any_step_and_told_again_there_is_one_lead(
    there, corp, tables, monkeypatch, lambda_context
):
    tables.stream()
    for n in (1, 2):
        traced(there, "visit", BEGAN, n, page="/price")
    records, app, steps, n = tables.stream(), app_of("react_to_changes"), Steps(), 0
    while True:
        n += 1
        steps.restart(n)
        try:
            with steps.watched(monkeypatch, corp):
                app.handler({"Records": records}, lambda_context)
        except Killed:
            continue
        break

    assert n > 10
    assert len(leads()) == 1


def test_led_04_whoever_is_blacklisted_makes_none(there, ask, play):
    body = {"kind": "external_userid", "value": there, "colour": "black", "reason": "同行"}
    ask("POST", "/admin/lead-lists", body)

    for n in (1, 2):
        traced(there, "visit", BEGAN, n, page="/price")
    play()

    assert leads() == []


def test_led_09_a_scanned_code_is_the_leads_campaign(corp, ask, play, queues):
    in_force("wangwu")
    ask("POST", SIGNALS, {"name": "扫码", "kind": "scan", "match": "camp"})
    there = befriended(corp, "lisi")

    traced(there, "scan", BEGAN, 1, code="camp1")
    play()

    assert [(each.source, each.campaign) for each in leads()] == [("behaviour", "camp1")]


def test_a_customer_added_through_a_channel_is_a_lead_of_it(corp, ask, play, queues):
    in_force("wangwu")
    ask("POST", SIGNALS, {"name": "地推加粉", "kind": "customer_added", "match": "ch_spring"})
    there = befriended(corp, "lisi")

    traced(there, "customer_added", BEGAN, 1, channel_id="ch_spring")
    play()

    assert [(each.source, each.channel_id, each.owner) for each in leads()] == [
        ("channel", "ch_spring", "lisi")
    ]


def test_idn_13_a_form_that_was_sent_in_is_a_lead_with_its_phone(corp, ask, play, queues):
    in_force("wangwu")
    ask("POST", SIGNALS, {"name": "表单", "kind": "form", "match": "fm_1"})
    there = befriended(corp, "lisi")

    traced(there, "form", BEGAN, 1, form_id="fm_1", form="预约")
    play()

    assert [(each.source, each.name) for each in leads()] == [("form", "小雨")]


def test_signals_are_kept_by_administrators(corp, ask):
    made = ask("POST", SIGNALS, {**PRICES, "prelabels": ["高意向", "高意向"]})
    one = f"{SIGNALS}/{made.json['signal_id']}"

    assert (made.status, made.json["prelabels"]) == (201, ["高意向"])
    changed = ask("PUT", one, {**PRICES, "count": 3, "version": 1})
    stale = ask("PUT", one, {**PRICES, "version": 1})
    wrong = ask("POST", SIGNALS, {**PRICES, "count": 0})
    assert (changed.status, changed.json["count"]) == (200, 3)
    assert (stale.status, stale.code) == (409, "version_conflict")
    assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, "count")
    assert [each["count"] for each in ask("GET", SIGNALS).json["items"]] == [3]
    assert (ask("DELETE", one).status, ask("GET", one).status) == (204, 404)


def test_the_page_of_a_lead_tells_of_its_touches(there, play, corp):
    for n in (1, 2):
        traced(there, "visit", BEGAN, n, page="/price")
    play()
    traced(there, "visit", BEGAN + timedelta(minutes=1), 3, page="/price")
    play()

    shown = logged_in(corp, "lisi").send("GET", f"/workbench/leads/{leads()[0].lead_id}")

    assert (shown.status, lead(leads()[0].lead_id).owner) == (200, "lisi")
    assert "touch" in {each["kind"] for each in shown.json["timeline"]}


OF_RICH = {**PRICES, "count": 1, "condition": {"field": "order_amount", "op": "gte", "value": 500_000}}


@pytest.fixture
def rich(corp: Any, ask: Any, queues: Any) -> str:
    """A customer who is lisi's friend; a look at prices of who spent 5,000 yuan is a lead."""
    in_force("wangwu")
    assert ask("POST", SIGNALS, OF_RICH).status == 201
    return befriended(corp, "lisi")


@pytest.mark.parametrize(("spent", "found"), [(500_000, 1), (499_999, 0)])
def test_led_02_the_condition_has_to_hold_when_there_are_enough_acts(rich, play, spent, found):
    counted(rich, orders=Orders(1, spent))
    traced(rich, "visit", BEGAN, 1, page="/price")
    play()

    assert len(leads()) == found


def test_led_02_who_meets_the_condition_by_a_later_act_is_a_lead_of_it(rich, play, at):
    traced(rich, "visit", BEGAN, 1, page="/price")
    play()
    assert leads() == []
    counted(rich, orders=Orders(1, 500_000))
    traced(rich, "visit", at((BEGAN + DAY).isoformat()), 2, page="/price")
    play()

    assert len(leads()) == 1


@pytest.mark.parametrize("negated", [False, True])
def test_led_02_what_is_not_known_of_the_customer_makes_no_lead(corp, ask, play, queues, negated):
    in_force("wangwu")
    asked = {"field": "last_order_at", "op": "within_days", "value": 30}
    body = {**PRICES, "count": 1, "condition": {"not": asked} if negated else asked}
    assert ask("POST", SIGNALS, body).status == 201
    there = befriended(corp, "lisi")
    traced(there, "visit", BEGAN, 1, page="/price")
    play()

    assert leads() == []


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        ({"field": "shoe_size", "op": "eq", "value": 42}, "condition.field"),
        ({"all": [{"field": "order_amount", "op": "contains", "value": 1}]}, "condition.all.0.op"),
        ({"not": {"field": "order_amount", "op": "gte", "value": "viel"}}, "condition.not.value"),
        ({"field": "segments", "op": "any", "value": ["sg_none"]}, "condition.value"),
    ],
)
def test_a_wrong_condition_of_a_signal_is_named(ask, corp, condition, field):
    refused = ask("POST", SIGNALS, {**PRICES, "condition": condition})

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, field)
    assert ask("GET", SIGNALS).json["items"] == []


def test_the_condition_of_a_signal_is_shown_and_taken_away(ask, corp):
    made = ask("POST", SIGNALS, OF_RICH).json
    one = f"{SIGNALS}/{made['signal_id']}"

    assert ask("GET", one).json["condition"] == OF_RICH["condition"]
    assert ask("PUT", one, {**PRICES, "version": 1}).json["condition"] is None
    assert ask("GET", one).json["condition"] is None
