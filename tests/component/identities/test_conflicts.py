"""spec IDN-07: one identity claimed by two customers is merged or rejected by a person, and can be parted."""

from datetime import timedelta
from typing import Any

import pytest

from tests.component.http_world import befriended
from tests.component.identities.conftest import BEGAN


@pytest.fixture
def claim(corp: Any, bind: Any) -> Any:
    """Two contacts, each of a customer; the second's claim on the first's phone has been refused."""
    one, two = befriended(corp, "lisi", "小雨"), befriended(corp, "wangwu", "小雨 公司")
    assert bind(external_userid=one, phone="13800008000").status == 200
    assert bind(external_userid=two, crmid="C-2").status == 200
    refused = bind(external_userid=two, phone="138 0000 8000")
    assert (refused.status, refused.code) == (409, "identity_conflict")
    return one, two, refused.json["conflict_id"]


def customer_id(member: Any, external_userid: str) -> str:
    return str(member.send("GET", f"/sidebar/customers/{external_userid}").json["customer"]["customer_id"])


def raw(external_userid: str) -> Any:
    from scrm.customers.dynamodb import Customers

    contact = Customers().contact(external_userid, consistent=True)
    assert contact
    return Customers().customer(contact.customer_id, consistent=True)


def lines(tables: Any, action: str) -> list[Any]:
    return [row for row in tables.rows("AUDIT") if row.get("action") == action]


def test_idn_07_the_same_claim_is_the_same_conflict(claim: Any, bind: Any, admin: Any) -> None:
    _, two, conflict_id = claim

    again = bind(external_userid=two, phone="13800008000")

    assert again.json["conflict_id"] == conflict_id
    (listed,) = admin.send("GET", "/admin/conflicts?status=open").json["items"]
    assert (listed["conflict_id"], listed["kind"], listed["value"]) == (conflict_id, "phone", "138****8000")
    assert admin.send("GET", "/admin/conflicts?status=merged").json["items"] == []


def test_idn_07_a_preview_shows_the_union_and_changes_nothing(claim: Any, admin: Any, tables: Any) -> None:
    one, two, conflict_id = claim
    before = tables.typed()

    shown = admin.send("GET", f"/admin/conflicts/{conflict_id}:preview").json

    merged = shown["merged"]
    assert merged["customer"]["customer_id"] == shown["stays"]["parts"][0]
    assert {each["kind"] for each in merged["customer"]["identities"]} == {"phone", "crmid"}
    assert {each["external_userid"] for each in merged["contacts"]} == {one, two}
    assert {(each["external_userid"], each["userid"]) for each in merged["relations"]} == {
        (one, "lisi"),
        (two, "wangwu"),
    }
    assert tables.typed() == before


def test_idn_07_a_merge_makes_one_customer_with_all_relations(
    claim: Any, admin: Any, member: Any, bind: Any, tables: Any
) -> None:
    one, two, conflict_id = claim
    path = f"/admin/conflicts/{conflict_id}:merge"

    merged = admin.send("POST", path, {"reason": "同一人"})
    again = admin.send("POST", path, {})

    assert (merged.status, again.status) == (200, 200)
    assert merged.json["customer"] == again.json["customer"]
    assert {each["userid"] for each in merged.json["customer"]["relations"]} == {"lisi", "wangwu"}
    assert customer_id(admin, one) == customer_id(admin, two) == merged.json["stays"]
    assert len(lines(tables, "customers_merged")) == 1
    assert admin.send("GET", f"/admin/conflicts/{conflict_id}").json["status"] == "merged"
    bound = bind(external_userid=two, phone="13800008000")
    assert (bound.status, bound.json["customer_id"]) == (200, merged.json["stays"])
    looked_up = admin.send("GET", "/admin/customers:lookup?kind=crmid&value=C-2").json
    assert looked_up["customer"]["customer_id"] == merged.json["stays"]


