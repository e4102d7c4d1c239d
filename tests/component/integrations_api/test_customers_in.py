"""Customers in from a CRM, by record and version; it decides what it masters (INT-01, INT-05)."""

from hashlib import sha256
from itertools import permutations
from typing import Any

import pytest

from scrm import clock
from tests.component.conftest import CORP_ID
from tests.component.http_world import befriended, logged_in
from tests.component.integrations_api.senders import rows_of, sent, statuses

PATH = "/integrations/customers"


def told(*rows: Any) -> Any:
    return sent("POST", PATH, {"customers": list(rows)})


def row(version: int = 1, **more: Any) -> dict[str, Any]:
    return {"crmid": "C-1", "version": version, **more}


def customer(crmid: str = "C-1") -> Any:
    from scrm.customers.dynamodb import Customers
    from scrm.identities.dynamodb import Identities

    owner = Identities().owner("crmid", crmid, consistent=True)
    return Customers().customer(str(owner), consistent=True)


def define(key: str = "budget", kind: str = "number", **more: Any) -> None:
    from scrm.fields.dynamodb import FieldRow, forget
    from scrm.fields.model import CustomField

    custom = CustomField(key, key, type=kind, **more)  # type: ignore[arg-type]  # a type by name
    FieldRow.of(custom, clock.now()).save()
    forget()


def test_int_01_a_customer_nobody_knew_is_created_with_all_the_crm_says(feed: Any) -> None:
    from scrm.facts.dynamodb import load

    (made,) = rows_of(
        told(
            row(
                name="王小雨",
                kind="existing",
                phone="+86 138 0000 8000",
                email="Yu@example.com",
                contact_methods=[{"type": "landline", "value": "021-5555 6666"}],
                fields={"city": "上海"},
                interests=["P"],
                birthday="1990-05-01",
                member_since="2024-01-01T00:00:00+08:00",
                follows_official_account=True,
            )
        )
    )
    known = customer()

    assert (made["status"], made["created"], made["customer_id"]) == ("recorded", True, known.customer_id)
    assert (known.name, known.kind, known.interests) == ("王小雨", "existing", ("P",))
    assert set(known.identities) == {("crmid", "C-1"), ("phone", "13800008000"), ("email", "yu@example.com")}
    assert {each.value for each in known.contact_methods} == {"02155556666", "13800008000", "yu@example.com"}
    assert known.crm["birthday"] == "1990-05-01"
    facts = load(known.customer_id, consistent=True)
    assert (facts.member_since.isoformat(), facts.follows_official_account) == (
        "2023-12-31T16:00:00+00:00",
        True,
    )


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
def test_int_01_upserts_are_idempotent_by_crmid_and_version(feed: Any, order: tuple[int, ...]) -> None:
    for version in order:
        told(row(version, name=f"v{version}"))
    before = customer()
    assert statuses(told(row(1, name="old"), row(3, name="again"))) == ["unchanged", "unchanged"]

    assert customer() == before
    assert customer().name == "v3"


def test_a_customer_known_by_an_identity_or_a_contact_is_refreshed_and_not_doubled(feed: Any) -> None:
    from scrm.customers.model import customer_id_of

    first, second = befriended(feed, "lisi"), befriended(feed, "lisi", "小丽")
    sent("POST", "/integrations/identities", {"external_userid": first, "phone": "13800008000"})

    rows = rows_of(told(row(phone="13800008000"), {"crmid": "C-2", "version": 1, "external_userid": second}))
    assert [each["created"] for each in rows] == [False, False]
    assert [each["customer_id"] for each in rows] == [
        customer_id_of(CORP_ID, each) for each in (first, second)
    ]
    assert customer().external_userids == (first,)


def test_identities_of_two_customers_are_a_conflict_and_nothing_is_written(feed: Any, tables: Any) -> None:
    told(row(phone="13800008000"), {"crmid": "C-2", "version": 1, "phone": "13900009000"})
    before = customer()

    (refused,) = rows_of(told(row(2, name="新", phone="13900009000")))
    assert (refused["status"], len(refused["conflict_ids"])) == ("conflict", 1)
    assert len(tables.rows("CONFLICTS")) == 1
    assert customer() == before


