"""IDN-20: how many contacts of personal WeChat have come over to WeCom."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from scrm.http.caller import Caller
from tests.component.conftest import http_event_of
from tests.component.http_world import Answered
from tests.doubles.bundle import Bundle
from tests.faults.crashing import Killer
from wecom_simulator import acts

ADMIN = Caller("admin", "operations_admin", "all")
PHONES = [f"1380000{number:04}" for number in range(1, 11)]
PATH = "/admin/migrations"


@pytest.fixture
def bundle() -> Iterator[Bundle]:
    made = Bundle(seed="migration")
    with made.running():
        yield made


def ask(bundle: Bundle, method: str, path: str, body: Any = None, **more: Any) -> Answered | None:
    """Ask the console; None when the function died on the way."""
    answer = bundle.invoke("admin_api", http_event_of(method, path, body, caller=ADMIN, **more))
    return Answered(answer) if answer else None


def asked(bundle: Bundle, method: str, path: str, body: Any = None, **more: Any) -> Answered:
    answered = ask(bundle, method, path, body, **more)
    assert answered
    return answered


def imported(bundle: Bundle, phones: list[Any] = PHONES) -> str:
    answered = asked(bundle, "POST", PATH, {"name": "三店老客户", "phones": phones})
    assert answered.status == 201, answered.text
    return f"{PATH}/{answered.json['migration_id']}"


def added(bundle: Bundle, *phones: str, userid: str = "lisi", there: str = "") -> str:
    """Add a customer of whom the member notes phones; return the external_userid."""
    made = bundle.wecom.people.scan(userid=userid, external_userid=there)
    external_userid = str(made["external_userid"])
    bundle.wecom.people.relation(userid, external_userid).remark_mobiles = list(phones)
    bundle.arrive()
    bundle.settle()
    return external_userid


def renoted(bundle: Bundle, there: str, *phones: str, userid: str = "lisi") -> None:
    """Let the member note other phones, in WeCom's client."""
    bundle.time.sleep(60)
    bundle.wecom.people.relation(userid, there).remark_mobiles = list(phones)
    acts.member_edits(bundle.wecom, userid=userid, external_userid=there, remark=f"改 {len(phones)}")
    bundle.arrive()
    bundle.settle()


def known_by(bundle: Bundle, phone: str, customer_id: str = "cu_crm") -> str:
    """Store a customer whom another system knows by a phone, and who is nobody's friend."""
    from scrm.customers.dynamodb import Customers
    from scrm.customers.model import Customer
    from scrm.identities.dynamodb import Identities

    now = bundle.time.now()
    Identities().bind("phone", phone, customer_id, now)
    Customers().save_customer(Customer(customer_id, identities=(("phone", phone),)), now)
    bundle.settle()
    return customer_id


def customer_id(there: str) -> str:
    from scrm.customers.dynamodb import Customers

    contact = Customers().contact(there, consistent=True)
    assert contact
    return contact.customer_id


def counts(bundle: Bundle, migration: str) -> tuple[int, int, float | None]:
    shown = asked(bundle, "GET", migration).json
    return shown["total"], shown["migrated"], shown["percent"]


@pytest.mark.parametrize("list_first", [True, False])
def test_idn_20_4_added_of_a_list_of_10_are_40_percent_whichever_came_first(
    bundle: Bundle, list_first: bool
) -> None:
    migration = imported(bundle) if list_first else ""
    for phone in PHONES[:4]:
        added(bundle, f"+86 {phone[:3]}-{phone[3:]}")
    added(bundle, "13911110000")
    migration = migration or imported(bundle)

    assert counts(bundle, migration) == (10, 4, 40.0)
    items = asked(bundle, "GET", migration).json["items"]
    assert [each["migrated"] for each in items] == [True] * 4 + [False] * 6
    assert items[0]["phone"] == "138****0001"