def test_idn_07_the_claimant_may_be_the_one_who_stays(claim: Any, admin: Any, member: Any) -> None:
    one, two, conflict_id = claim
    stays = raw(two).customer_id

    admin.send("POST", f"/admin/conflicts/{conflict_id}:merge", {"stays": stays})

    assert customer_id(member, one) == stays


def test_idn_07_a_rejected_claim_stays_rejected(claim: Any, bind: Any, admin: Any, tables: Any) -> None:
    one, two, conflict_id = claim

    path = f"/admin/conflicts/{conflict_id}"

    rejected = admin.send("POST", f"{path}:reject", {"reason": "同号不同人"})
    again = admin.send("POST", f"{path}:reject", {"reason": "同号不同人"})
    claimed = bind(external_userid=two, phone="13800008000")

    assert (rejected.json["status"], rejected.json["reason"]) == ("rejected", "同号不同人")
    assert again.json == rejected.json
    assert (claimed.status, claimed.json["conflict_id"]) == (409, conflict_id)
    assert admin.send("GET", path).json["status"] == "rejected"
    assert admin.send("POST", f"{path}:merge", {}).code == "conflict_decided"
    assert raw(one).customer_id != raw(two).customer_id
    assert len(lines(tables, "conflict_rejected")) == 1


def test_idn_07_a_decision_on_an_old_version_or_a_stranger_is_refused(claim: Any, admin: Any) -> None:
    path = f"/admin/conflicts/{claim[2]}"

    assert admin.send("POST", f"{path}:merge", {"version": 7}).code == "version_conflict"
    assert admin.send("POST", f"{path}:merge", {"stays": "cu_other"}).status == 422
    assert admin.send("POST", f"{path}:reject", {}).json["errors"][0]["field"] == "reason"


def test_idn_07_a_reversal_is_exact_also_for_what_came_in_between(
    claim: Any, admin: Any, member: Any, told: Any, tables: Any
) -> None:
    one, two, conflict_id = claim
    before = {each: raw(each) for each in (one, two)}
    merged = admin.send("POST", f"/admin/conflicts/{conflict_id}:merge", {}).json
    visit = {"kind": "visit", "page": "/p", "at": (BEGAN - timedelta(minutes=5)).isoformat()}
    events = [
        {**visit, "source_id": "s1", "external_userid": one},
        {**visit, "source_id": "s2", "crmid": "C-2"},
    ]
    assert told("/integrations/conversation-events", {"events": events}).json["recorded"] == 2
    both = member.send("GET", f"/sidebar/customers/{one}/timeline").json["items"]
    assert len(both) == 2

    parted = admin.send("POST", f"/admin/customers/{merged['goes']}:unmerge", {"reason": "看错了"})

    assert (parted.status, parted.json["action"]) == (200, "parted")
    for each in (one, two):
        now_is, was = raw(each), before[each]
        assert (now_is.identities, now_is.external_userids) == (was.identities, was.external_userids)
        assert (now_is.merged_into, now_is.absorbed) == (None, ())
        assert len(tables.rows(f"TIMELINE#{was.customer_id}")) == 1
    assert len(member.send("GET", f"/sidebar/customers/{one}/timeline").json["items"]) == 1
    assert admin.send("POST", f"/admin/customers/{merged['goes']}:unmerge", {}).code == "not_merged"
    assert len(lines(tables, "customers_parted")) == 1


def test_idn_07_a_claim_after_a_reversal_is_open_again(claim: Any, admin: Any, bind: Any) -> None:
    _, two, conflict_id = claim
    goes = admin.send("POST", f"/admin/conflicts/{conflict_id}:merge", {}).json["goes"]
    admin.send("POST", f"/admin/customers/{goes}:unmerge", {})

    claimed = bind(external_userid=two, phone="13800008000")

    assert claimed.json["conflict_id"] == conflict_id
    assert admin.send("GET", f"/admin/conflicts/{conflict_id}").json["status"] == "open"


