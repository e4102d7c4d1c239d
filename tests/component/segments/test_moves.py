"""Entering and leaving a segment: told once on the trace, whatever is repeated (SEG-11, SEG-23)."""

from tests.component.segments.conftest import friend, traced


def test_seg_11_enter_and_leave_stand_on_the_trace_once_under_triple_delivery(bundle, ask, make):
    _, customer_id = friend(bundle)
    segment_id = make("目标清单")
    before = len(bundle.cloud.store.stream)
    for action in ("add", "add", "remove", "add"):
        ask("POST", f"/admin/segments/{segment_id}/members:{action}", {"customer_ids": [customer_id]})
        bundle.settle()
        bundle.time.sleep(60)
    records = bundle.cloud.store.stream[before:]

    for _ in range(3):
        for record in reversed(records):
            bundle.invoke("react_to_changes", {"Records": [record]})
    bundle.settle()

    assert traced(customer_id) == [("entered", "目标清单"), ("left", "目标清单"), ("entered", "目标清单")]
    assert bundle.waiting() == {}


def test_members_are_listed_counted_and_shown_with_the_customer(bundle, ask, make):
    segment_id = make("目标清单")
    ids = [friend(bundle, name=f"客户{n}")[1] for n in range(5)]
    body = {"customer_ids": [*ids, "cu_nobody", ids[0]]}

    added = ask("POST", f"/admin/segments/{segment_id}/members:add", body).json
    again = ask("POST", f"/admin/segments/{segment_id}/members:add", body).json
    bundle.settle()

    assert added == {"changed": 5, "unchanged": 0, "unknown": ["cu_nobody"]}
    assert again == {"changed": 0, "unchanged": 5, "unknown": ["cu_nobody"]}
    path = f"/admin/segments/{segment_id}/members"
    first = ask("GET", path, query="limit=3").json
    second = ask("GET", path, query=f"limit=3&cursor={first['next_cursor']}").json
    listed = [each["customer_id"] for each in (*first["items"], *second["items"])]
    assert (listed, second["next_cursor"]) == (sorted(ids), None)
    assert ask("GET", f"/admin/segments/{segment_id}/count").json["count"] == 5
    shown = ask("GET", f"/admin/customers/{ids[0]}/segments").json
    assert [(each["segment_id"], each["name"], each["kind"]) for each in shown["items"]] == [
        (segment_id, "目标清单", "static")
    ]
    assert ask("GET", path, query="cursor=x").status == 422
    assert ask("GET", "/admin/customers/cu_nobody/segments").status == 404


def test_only_lists_take_customers_by_name_and_only_active_ones(bundle, ask, make):
    _, customer_id = friend(bundle)
    body = {"customer_ids": [customer_id]}
    dynamic = make("动态", {"field": "order_count", "op": "gte", "value": 1})
    draft = ask("POST", "/admin/segments", {"name": "草稿", "kind": "static"}).json["segment_id"]

    assert ask("POST", f"/admin/segments/{dynamic}/members:add", body).code == "not_a_list"
    assert ask("POST", f"/admin/segments/{draft}/members:add", body).code == "segment_not_active"
    assert ask("POST", f"/admin/segments/{draft}/members:add", {"customer_ids": []}).status == 422


def test_seg_20_a_sample_is_the_same_each_time_and_exactly_as_large_as_asked(bundle, ask, make):
    from scrm.segments.members_dynamodb import pin
    from scrm.segments.model import Segment

    segment_id = make("试点")
    listed = Segment(segment_id, "试点", "static", status="active")
    ids = [f"cu_{number * 7919 % 65537:024x}" for number in range(1, 301)]
    for each in ids:
        pin(listed, each, bundle.time.now())
    path = f"/admin/segments/{segment_id}/sample"

    fifty = ask("GET", path, query="size=50&seed=spring").json
    again = ask("GET", path, query="size=50&seed=spring").json
    everybody = ask("GET", path, query="size=1000").json

    assert (fifty["count"], len(fifty["customer_ids"]), len(set(fifty["customer_ids"]))) == (300, 50, 50)
    assert again == fifty
    assert sorted(everybody["customer_ids"]) == sorted(ids)
    assert ask("GET", path, query="size=0").status == 422
    pin(listed, "cu_ffffffffffffffffffffffff", bundle.time.now())
    changed = set(ask("GET", path, query="size=50&seed=spring").json["customer_ids"])
    assert len(changed & set(fifty["customer_ids"])) >= 49, "one who enters moves one place at most"