@pytest.mark.parametrize("list_first", [True, False])
def test_idn_20_a_bound_phone_counts_once_its_customer_is_a_friend(bundle: Bundle, list_first: bool) -> None:
    migration = imported(bundle) if list_first else ""
    known_by(bundle, PHONES[0])
    migration = migration or imported(bundle)
    assert counts(bundle, migration)[1] == 0

    from dataclasses import replace

    from scrm.customers.dynamodb import Customers
    from scrm.identities.dynamodb import Identities

    mine = customer_id(added(bundle))
    Identities().bind("phone", PHONES[1], mine, bundle.time.now())
    customer = Customers().customer(mine, consistent=True)
    assert customer
    Customers().save_customer(replace(customer, identities=(("phone", PHONES[1]),)), bundle.time.now())

    assert counts(bundle, migration)[1] == 1


@pytest.mark.parametrize("into_the_friend", [True, False])
def test_idn_20_whoever_is_merged_with_a_friend_counts_until_they_are_parted(
    bundle: Bundle, into_the_friend: bool
) -> None:
    migration, crm = imported(bundle), known_by(bundle, PHONES[0])
    friend = customer_id(added(bundle))
    goes, stays = (crm, friend) if into_the_friend else (friend, crm)

    merged = asked(bundle, "POST", f"/admin/customers/{goes}:merge", {"into": stays})
    assert (merged.status, counts(bundle, migration)[1]) == (200, 1), merged.text
    parted = asked(bundle, "POST", f"/admin/customers/{goes}:unmerge", {})
    assert (parted.status, counts(bundle, migration)[1]) == (200, 0), parted.text


def test_idn_20_a_friendship_that_ended_counts_and_a_number_noted_by_mistake_does_not(bundle: Bundle) -> None:
    migration = imported(bundle)
    gone, mistaken = added(bundle, PHONES[0]), added(bundle, PHONES[1], PHONES[2])
    added(bundle, PHONES[2], userid="wangwu", there=mistaken)
    bundle.time.sleep(60)
    acts.customer_deletes(bundle.wecom, userid="lisi", external_userid=gone)
    bundle.arrive()
    bundle.settle()
    assert counts(bundle, migration)[1] == 3

    renoted(bundle, mistaken)

    assert counts(bundle, migration)[1] == 2
    assert [row["PK"] for row in bundle.rows("NOTED#")] == [f"NOTED#{PHONES[0]}", f"NOTED#{PHONES[2]}"]


def test_idn_20_records_of_the_stream_delivered_again_change_nothing(bundle: Bundle) -> None:
    renoted(bundle, added(bundle, PHONES[0], PHONES[1]), PHONES[1])
    before = bundle.rows("NOTED#")

    assert bundle.invoke("react_to_changes", {"Records": bundle.cloud.store.stream}) is not None

    assert bundle.rows("NOTED#") == before != []


def test_idn_20_each_row_is_judged_by_itself(bundle: Bundle) -> None:
    phones = ["+86 138 0000 0001", "13800000001", "abc", 7, "", None, "１３８０００００００２"]

    answered = asked(bundle, "POST", PATH, {"name": "打 13800000001 问", "phones": phones})

    told = answered.json
    assert (answered.status, told["imported"], told["invalid"], told["duplicate"]) == (201, 2, 4, 1)
    wrong = {each["row"]: each["status"] for each in told["faults"]}
    assert wrong == {1: "duplicate", **dict.fromkeys((2, 3, 4, 5), "invalid")}
    assert told["name"] == "打 138****0001 问"
    lines = [row for row in bundle.rows("AUDIT") if row.get("action") == "migration_imported"]
    assert len(lines) == 1
    assert "13800000001" not in str(lines)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "老客户"}, "phones"),
        ({"name": "老客户", "phones": []}, "phones"),
        ({"name": "老客户", "phones": ["abc"]}, "phones"),
        ({"name": "老客户", "phones": ["1"] * 10_001}, "phones"),
        ({"name": "", "phones": PHONES}, "name"),
        ({"name": "老客户", "phones": PHONES, "more": 1}, "more"),
    ],
)
def test_idn_20_a_list_that_is_none_is_refused(bundle: Bundle, body: Any, field: str) -> None:
    refused = asked(bundle, "POST", PATH, body)

    assert (refused.status, [each["field"] for each in refused.json["errors"]]) == (422, [field])
    assert bundle.rows("MIGRATION") == []