def test_idn_07_two_chosen_customers_are_merged_once_and_never_in_a_ring(corp: Any, admin: Any) -> None:
    a, b, c = (raw(befriended(corp, "lisi", name)).customer_id for name in "甲乙丙")

    def merge(goes: str, into: str, **more: Any) -> Any:
        return admin.send("POST", f"/admin/customers/{goes}:merge", {"into": into, **more})

    assert merge(a, a).code == "same_customer"
    assert merge(a, b, version=9).code == "version_conflict"
    assert merge(a, b, version=1, into_version=1).status == 200
    assert merge(a, b).status == 200
    assert merge(b, a).code == "already_merged"
    assert merge(a, c).code == "already_merged"
    assert merge(c, a).code == "already_merged"
    assert merge(b, c).json["customer"]["parts"] == [c, b, a]
    assert merge("cu_nobody", a).status == 404
    assert merge(c, "cu_nobody").status == 404


def test_idn_07_parting_in_the_middle_of_a_chain_takes_along_whoever_went_before(
    corp: Any, admin: Any
) -> None:
    from scrm.customers.dynamodb import Customers

    a, b, c = (raw(befriended(corp, "lisi", name)).customer_id for name in "甲乙丙")
    admin.send("POST", f"/admin/customers/{a}:merge", {"into": b})
    admin.send("POST", f"/admin/customers/{b}:merge", {"into": c})

    admin.send("POST", f"/admin/customers/{b}:unmerge", {})

    wholes = {each: [one.customer_id for one in Customers().whole(each)] for each in (a, b, c)}
    assert wholes == {a: [b, a], b: [b, a], c: [c]}

    admin.send("POST", f"/admin/customers/{b}:merge", {"into": c})
    admin.send("POST", f"/admin/customers/{a}:unmerge", {})
    assert [one.customer_id for one in Customers().whole(b)] == [c, b]
    assert [one.customer_id for one in Customers().whole(a)] == [a]


def test_idn_07_a_merge_that_died_before_its_answer_is_simply_repeated(
    claim: Any, admin: Any, monkeypatch: pytest.MonkeyPatch, tables: Any
) -> None:
    from scrm.identities import conflict_routes

    def died(*_: Any) -> None:
        raise RuntimeError

    path = f"/admin/conflicts/{claim[2]}:merge"
    with monkeypatch.context() as killed:
        killed.setattr(conflict_routes, "whole_out", died)
        assert admin.send("POST", path, {}).status == 500

    assert admin.send("POST", path, {}).status == 200
    assert len(lines(tables, "customers_merged")) == 1


def test_idn_07_a_mobile_of_another_customer_in_the_sidebar_opens_a_conflict(
    corp: Any, admin: Any, member: Any, bind: Any
) -> None:
    one, two = befriended(corp, "lisi", "小雨"), befriended(corp, "lisi", "小雨 公司")
    bind(external_userid=one, phone="13800008000")

    body = {"methods": [{"type": "mobile", "value": "13800008000"}]}
    refused = member.send("PUT", f"/sidebar/customers/{two}/contact-methods", body)

    (listed,) = admin.send("GET", "/admin/conflicts").json["items"]
    assert (refused.status, refused.json["conflict_id"]) == (409, listed["conflict_id"])
    assert listed["source"] == "staff:lisi"


def test_conflicts_are_paged_and_their_cursor_belongs_to_the_list(corp: Any, admin: Any, bind: Any) -> None:
    first = befriended(corp, "lisi", "甲")
    bind(external_userid=first, phone="13800008000")
    for name in "乙丙丁":
        bind(external_userid=befriended(corp, "lisi", name), phone="13800008000")

    seen, cursor = [], ""
    while True:
        page = admin.send("GET", f"/admin/conflicts?status=open&limit=2{cursor}").json
        seen += [each["conflict_id"] for each in page["items"]]
        if not page["next_cursor"]:
            break
        cursor = f"&cursor={page['next_cursor']}"

    assert len(seen) == len(set(seen)) == 3
    assert admin.send("GET", f"/admin/conflicts?limit=2{cursor}").status == 422
