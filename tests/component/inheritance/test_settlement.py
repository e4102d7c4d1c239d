"""What a successful handover moves, whatever comes first, whoever is killed (INH-10, spec 2.4)."""

from typing import Any

import pytest

from scrm.sops.model import Schedule, Step, Version
from tests.component.inheritance.inheritance_world import Inheritance


def _told(inheritance: Inheritance) -> list[Any]:
    """Return WeCom's callbacks of the handover, held back."""
    return inheritance.bundle.callbacks()


def _arrive(inheritance: Inheritance, held: list[Any]) -> None:
    for each in held:
        assert inheritance.bundle.post(each) == 200
    inheritance.bundle.settle()


def _over(inheritance: Inheritance) -> list[Any]:
    """Let the 24 hours end at WeCom, and hold back what it tells of it."""
    inheritance.clock("03 10:20")
    inheritance.bundle.wecom.transfers.settle(inheritance.bundle.time.seconds)
    return _told(inheritance)


def _settled(inheritance: Inheritance) -> None:
    inheritance.bundle.invoke("poll_transfers", {"time": inheritance.bundle.time.now().isoformat()})
    inheritance.bundle.settle()


def _came_to(inheritance: Inheritance, there: tuple[str, str]) -> dict[str, Any]:
    from scrm.customers.dynamodb import Customers
    from scrm.timeline.dynamodb import Timeline

    relations = {each.userid: each for each in Customers().collection(there[0], consistent=True)[1]}
    kept = ("customer_added", "transferred")
    entries = Timeline().first(there[1], 50)
    return {
        "relations": {
            userid: (
                each.status,
                each.add_way,
                [(p.start, p.end, p.reason, p.inherited) for p in each.periods],
            )
            for userid, each in relations.items()
        },
        "names": {each.name for each in relations.values()},
        "trace": [(each.kind, each.userid, dict(each.facts)) for each in entries if each.kind in kept],
        "notices": inheritance.told("new_customer"),
        "items": set(inheritance.items().values()),
    }


@pytest.mark.parametrize("order", ["before", "after", "never", "reversed"])
def test_2_4_orders_of_callback_and_settlement_come_to_one_state(
    inheritance: Inheritance, order: str
) -> None:
    there = inheritance.friend("甲")
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    held = _over(inheritance)
    assert held
    if order in {"before", "reversed"}:
        _arrive(inheritance, held if order == "before" else held[::-1])
    _settled(inheritance)
    if order == "after":
        _arrive(inheritance, held)
    found = _came_to(inheritance, there)
    assert found["items"] == {"SETTLED"}
    assert found["names"] == {"甲"}
    status, _, ((_, ended, reason, _),) = found["relations"]["zhangsan"]
    assert (status, reason) == ("transferred_out", "transferred_out")
    assert found["relations"]["lisi"] == ("active", 202, [(ended, None, None, True)])
    added, moved = found["trace"]
    assert added[:2] == ("customer_added", "zhangsan")
    assert moved[0] == "transferred"
    assert moved[2] == {"from": "zhangsan", "to": "lisi", "plan_id": "p1", "reason": "岗位调整"}
    # Nobody is told of a new customer but whose they were first.
    assert [userid for userid, _ in found["notices"]] == ["zhangsan"]


def test_3_7_both_chats_of_a_merged_customer_rest_and_move(inheritance: Inheritance) -> None:
    people = {sop_id: inheritance.friend(sop_id) for sop_id in "AB"}
    for sop_id, (_, customer_id) in people.items():
        version = Version(
            sop_id, 1, "一步", "step_by_step", (Step("S1", "第一步", schedule=Schedule(days=9)),)
        )
        assert inheritance.enter(customer_id, inheritance.put(version)) == ""
    (_, root), (_, other) = people.values()
    inheritance.done("POST", f"/admin/customers/{other}:merge", {"into": root, "reason": "同一人"})
    inheritance.plan([((there, root), "lisi") for there, _ in people.values()])

    def bars() -> list[tuple[str, str, str]]:
        found = [inheritance.enrollment(each[1], sop_id) for sop_id, each in people.items()]
        return [(each.status, each.why, each.owner) for each in found]

    inheritance.bundle.settle()
    assert bars() == [("PAUSED", "transfer_pending", "zhangsan")] * 2
    inheritance.poll("03 10:20")
    inheritance.poll("03 10:40")
    assert bars() == [("ACTIVE", "", "lisi")] * 2
