"""SEG-07, SEG-08: saved queries, and the ready-made ones."""

from datetime import timedelta

import pytest

from tests.component.queries.people import BEGAN, DAY, asks, card, listed, logged_in, numbers

QUERIES = "/workbench/queries"
CONDITION = asks("tags", "any", ["a"])


def saved(send, **more):
    answered = send("POST", QUERIES, {"name": "高意向", "condition": CONDITION, **more})
    assert answered.status == 201, answered.text
    return answered.json


def test_seg_07_results_are_those_of_the_ad_hoc_search(corp):
    listed(*(card(each, tags=("a",) if each % 2 else ()) for each in range(1, 8)))
    send = logged_in(corp, "lisi").send
    query = saved(send)

    results = send("GET", f"{QUERIES}/{query['query_id']}/results?limit=3")
    ad_hoc = send("POST", "/workbench/customers:search", {"condition": CONDITION, "limit": 3})
    more = send("GET", f"{QUERIES}/{query['query_id']}/results?limit=3&cursor={results.json['next_cursor']}")

    assert results.json["items"] == ad_hoc.json["items"]
    assert (numbers(results), numbers(more)) == ([1, 3, 5], [7])


def test_seg_07_a_private_query_does_not_exist_for_others(corp):
    query = saved(logged_in(corp, "lisi").send)
    other = logged_in(corp, "wangwu").send
    one = f"{QUERIES}/{query['query_id']}"
    edit = {"name": "x", "condition": CONDITION, "version": 1}

    answers = [
        other("GET", one),
        other("GET", f"{one}/results"),
        other("PUT", one, edit),
        other("DELETE", one),
    ]

    assert {each.status for each in answers} == {404}
    assert query["query_id"] not in other("GET", QUERIES).text


def test_seg_07_a_shared_query_lists_the_readers_own_customers(corp):
    listed(card(1, tags=("a",)), card(2, "wangwu", tags=("a",)))
    query = saved(logged_in(corp, "zhangsan").send, shared=True)
    other = logged_in(corp, "wangwu").send

    assert query["query_id"] in other("GET", QUERIES).text
    assert numbers(other("GET", f"{QUERIES}/{query['query_id']}/results")) == [2]
    assert other("DELETE", f"{QUERIES}/{query['query_id']}").code == "not_your_query"
    assert logged_in(corp, "admin").send("DELETE", f"{QUERIES}/{query['query_id']}").status == 204


def test_seg_07_sharing_needs_the_right(corp):
    refused = logged_in(corp, "lisi").send(
        "POST", QUERIES, {"name": "x", "condition": CONDITION, "shared": True}
    )

    assert (refused.status, refused.code) == (403, "may_not_share")


def test_seg_07_a_query_changes_by_version_and_moves_when_it_is_shared(corp):
    send = logged_in(corp, "zhangsan").send
    query = saved(send)
    one = f"{QUERIES}/{query['query_id']}"
    edit = {"name": "新名", "condition": asks("tags", "any", ["b"]), "shared": True, "version": 1}

    changed = send("PUT", one, edit)
    stale = send("PUT", one, edit)

    assert (changed.status, changed.json["version"], changed.json["shared"]) == (200, 2, True)
    assert (stale.status, stale.code) == (409, "version_conflict")
    assert logged_in(corp, "wangwu").send("GET", one).json["name"] == "新名"
    assert send("PUT", one, {**edit, "shared": False, "version": 2}).json["version"] == 3
    assert logged_in(corp, "wangwu").send("GET", one).status == 404


def test_another_query_under_the_same_key_is_refused(corp):
    send = logged_in(corp, "lisi").send
    bodies = ({"name": each, "condition": CONDITION} for each in ("一", "二"))

    first, second = (send("POST", QUERIES, body, headers={"idempotency-key": "once"}) for body in bodies)

    assert (first.status, second.status) == (201, 409)


def test_a_repeated_creation_is_one_query(corp):
    send = logged_in(corp, "lisi").send
    body = {"name": "一次", "condition": CONDITION}

    first, second = (send("POST", QUERIES, body, headers={"idempotency-key": "once"}) for _ in range(2))

    assert first.json["query_id"] == second.json["query_id"]
    assert sum(each["name"] == "一次" for each in send("GET", QUERIES).json["items"]) == 1


def test_seg_08_added_today_and_not_followed(corp):
    midnight = BEGAN.replace(hour=0, minute=0)
    listed(
        card(1),
        card(2, followed_at=BEGAN),
        card(3, added_at=midnight - timedelta(seconds=1)),
        card(4, added_at=midnight),
        card(5, followed_at=BEGAN - DAY),
        card(6, status="deleted_by_customer"),
        card(7, "wangwu"),
    )
    send = logged_in(corp, "lisi").send

    assert numbers(send("GET", f"{QUERIES}/added-today-not-followed/results")) == [1, 5, 4]
    listed(card(1, followed_at=BEGAN))
    assert numbers(send("GET", f"{QUERIES}/added-today-not-followed/results")) == [5, 4]


@pytest.mark.parametrize(("query_id", "expected"), [("silent", [1]), ("unreplied", [2]), ("deleted-us", [3])])
def test_the_ready_made_queries(corp, query_id, expected):
    old = {"added_at": BEGAN - 90 * DAY, "first_added_at": BEGAN - 90 * DAY}
    listed(
        card(1, **old, inbound_at=BEGAN - 60 * DAY),
        card(2, customer_message_at=BEGAN - DAY, inbound_at=BEGAN - DAY),
        card(3, status="deleted_by_customer", deleted_at=BEGAN),
        card(4, **old, inbound_at=BEGAN - 59 * DAY),
    )
    send = logged_in(corp, "lisi").send

    assert numbers(send("GET", f"{QUERIES}/{query_id}/results")) == expected
    assert send("DELETE", f"{QUERIES}/{query_id}").code == "query_built_in"


def test_a_shared_query_about_a_field_the_reader_may_not_see_says_so(corp):
    from tests.component.queries.test_lists import custom_field

    custom_field("income", type="number", roles=("team_lead",))
    query = saved(logged_in(corp, "zhangsan").send, shared=True, condition=asks("field.income", "gte", 1))

    refused = logged_in(corp, "lisi").send("GET", f"{QUERIES}/{query['query_id']}/results")

    assert (refused.status, refused.code) == (409, "query_not_for_role")
