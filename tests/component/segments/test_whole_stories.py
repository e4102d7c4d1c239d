"""Stories told from end to end, by whoever asks and feeds: merges, moved clocks, long jobs (issue 3)."""

from datetime import datetime, timedelta
from typing import Any

from tests.component.http_world import befriended, corp_tag
from tests.component.segments.conftest import friend, tags_of, traced
from tests.component.segments.test_computing import BUYERS, NO_BUYERS, members, people
from wecom_simulator.acts import customer_deletes

ORDER = {"at": "2026-03-02T10:00:00+08:00", "amount_fen": 19900, "status": "paid", "version": 1}


def ordered(bundle: Any, tell: Any, customer_id: str, number: str = "A1", **more: Any) -> dict[str, Any]:
    """Tell of a paid order; return what became of it."""
    order = {**ORDER, "order_no": number, "customer_id": customer_id, **more}
    answered = tell("POST", "/integrations/orders", {"orders": [order]})
    assert answered.status == 200, answered.text
    bundle.settle()
    result: dict[str, Any] = answered.json["results"][0]
    return result


def counted(ask: Any, field: str, op: str, value: Any) -> int:
    condition = {"field": field, "op": op, "value": value}
    found: int = ask("POST", "/admin/customers:count", {"condition": condition}).json["count"]
    return found


def tick(bundle: Any, until: datetime, step: timedelta = timedelta(hours=1)) -> None:
    """Let the clock go on to a time; boundaries are moved at every step and a few minutes after it."""
    while bundle.time.now() < until:
        bundle.time.seconds = min(bundle.time.seconds + step.total_seconds(), until.timestamp())
        bundle.invoke("move_boundaries", {"time": bundle.time.now().isoformat()})
        bundle.settle()


def test_int_07_a_known_product_is_linked_and_an_unknown_one_flagged(bundle, ask, tell):
    (customer_id,) = people(bundle, 1)
    product = {"code": "P1", "version": 1, "name": "岩茶"}
    assert tell("PUT", "/integrations/products", {"products": [product]}).status == 200

    known = ordered(bundle, tell, customer_id, "A1", lines=[{"product_code": "P1", "amount_fen": 19900}])
    unknown = ordered(bundle, tell, customer_id, "A2", lines=[{"product_code": "P9", "amount_fen": 100}])

    assert (known["status"], known["unknown_products"]) == ("recorded", [])
    assert (unknown["status"], unknown["unknown_products"]) == ("recorded", ["P9"])
    assert counted(ask, "order_count", "eq", 2) == 1
    shown = ask("GET", f"/admin/customers/{customer_id}/orders")
    assert "岩茶" in shown.text


def test_seg_11_a_merge_takes_its_segments_along_and_gives_them_back(bundle, ask, make, tell):
    tag = corp_tag(bundle.wecom, "已购", "分层")
    (there, one), (other, two) = friend(bundle, "lisi", "甲"), friend(bundle, "wangwu", "乙")
    target = make("清单")
    buyers, none = make("已购", BUYERS, tag_id=tag), make("未购", NO_BUYERS)
    bundle.settle()
    ask("POST", f"/admin/segments/{target}/members:add", {"customer_ids": [one]})
    ordered(bundle, tell, one)
    everyone = [members(each) for each in (target, buyers, none)]
    assert everyone == [[one], [one], [two]]
    assert (tags_of(bundle, there), tags_of(bundle, other, "wangwu")) == ([tag], [])

    assert ask("POST", f"/admin/customers/{one}:merge", {"into": two, "reason": "同一人"}).status == 200
    bundle.settle()
    assert [members(each) for each in (target, buyers, none)] == [[two], [two], []]
    assert (tags_of(bundle, there), tags_of(bundle, other, "wangwu")) == ([tag], [tag])
    assert counted(ask, "segments", "any", [buyers]) == 2  # a card for each friendship

    assert ask("POST", f"/admin/customers/{one}:unmerge", {"reason": "不是同一人"}).status == 200
    bundle.settle()
    assert [members(each) for each in (target, buyers, none)] == everyone
    assert (tags_of(bundle, there), tags_of(bundle, other, "wangwu")) == ([tag], [])
    assert traced(two)[-1] == ("entered", "未购")


def test_seg_08_each_member_has_their_own_list_and_midnight_empties_it(bundle, ask, make):
    there, customer_id = friend(bundle, "lisi")
    befriended(bundle.wecom, "wangwu", external_userid=there)
    bundle.settle()
    today = {"field": "added_at", "op": "since_midnight", "value": 0}
    segment_id = make("今日添加", today)
    bundle.settle()
    assert (counted(ask, **today), members(segment_id)) == (2, [customer_id])

    midnight = datetime.fromisoformat("2026-03-03T00:00:00+08:00")
    tick(bundle, midnight - timedelta(seconds=1))
    assert (counted(ask, **today), members(segment_id)) == (2, [customer_id])
    bundle.time.seconds = midnight.timestamp()
    assert counted(ask, **today) == 0
    tick(bundle, midnight + timedelta(minutes=4), timedelta(minutes=1))

    assert members(segment_id) == []
    assert traced(customer_id) == [("entered", "今日添加"), ("left", "今日添加")]


def test_seg_21_who_bought_a_year_ago_is_in_no_rfm_group_any_more_and_left_it_once(bundle, ask, make, tell):
    assert ask("POST", "/admin/segments:install-presets").json["installed"] == 21
    _, customer_id = friend(bundle)
    bundle.settle()
    bought_at = bundle.time.now() - timedelta(days=364)
    ordered(bundle, tell, customer_id, at=bought_at.isoformat(), paid_at=bought_at.isoformat())

    def group() -> list[str]:
        items = ask("GET", "/admin/segments/rfm").json["items"]
        return [each["title"] for each in items if each["count"]]

    (before,) = group()
    midnight = datetime.fromisoformat("2026-03-03T00:00:00+08:00")
    tick(bundle, midnight - timedelta(minutes=1))
    assert group() == [before]
    tick(bundle, midnight + timedelta(minutes=4), timedelta(minutes=1))

    assert group() == []
    assert [each for each in traced(customer_id) if each[1] == before] == [
        ("entered", before),
        ("left", before),
    ]
    assert counted(ask, "orders_365d", "gte", 1) == 0
    assert counted(ask, "order_count", "gte", 1) == 1


def test_a_deleted_and_renewed_friendship_is_one_card_and_keeps_its_segments(bundle, ask, make):
    from scrm.customers.dynamodb import Customers

    there, customer_id = friend(bundle)
    active = {"field": "relation_state", "op": "in", "value": ["active"]}
    friends, everybody = make("好友", active), make("全部", {"all": []})
    bundle.settle()
    bundle.callbacks()

    for act, inside in (("delete", []), ("scan", [customer_id])):
        bundle.time.sleep(3600)
        if act == "delete":
            customer_deletes(bundle.wecom, userid="lisi", external_userid=there)
        else:
            bundle.wecom.people.scan(userid="lisi", external_userid=there)
        bundle.arrive()
        bundle.settle()
        assert members(friends) == inside
        assert members(everybody) == [customer_id]

    relation = Customers().relation(there, "lisi", consistent=True)
    assert relation is not None
    assert len(relation.periods) == 2
    assert counted(ask, "staff", "in", ["lisi"]) == 1
    assert [each for each in traced(customer_id) if each[1] == "好友"] == [
        ("entered", "好友"),
        ("left", "好友"),
        ("entered", "好友"),
    ]
