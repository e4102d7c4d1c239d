"""What a successful handover moves, whatever comes first, whoever is killed (INH-10, spec 2.4)."""

from dataclasses import replace
from datetime import timedelta
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

    relations = Customers().collection(there[0], consistent=True)[1]
    kept = ("customer_added", "transferred")
    entries = Timeline().first(there[1], 50)
    return {
        "relations": _came_to_relations(there),
        "names": {each.name for each in relations},
        "trace": [(each.kind, each.userid, dict(each.facts)) for each in entries if each.kind in kept],
        "notices": inheritance.told("new_customer"),
        "items": set(inheritance.items().values()),
    }


def _came_to_relations(there: tuple[str, str]) -> dict[str, Any]:
    from scrm.customers.dynamodb import Customers

    return {
        each.userid: (
            each.status,
            each.add_way,
            [(p.start, p.end, p.reason, p.inherited) for p in each.periods],
        )
        for each in Customers().collection(there[0], consistent=True)[1]
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


def test_2_4_a_takeover_who_was_added_before_stays_as_they_were(inheritance: Inheritance) -> None:
    there = inheritance.friend("甲")
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    inheritance.clock("02 18:00")
    inheritance.added_again("lisi", there[0])
    assert set(inheritance.items().values()) == {"WAITING"}
    inheritance.poll("03 10:20")
    inheritance.poll("03 10:30")
    found = _came_to(inheritance, there)
    assert found["items"] == {"SETTLED"}
    status, add_way, ((began, ended, _, inherited),) = found["relations"]["lisi"]
    assert (status, add_way != 202, f"{began:%d %H:%M}", ended, inherited) == (
        "active", True, "02 10:00", None, False,
    )  # fmt: skip
    assert [each[0] for each in found["trace"]] == ["customer_added", "customer_added", "transferred"]


def test_2_4_who_had_deleted_the_handover_stays_so_and_the_ownership_moves(inheritance: Inheritance) -> None:
    there = inheritance.friend("甲")
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    inheritance.clock("02 18:00")
    inheritance.deleted("zhangsan", there[0])
    inheritance.poll("03 10:20")
    inheritance.poll("03 10:30")
    found = _came_to(inheritance, there)
    assert found["items"] == {"SETTLED"}
    assert found["relations"]["zhangsan"][0] == "deleted_by_customer"
    assert found["relations"]["lisi"][0] == "active"
    assert [each[0] for each in found["trace"]] == ["customer_added", "transferred"]


def test_a_friendship_by_a_handover_that_only_the_night_finds_is_no_new_customers(
    inheritance: Inheritance,
) -> None:
    """Somebody hands a customer over in WeCom's own console, and no callback arrives."""
    from wecom_simulator.transfers import ASSIGNED

    there = inheritance.friend("甲")
    inheritance.staff()
    transfers, now = inheritance.bundle.wecom.transfers, inheritance.bundle.time.seconds
    transfers.accept("zhangsan", "lisi", there[0], now, "", resigned=True)
    inheritance.clock("03 10:20")
    transfers.settle(inheritance.bundle.time.seconds)
    assert _told(inheritance)
    inheritance.clock("03 23:50")
    inheritance.bundle.invoke("reconcile_customers", {"time": inheritance.bundle.time.now().isoformat()})
    inheritance.bundle.settle()
    found = _came_to_relations(there)
    assert found["lisi"][:2] == ("active", ASSIGNED)
    assert found["lisi"][2][-1][3] is True
    assert [userid for userid, _ in inheritance.told("new_customer")] == ["zhangsan"]


def test_who_was_merged_meanwhile_is_handed_on_whole(inheritance: Inheritance) -> None:
    """The item names the customer of the time; their leads and to-dos stand under whom they are today."""
    from scrm.customers.dynamodb import Customers
    from scrm.leads import dynamodb as leads
    from scrm.leads.model import Lead
    from scrm.tasks.dynamodb import DynamoTasks
    from scrm.tasks.model import task

    there, other = inheritance.friend("甲"), inheritance.friend("乙", "wangwu")
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    inheritance.known(there[1], crmid="C-9")
    now, rows = inheritance.bundle.time.now().replace(microsecond=0), Customers()
    mine, root = (rows.customer(each, consistent=True) for each in (there[1], other[1]))
    assert mine
    assert root
    rows.save_customer(replace(root, absorbed=(there[1],)), now)
    rows.save_customer(replace(mine, merged_into=other[1]), now)
    told: dict[str, Any] = {"owner": "zhangsan", "owned_at": now, "protect_until": now + timedelta(days=9)}
    told |= {"created_at": now, "updated_at": now, "trigger": "assign", "pool_id": "P", "source": "website"}
    inheritance.pool("P", ("zhangsan", "lisi"), ())
    leads.create(Lead("L1", status="ASSIGNED", keys=(("external_userid", other[0]),), **told), {}, None)
    DynamoTasks().open(task("care", "zhangsan", now, "c", created_at=now, customer_id=other[1]))
    inheritance.bundle.settle()
    inheritance.poll("03 10:20")
    inheritance.poll("03 10:30")
    assert inheritance.stored_lead("L1").owner == "lisi"
    kinds = {
        each: sorted(it.kind for it in DynamoTasks().of_member(each)[0]) for each in ("zhangsan", "lisi")
    }
    assert kinds == {"zhangsan": [], "lisi": ["care", "follow"]}
    # What wangwu has with their other contact is wangwu's.
    assert inheritance.status(other[0], "wangwu") == "active"
    assert [each.kind for each in DynamoTasks().of_member("wangwu")[0]] == ["follow"]


@pytest.mark.parametrize("order", ["before", "after"])
def test_3_7_a_bar_goes_to_who_takes_over_though_another_is_a_friend(
    inheritance: Inheritance, order: str
) -> None:
    there = inheritance.friend("甲")
    steps = (Step("S1", "第一步", schedule=Schedule(days=9)),)
    assert inheritance.enter(there[1], inheritance.put(Version("A", 1, "一步", "step_by_step", steps))) == ""
    inheritance.added_again("wangwu", there[0])
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    # WeCom tells that zhangsan has lost the customer; of lisi's gain it tells late, or never.
    lost, *_ = _over(inheritance)
    if order == "before":
        _arrive(inheritance, [lost])
        it = inheritance.enrollment(there[1], "A")
        assert (it.status, it.why, it.owner) == ("PAUSED", "transfer_pending", "zhangsan")
    _settled(inheritance)
    if order == "after":
        _arrive(inheritance, [lost])
    it = inheritance.enrollment(there[1], "A")
    assert (it.status, it.why, it.owner) == ("ACTIVE", "", "lisi")


def test_2_4_who_added_the_takeover_by_themselves_just_before_stays_an_add(inheritance: Inheritance) -> None:
    from scrm.customers.dynamodb import Customers

    there = inheritance.friend("甲")
    inheritance.plan([(there, "lisi")])
    inheritance.bundle.settle()
    inheritance.clock("03 10:00")
    inheritance.added_again("lisi", there[0])
    inheritance.poll("03 10:20")
    inheritance.poll("03 10:40")
    assert inheritance.items() == {there[0]: "SETTLED"}
    theirs = Customers().relation(there[0], "lisi")
    assert theirs
    assert [(each.inherited, each.observed) for each in theirs.periods] == [(False, False)]
    assert theirs.add_way == 1
