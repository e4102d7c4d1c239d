"""A new or changed condition is asked of everybody, and then kept true (SEG-10, SEG-11, issue 3 part 7)."""

from datetime import timedelta
from typing import Any

import pytest

from tests.component.segments.conftest import friend, traced
from tests.doubles.bundle import Bundle, Died
from tests.faults.crashing import Killer

BUYERS = {"field": "order_count", "op": "gte", "value": 1}
NO_BUYERS = {"field": "order_count", "op": "lt", "value": 1}
RICH = {
    "all": [
        {"field": "order_count", "op": "gte", "value": 2},
        {"field": "order_amount", "op": "gte", "value": 500000},
    ]
}


def bought(bundle: Bundle, customer_id: str, count: int = 1, fen: int = 19900, days_ago: float = 1) -> None:
    """Let a customer have so many paid orders."""
    from pynamodb.transactions import TransactWrite

    from scrm.facts.dynamodb import tally_of, tally_step
    from scrm.facts.model import Orders
    from scrm.facts.tally import Tally
    from scrm.table import Row

    now = bundle.time.now()
    at = now - timedelta(days=days_ago)
    orders = Orders(count, fen, at, at, ((at.date().isoformat(), count, fen),), paid=True)
    known = tally_of(customer_id)
    with TransactWrite(connection=Row._get_connection().connection) as transaction:
        tally_step(customer_id, Tally(orders=orders, version=known.version), now)(transaction)


def people(bundle: Bundle, number: int) -> list[str]:
    found = [friend(bundle, name=f"客户{n}")[1] for n in range(number)]
    bundle.settle()
    return found


def members(segment_id: str) -> list[str]:
    from scrm.segments.members_dynamodb import every_member

    return [each.customer_id for each in every_member(segment_id)]


def computation(ask: Any, segment_id: str) -> dict[str, Any]:
    found: dict[str, Any] = ask("GET", f"/admin/segments/{segment_id}").json["computation"]
    return found


def test_seg_10_two_orders_and_five_thousand_yuan_select_who_has_both(bundle, ask, make):
    one, two, three, _ = people(bundle, 4)
    bought(bundle, one, 2, 600000)
    bought(bundle, two, 1, 900000)
    bought(bundle, three, 3, 400000)
    bundle.settle()

    segment_id = make("高价值复购", RICH)
    bundle.settle()

    assert members(segment_id) == [one]
    progress = computation(ask, segment_id)
    assert (progress["status"], progress["asked"], progress["changed"], progress["total"]) == (
        "done",
        4,
        1,
        4,
    )
    assert make("另一个", BUYERS)
    assert computation(ask, ask("GET", "/admin/segments").json["items"][-1]["segment_id"])["total"] == 4


def test_seg_11_an_order_lets_a_customer_enter_and_leave_once(bundle, ask, make, tell):
    (customer_id,) = people(bundle, 1)
    bought_segment, none = make("已购", BUYERS), make("未购", NO_BUYERS)
    bundle.settle()
    assert (members(bought_segment), members(none)) == ([], [customer_id])
    order = {"order_no": "A1", "version": 1, "at": "2026-03-02T10:00:00+08:00", "amount_fen": 19900}
    order |= {"status": "paid", "customer_id": customer_id}

    before = len(bundle.cloud.store.stream)
    for _ in range(2):
        assert tell("POST", "/integrations/orders", {"orders": [order]}).status == 200
        bundle.settle()
    records = bundle.cloud.store.stream[before:]
    for function in ("refresh_cards", "react_to_changes"):
        for record in [*reversed(records), *records]:
            bundle.invoke(function, {"Records": [record]})
    bundle.settle()

    assert (members(bought_segment), members(none)) == ([customer_id], [])
    assert traced(customer_id) == [("entered", "未购"), ("left", "未购"), ("entered", "已购")]