def test_int_05_the_crm_wins_for_what_it_masters_and_people_for_the_rest(feed: Any) -> None:
    define("budget", mastered_by_crm=True)
    there = befriended(feed, "lisi")
    told(
        row(1, external_userid=there, fields={"budget": 1, "city": "上海", "level": "A"}, mastered=["level"])
    )

    def edit(**values: Any) -> Any:
        path = f"/sidebar/customers/{there}"
        return logged_in(feed, "lisi").send("PATCH", path, {"custom_fields": values})

    for key, value in (("budget", 2), ("level", "B")):
        refused = edit(**{key: value})
        assert (refused.status, refused.code) == (409, "mastered_by_crm")
        assert refused.json["errors"][0]["field"] == f"custom_fields.{key}"
    assert edit(city="杭州").status == 200

    told(row(2, fields={"budget": 3, "city": "北京", "level": "C"}))
    assert customer().custom_fields == {"budget": 3, "city": "杭州", "level": "C"}

    told(row(3, fields={"budget": None}))
    assert customer().custom_fields == {"city": "杭州", "level": "C"}


def test_what_nobody_changed_here_follows_the_crm(feed: Any) -> None:
    told(row(1, fields={"city": "上海"}))
    told(row(2, fields={"city": "北京"}))
    assert customer().custom_fields == {"city": "北京"}


def test_an_existing_customer_does_not_become_a_prospect(feed: Any) -> None:
    told(row(1, kind="existing"))
    told(row(2, kind="prospect"))
    assert customer().kind == "existing"


def test_a_wrong_row_is_named_and_stops_no_other(feed: Any) -> None:
    define("budget")
    rows = rows_of(
        told(
            row(fields={"budget": "很多"}),
            row(phone="x"),
            row(birthday="1990-13-01"),
            row(external_userid="wmNobody"),
            row(contact_methods=[{"type": "mobile", "value": "12"}]),
            row(surprise=1),
            {"version": 1},
            row(0),
            {"crmid": "C-9", "version": 1},
        )
    )
    assert [each["status"] for each in rows] == [*["invalid"] * 8, "recorded"]
    assert [each["errors"][0]["field"] for each in rows[:8]] == [
        "fields.budget",
        "phone",
        "birthday",
        "external_userid",
        "contact_methods.0.value",
        "surprise",
        "crmid",
        "version",
    ]


def test_unknown_fields_are_refused_where_the_corp_says_so(feed: Any) -> None:
    from pynamodb.transactions import TransactWrite

    from scrm.settings.dynamodb import save_step
    from scrm.settings.model import Settings
    from scrm.table import Row

    with TransactWrite(connection=Row._get_connection().connection) as transaction:
        save_step(Settings(strict_fields=True), 0, clock.now())(transaction)

    (refused,) = rows_of(told(row(fields={"free": 1})))
    assert (refused["status"], refused["errors"][0]["field"]) == ("invalid", "fields.free")


def test_killed_before_the_transaction_nothing_is_left(
    feed: Any, tables: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scrm.integrations import customer_feed

    def dies(*_: Any) -> Any:
        raise KeyboardInterrupt

    one = row(phone="13800008000", member_since="2024-01-01T00:00:00+08:00")
    with monkeypatch.context() as patch:
        patch.setattr(customer_feed.facts, "tally_step", dies)
        with pytest.raises(KeyboardInterrupt):
            told(one)
    assert not tables.rows("CUSTOMER#")
    assert not tables.rows("IDENTITY#")
    assert statuses(told(one)) == ["recorded"]


def test_who_is_always_overtaken_is_told_to_send_again(feed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from scrm.customers.dynamodb import Customers
    from scrm.integrations import customer_feed

    told(row(1))
    read = customer_feed.facts.tally_of

    def slow(customer_id: str) -> Any:
        Customers().save_customer(replace(customer(), name="other"), clock.now())
        return read(customer_id)

    monkeypatch.setattr(customer_feed.facts, "tally_of", slow)
    assert statuses(told(row(2))) == ["busy"]


def test_a_customer_has_so_many_ways_to_reach_them_and_the_row_says_so(feed: Any) -> None:
    def methods(version: int) -> Any:
        given = [{"type": "landline", "value": f"021-{version:04}{n:04}"} for n in range(20)]
        (made,) = rows_of(told(row(version, contact_methods=given)))
        return made

    assert [methods(version)["status"] for version in range(1, 6)] == ["recorded"] * 5

    refused = methods(6)

    assert (refused["status"], refused["errors"][0]["field"]) == ("invalid", "contact_methods")
    assert statuses(told(row(7, name="王"))) == ["recorded"]


def test_a_customers_id_does_not_tell_the_record_it_was_made_by(feed: Any) -> None:
    (made,) = rows_of(told(row()))

    assert made["customer_id"] != "cu_" + sha256(b"crmid\0C-1").hexdigest()[:24]
