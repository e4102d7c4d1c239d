"""A customer who was merged into another is one customer wherever the sidebar shows them (spec IDN-07)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.component.conftest import CORP_ID, START
from tests.component.http_world import befriended, logged_in

BEGAN = datetime.fromisoformat(START)


@pytest.fixture
def two(corp):
    """Two contacts of one person, the second's customer merged into the first's; return external_userids."""
    from scrm import clock
    from scrm.customers.dynamodb import Customers
    from scrm.customers.model import ContactMethod, customer_id_of

    there, here = befriended(corp, "lisi", "小雨"), befriended(corp, "lisi", "小雨 公司")
    rows = Customers()
    stays, goes = rows.customer(customer_id_of(CORP_ID, there)), rows.customer(customer_id_of(CORP_ID, here))
    assert stays
    assert goes
    rows.save_customer(
        replace(stays, absorbed=(goes.customer_id,), custom_fields={"city": "杭州"}), clock.now()
    )
    rows.save_customer(
        replace(
            goes,
            merged_into=stays.customer_id,
            custom_fields={"city": "上海", "budget": 5},
            contact_methods=(ContactMethod("email", "a@example.com"),),
            identities=(("crmid", "C-7"),),
        ),
        clock.now(),
    )
    return there, here


def block(corp, external_userid):
    return logged_in(corp, "lisi").send("GET", f"/sidebar/customers/{external_userid}").json["customer"]


def stored(external_userid):
    from scrm.customers.dynamodb import Customers
    from scrm.customers.model import customer_id_of

    return Customers().customer(customer_id_of(CORP_ID, external_userid), consistent=True)


def test_idn_07_both_contacts_show_the_one_customer(corp, two):
    there, here = two

    assert block(corp, there) == block(corp, here)
    shown = block(corp, here)
    assert (shown["customer_id"], shown["crmid"]) == (stored(there).customer_id, "C-7")
    assert shown["custom_fields"] == {"city": "杭州", "budget": 5}
    assert shown["contact_methods"] == [{"type": "email", "value": "a***@example.com"}]


def test_a_change_of_the_whole_leaves_each_part_what_was_its_own(corp, two):
    there, here = two
    path = f"/sidebar/customers/{here}"
    version = block(corp, here)["version"]

    changed = logged_in(corp, "lisi").send(
        "PATCH", path, {"custom_fields": {"city": "南京", "budget": None}, "customer_version": version}
    )
    methods = [{"type": "mobile", "value": "13800008000"}, {"type": "email", "value": "a***@example.com"}]
    put = logged_in(corp, "lisi").send("PUT", f"{path}/contact-methods", {"methods": methods})
    stale = logged_in(corp, "lisi").send(
        "PATCH", path, {"custom_fields": {"city": "x"}, "customer_version": version}
    )

    assert (changed.status, put.status, stale.status) == (200, 200, 409)
    assert changed.json["customer"]["custom_fields"] == {"city": "南京"}
    assert [each["value"] for each in put.json["contact_methods"]] == ["138****8000", "a***@example.com"]
    assert (stored(there).custom_fields, stored(here).custom_fields) == ({"city": "南京"}, {"city": "上海"})
    assert [each.value for each in stored(there).contact_methods] == ["13800008000"]
    assert [each.value for each in stored(here).contact_methods] == ["a@example.com"]


def test_the_traces_of_all_parts_are_one_trace_newest_first_however_it_is_cut(corp, two):
    from scrm.timeline.dynamodb import Timeline
    from scrm.timeline.model import Entry

    there, here = two
    ids = [stored(each).customer_id for each in two]
    for number in range(7):
        at = BEGAN + timedelta(minutes=number // 2)
        Timeline().append(ids[number % 2], Entry(f"e{number}", "visit", at, "lisi", there))
    browser, seen, cursor = logged_in(corp, "lisi"), [], ""
    while True:
        page = browser.send("GET", f"/sidebar/customers/{here}/timeline?limit=2{cursor}").json
        seen += [each["entry_id"].partition("#")[2] for each in page["items"]]
        Timeline().append(ids[0], Entry("late", "visit", BEGAN + timedelta(hours=1), "lisi", there))
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert sorted(seen) == [f"e{number}" for number in range(7)]
    assert [int(each[1]) // 2 for each in seen] == [3, 2, 2, 1, 1, 0, 0]