def test_seg_11_killed_at_every_step_an_order_is_followed_once_all_the_same():
    seen = []
    for step in range(60):
        bundle, killer = Bundle(), Killer(step)
        with bundle.running("fast"):
            customer_id = _corp_with_two_segments(bundle)
            bought(bundle, customer_id)
            with killer.loose_in(bundle):
                bundle.settle()
            seen.append(traced(customer_id))
        if step and not killer.fatal:
            break

    assert len(seen) > 5
    assert {tuple(each) for each in seen} == {(("entered", "未购"), ("left", "未购"), ("entered", "已购"))}


def _corp_with_two_segments(bundle: Bundle) -> str:
    from scrm.segments.model import Segment
    from tests.component.segments.test_projection import _stored

    _, customer_id = friend(bundle)
    for segment_id, name, condition in (("seg_a", "已购", BUYERS), ("seg_b", "未购", NO_BUYERS)):
        _stored(Segment(segment_id, name, condition=condition, status="active"), bundle)
    bundle.settle()
    return customer_id


def test_an_edited_condition_is_asked_of_everybody_anew(bundle, ask, make):
    one, two = people(bundle, 2)
    bought(bundle, one, 1)
    bought(bundle, two, 5)
    bundle.settle()
    segment_id = make("复购", BUYERS)
    bundle.settle()
    assert members(segment_id) == sorted([one, two])

    five = {"field": "order_count", "op": "gte", "value": 5}
    ask("PUT", f"/admin/segments/{segment_id}", {"version": 1, "condition": five})
    bundle.settle()

    assert members(segment_id) == [two]
    assert traced(one)[-1] == ("left", "复购")


def test_an_edit_while_it_is_computed_starts_anew_and_the_old_computation_stops(bundle, ask, make):
    one, two = people(bundle, 2)
    bought(bundle, one, 1)
    bought(bundle, two, 5)
    bundle.settle()
    segment_id = make("复购", BUYERS)
    old = computation(ask, segment_id)["job_id"]
    five = {"field": "order_count", "op": "gte", "value": 5}
    ask("PUT", f"/admin/segments/{segment_id}", {"version": 1, "condition": five})

    bundle.settle()

    from scrm.jobs.dynamodb import Jobs

    stopped = Jobs().job(old)
    assert stopped
    assert (stopped.status, stopped.code, stopped.done) == ("failed", "superseded", 0)
    assert (members(segment_id), traced(one)) == ([two], [])


def test_an_archived_segment_is_left_by_all(bundle, ask, make):
    ids = people(bundle, 3)
    everybody = make("全部", {"all": []})
    listed = make("清单")
    ask("POST", f"/admin/segments/{listed}/members:add", {"customer_ids": ids})
    bundle.settle()
    assert members(everybody) == members(listed) == sorted(ids)

    for each in (everybody, listed):
        assert ask("DELETE", f"/admin/segments/{each}").json["status"] == "archived"
    bundle.settle()

    assert members(everybody) == members(listed) == []
    assert ask("GET", f"/admin/customers/{ids[0]}/segments").json["items"] == []
    assert sorted(traced(ids[0])[-2:]) == [("left", "全部"), ("left", "清单")]


def test_a_segment_of_segments_follows_those_it_asks_about(bundle, ask, make):
    one, two = people(bundle, 2)
    bought(bundle, one)
    bundle.settle()
    listed = make("清单")
    buyers = make("已购", BUYERS)
    inside = [{"field": "segments", "op": "any", "value": [each]} for each in (listed, buyers)]
    both = make("已购且在清单", {"all": inside})
    ask("POST", f"/admin/segments/{listed}/members:add", {"customer_ids": [one, two]})
    bundle.settle()
    assert members(both) == [one]

    bought(bundle, two)
    bundle.settle()
    assert members(both) == sorted([one, two])
    ask("POST", f"/admin/segments/{listed}/members:remove", {"customer_ids": [one]})
    bundle.settle()

    assert members(both) == [two]


