"""P2: a person's own data, every stored field of every store, as data and as text."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from scrm.http.caller import Caller
from tests.component.privacy import world
from tests.component.privacy.world import ask, known_customer
from tests.doubles.bundle import Bundle

REASON = {"reason": "本人来电要求"}


@pytest.fixture
def bundle() -> Iterator[Bundle]:
    made = Bundle(seed="export")
    with made.running():
        yield made


def export(bundle: Bundle, named: str, **more: Any) -> Any:
    return ask(bundle, "POST", f"/admin/customers/{named}:export", {**REASON, **more})


def test_p2_every_row_that_speaks_of_the_person_is_in_it(bundle):
    there = known_customer(bundle)
    ids = (there, world.customer_id(there))
    told = {
        (row["PK"], row["SK"])
        for row in bundle.rows()
        if any(each in json.dumps(row, ensure_ascii=False, default=str) for each in ids)
    }

    answered = export(bundle, there)

    assert answered.status == 200, answered.text
    found = {(row["PK"], row["SK"]) for each in answered.json["sections"] for row in each["rows"]}
    derived = ("HAS#", "RANGE#", "NOTED#", "MASS#", "PLAN#")
    assert {key for key in told - found if not key[0].startswith(derived)} == set()
    assert answered.json["next_cursor"] is None


def test_p2_a_person_can_read_it(bundle):
    there = known_customer(bundle)

    text = export(bundle, there).json["text"]

    assert f"姓名：{world.NAME}" in text
    assert all(each in text for each in (world.REMARK, world.PHONE, world.EMAIL, world.CRMID))
    assert "【同意记录】" not in text
    assert "用途：profiling" in text


def test_p2_those_merged_into_the_customer_are_in_it(bundle):
    from dataclasses import replace

    from scrm.customers.dynamodb import Customers

    there, rows = known_customer(bundle), Customers()
    other = str(bundle.wecom.people.scan(userid="lisi")["external_userid"])
    bundle.arrive()
    bundle.settle()
    root, gone = (rows.customer(world.customer_id(each)) for each in (there, other))
    assert root
    assert gone
    rows.save_customer(replace(gone, merged_into=root.customer_id), bundle.time.now())
    rows.save_customer(replace(root, absorbed=(gone.customer_id,)), bundle.time.now())

    answered = export(bundle, gone.customer_id)

    assert answered.json["customer_id"] == root.customer_id
    assert {there, other} <= {
        row["PK"].partition("#")[2]
        for each in answered.json["sections"]
        for row in each["rows"]
        if row["PK"].startswith("CONTACT#")
    }


def test_p2_a_long_one_comes_in_parts_without_a_gap(bundle, monkeypatch):
    there = known_customer(bundle)
    whole = export(bundle, there).json["sections"]
    monkeypatch.setattr("scrm.privacy.exporting.LARGEST_PART", 2_000)

    rows, cursor = [], None
    for _ in range(200):
        part = export(bundle, there, **({"cursor": cursor} if cursor else {})).json
        rows += [(row["PK"], row["SK"]) for each in part["sections"] for row in each["rows"]]
        cursor = part["next_cursor"]
        if cursor is None:
            break

    kept = [key for key in rows if key[0] != "AUDIT"]
    assert kept == [(row["PK"], row["SK"]) for each in whole for row in each["rows"] if row["PK"] != "AUDIT"]


def test_adm_04_staff_can_neither_export_nor_delete(bundle):
    there = known_customer(bundle)
    staff = Caller("zhangsan", "staff", "own")
    body = {**REASON, "confirm": "永久删除"}

    assert ask(bundle, "POST", f"/admin/customers/{there}:export", REASON, staff).status == 403
    assert ask(bundle, "POST", f"/admin/customers/{there}:erase", body, staff).status == 403


def test_adm_04_each_export_leaves_its_audit_line_with_the_reason(bundle):
    there = known_customer(bundle)

    export(bundle, there)

    line = [row for row in bundle.rows("AUDIT") if row["SK"] != "HEAD"][-1]
    assert (line["action"], json.loads(line["after"])["reason"]) == ("customer_exported", REASON["reason"])