def test_idn_20_pages_show_every_phone_once_and_their_cursors_none(bundle: Bundle) -> None:
    for phone in PHONES[:4]:
        added(bundle, phone)
    migration = imported(bundle)
    rows, cursor = list[int](), ""
    for _ in range(3):
        more = {"query": {"limit": "2", "migrated": "false", **({"cursor": cursor} if cursor else {})}}
        page = asked(bundle, "GET", migration, **more).json
        rows += [each["row"] for each in page["items"]]
        cursor = page["next_cursor"] or ""
        assert b"1380000" not in base64.urlsafe_b64decode(cursor + "==")

    assert (rows, cursor) == ([4, 5, 6, 7, 8, 9], "")
    foreign = asked(bundle, "GET", migration, query={"cursor": "eA"})
    assert (foreign.status, foreign.json["errors"][0]["field"]) == (422, "cursor")


def test_idn_20_an_import_killed_anywhere_is_completed_by_asking_again() -> None:
    def run(at: int) -> tuple[Any, Killer]:
        bundle, killer = Bundle(seed="migration"), Killer(at)
        body, headers = {"name": "老客户", "phones": PHONES * 3}, {"Idempotency-Key": "once"}
        with bundle.running("fast"):
            with killer.loose_in(bundle):
                first = ask(bundle, "POST", PATH, body, headers=headers)
            again = first or asked(bundle, "POST", PATH, body, headers=headers)
            assert (again.status, again.json["imported"], again.json["duplicate"]) == (201, 10, 20)
            keys = sorted((row["PK"], row["SK"]) for row in bundle.rows("MIGRATION"))
            actions = [row.get("action") for row in bundle.rows("AUDIT") if row["SK"] != "HEAD"]
            return (keys, actions), killer

    expected, undisturbed = run(0)
    assert len(expected[0]) == 11
    assert expected[1] == ["migration_imported"]
    for at in range(1, undisturbed.steps + 1):
        found, killer = run(at)
        assert found == expected, killer.fatal


def test_idn_20_a_list_is_shown_and_deleted_with_its_phones(bundle: Bundle) -> None:
    migration = imported(bundle)
    (shown,) = asked(bundle, "GET", PATH).json["items"]
    assert (shown["name"], shown["imported"], shown["kept_until"][:10]) == ("三店老客户", 10, "2027-03-02")

    assert asked(bundle, "DELETE", migration).status == 204

    assert bundle.rows("MIGRATION") == []
    assert [asked(bundle, method, migration).status for method in ("GET", "DELETE")] == [404, 404]


def test_idn_20_p1_erasing_a_person_takes_them_from_the_list_and_leaves_who_shares_the_number(
    bundle: Bundle,
) -> None:
    migration = imported(bundle)
    there, other = added(bundle, PHONES[0], PHONES[1]), added(bundle, PHONES[1])

    confirmed = {"reason": "本人要求", "confirm": "永久删除"}
    assert asked(bundle, "POST", f"/admin/customers/{there}:erase", confirmed).status == 202
    bundle.settle()
    bundle.time.sleep(60)
    bundle.settle()

    assert counts(bundle, migration) == (8, 0, 0.0)
    assert [(row["PK"], row["relations"]) for row in bundle.rows("NOTED#")] == [
        (f"NOTED#{PHONES[1]}", {f"{other}#lisi"})
    ]


def test_idn_20_p4_a_list_goes_by_itself_after_a_year(bundle: Bundle) -> None:
    imported(bundle)
    for days, left in ((364, 11), (2, 0)):
        bundle.time.sleep(days * 86_400)
        bundle.invoke("apply_retention", {"time": bundle.time.now().isoformat()})
        assert len(bundle.rows("MIGRATION")) == left