def test_a_customer_who_changes_behind_the_walk_ends_right(bundle, ask, make):
    """A refresh reads the old definitions; the new ones are stored and everybody is asked; then it writes."""
    from scrm.cards.refreshing import Refresher
    from scrm.customers.dynamodb import Customers
    from scrm.segments.dynamodb import Definitions

    (customer_id,) = people(bundle, 1)
    made: list[str] = []

    class Slow(Customers):
        def whole(self, customer_id: str, *, consistent: bool = False) -> Any:
            if not made:
                made.append("")
                made[0] = make("未购", NO_BUYERS)
                while sum(bundle.work(name, each) for name, each in _consumers()) + bundle._react(
                    "react_to_changes"
                ):
                    pass
            return super().whole(customer_id, consistent=consistent)

    bundle.cloud.store.stream.clear()
    Refresher(Slow(), Definitions()).refresh(customer_id, bundle.time.now())

    assert members(made[0]) == [customer_id]


def _consumers() -> Any:
    from tests.doubles.bundle import consumers

    return [(name, each) for name, each in consumers().items() if name != "CardRefreshes"]


def test_a_walk_of_many_pages_goes_on_where_it_was_killed(bundle, ask, make, monkeypatch):
    monkeypatch.setattr("scrm.segments.computing.PAGE", 3)
    monkeypatch.setattr("scrm.segments.computing.MOST_PAGES", 2)
    ids = people(bundle, 20)
    deaths = iter([True, False, True, True])

    def dies(call: Any) -> None:
        if (
            call.operation == "SendMessageBatch"
            and "CardRefreshes" in str(call.request)
            and next(deaths, False)
        ):
            raise Died

    bundle.cloud.after.append(dies)
    segment_id = make("全部", {"all": []})
    bundle.settle()

    assert members(segment_id) == sorted(ids)
    progress = computation(ask, segment_id)
    assert (progress["status"], progress["asked"]) == ("done", 20)
    assert bundle.deaths >= 3


def test_time_alone_moves_nobody_before_its_boundary(bundle, ask, make):
    silent = make("沉默客户", {"field": "lifecycle", "op": "in", "value": ["silent"]})
    (customer_id,) = people(bundle, 1)

    assert (members(silent), traced(customer_id)) == ([], [])


@pytest.fixture
def preview(ask):
    def asked(condition: Any, **more: Any) -> Any:
        return ask("POST", "/admin/segments:preview", {"condition": condition}, **more)

    return asked


def test_a_preview_counts_and_shows_whom_a_condition_would_select(bundle, preview):
    one, two, _ = people(bundle, 3)
    for each in (one, two):
        bought(bundle, each)
    bundle.settle()

    shown = preview(BUYERS).json

    assert (shown["cards"], shown["complete"]) == (2, True)
    assert sorted(each["customer_id"] for each in shown["sample"]) == sorted([one, two])
    assert preview({"field": "order_count", "op": "any", "value": ["x"]}).status == 422


def test_members_are_listed_within_the_data_scope(bundle, ask, preview):
    from scrm.http.caller import Caller

    _, one = friend(bundle, "lisi")
    _, two = friend(bundle, "ChenMei", name="小雪")
    bundle.settle()
    made = ask("POST", "/admin/segments", {"name": "清单", "kind": "static", "status": "active"}).json
    path = f"/admin/segments/{made['segment_id']}/members"
    ask("POST", f"{path}:add", {"customer_ids": [one, two]})
    bundle.settle()
    marketing = Caller("lisi", "marketing", "own")

    seen = ask("GET", path, caller=marketing).json["items"]

    assert [(each["customer_id"], each["staff"]) for each in seen] == [(one, ["lisi"])]
    assert ask("GET", f"/admin/customers/{two}/segments", caller=marketing).status == 403
    assert ask("GET", f"/admin/customers/{one}/segments", caller=marketing).status == 200
    assert preview({"all": []}, caller=marketing).json["cards"] == 1


def test_everybody_is_asked_anew_on_request(bundle, ask, make):
    people(bundle, 1)
    segment_id = make("全部", {"all": []})
    bundle.settle()
    first = computation(ask, segment_id)["job_id"]

    again = ask("POST", f"/admin/segments/{segment_id}:recompute")
    bundle.settle()

    assert (again.status, again.json["rules_version"]) == (200, 2)
    progress = computation(ask, segment_id)
    assert (progress["status"], progress["asked"], progress["job_id"] != first) == ("done", 1, True)
    assert ask("POST", f"/admin/segments/{make('清单')}:recompute").code == "not_computed"
