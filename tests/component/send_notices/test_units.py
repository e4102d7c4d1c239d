"""What a notice costs: exact write units and calls, by item sizes."""

from scrm import clock
from scrm.notices.model import notice
from scrm.notices.plan import Rules
from scrm.notices.sending import Answer, Surroundings, flush, take
from tests.capacity.calculator import WRITE_BLOCK, item_size
from tests.doubles.cloud import Cloud


def surroundings():
    from scrm.notices.deployed import _compose
    from scrm.notices.dynamodb import DynamoNotices

    return Surroundings(
        store=DynamoNotices(),
        compose=_compose,
        send=lambda _userid, _composed: Answer("msg" * 18, reached=True),
        names=lambda told: {
            each.subject.get("external_userid", ""): "一个名字很长的微信客户" for each in told
        },
        still_wanted=lambda _: True,
        rules=Rules(),
        base_url="https://scrm.example.com",
    )


def writes(cloud):
    """Return (table writes, of which rows in `by_due`) since the last look; every row fits one unit."""
    found = [call for call in cloud.calls if call.operation in {"PutItem", "UpdateItem"}]
    cloud.calls.clear()
    assert all(item_size(row) <= WRITE_BLOCK for row in cloud.store.rows("ScrmTable"))
    return len(found), sum("due_pk" in call.request.get("Item", {}) for call in found)


def urgent(number):
    subject = {
        "external_userid": "wmHq7CDAAA3n5YtKx0pVbLr2sE8dQwZg",
        "task_id": "20260302T021500Z-0123456789ab-zhangsan",
    }
    facts = {"channel": "春季展会·上海国家会展中心"}
    return notice("new_customer", "zhangsan", clock.now(), f"e{number}", subject=subject, facts=facts)


def test_an_urgent_notice_costs_two_units_and_its_repetition_none(at):
    cloud = Cloud(calls=[])
    with cloud.active():
        world = surroundings()
        take(urgent(1), world, clock.now())
        assert writes(cloud) == (2, 0)
        take(urgent(2), world, clock.now())
        assert writes(cloud) == (2, 0)
        take(urgent(2), world, clock.now())
        assert writes(cloud) == (0, 0)


def test_a_waiting_notice_costs_one_unit_and_the_first_of_a_window_three(at):
    cloud = Cloud(calls=[])
    with cloud.active():
        world = surroundings()
        first, second = (notice("order_paid", "zhangsan", clock.now(), f"o{n}") for n in range(2))
        take(first, world, clock.now())
        assert writes(cloud) == (2, 1)
        take(second, world, clock.now())
        assert writes(cloud) == (1, 0)
        flush("zhangsan", world, at("2026-03-02T10:45:00+08:00"))
        assert writes(cloud) == (3, 0)
