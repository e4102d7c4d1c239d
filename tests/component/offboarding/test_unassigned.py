"""WeCom's list of departed members' customers: read, and whoever is unknown becomes known (INH-02)."""

from datetime import UTC, datetime

from scrm.offboarding.model import Remains
from tests.component.offboarding.offboarding_world import UNASSIGNED, Offboarding
from tests.doubles.bundle import Died
from tests.doubles.cloud import Call


def test_inh_02_who_leaves_has_wecoms_list_read_and_unknown_customers_become_known(
    offboarding: Offboarding,
) -> None:
    from scrm.customers.dynamodb import Customers

    known, _ = offboarding.friend("甲")
    unknown = offboarding.unheard("乙")
    offboarding.leaves()
    relation = Customers().relation(unknown, "zhangsan")
    assert relation
    assert (relation.status, [each.kind for each in relation.facts]) == ("active", ["observed"])
    contact = Customers().contact(unknown)
    assert contact
    assert Customers().customer(contact.customer_id)
    assert [title for userid, title in offboarding.told("new_customer") if userid == "zhangsan"] == [""]
    gone = offboarding.gone()
    assert gone.left_at == datetime.fromtimestamp(
        int(offboarding.bundle.wecom.world.staff["zhangsan"].left_at), UTC
    )
    assert (gone.listed, gone.remains.customers) == (2, 2)
    assert len(offboarding.asked(UNASSIGNED)) == 1
    before = Customers().relation(known, "zhangsan")
    offboarding.imports()
    assert Customers().relation(known, "zhangsan") == before
    assert Customers().relation(unknown, "zhangsan") == relation


def test_inh_02_a_list_that_wecom_does_not_give_now_is_read_later(offboarding: Offboarding) -> None:
    unknown = offboarding.unheard("乙")
    offboarding.bundle.wecom.faults.add({"endpoint": UNASSIGNED, "what": "http500", "count": 15})
    offboarding.leaves()
    for _ in range(6):
        offboarding.later(301)
    assert offboarding.status(unknown, "zhangsan") == "active"
    assert not [name for name in offboarding.bundle.waiting() if name.endswith("Dead")]


def test_inh_02_who_left_before_we_were_there_is_found_by_the_list(offboarding: Offboarding) -> None:
    from wecom_simulator.acts import member_joins, member_leaves

    member_joins(offboarding.bundle.wecom, userid="old", name="老成员", department=[2], customer_contact=True)
    offboarding.unheard("甲", "old")
    offboarding.bundle.time.seconds += 86_400
    member_leaves(offboarding.bundle.wecom, userid="old")
    offboarding.bundle.callbacks()
    offboarding.bundle.time.seconds += 86_400
    assert offboarding.gone("old") is None
    offboarding.friend("乙", "lisi")
    offboarding.leaves("lisi")
    gone = offboarding.gone("old")
    assert gone.left_at.isoformat() == "2026-03-03T02:15:00+00:00"
    assert gone.remains == Remains(customers=1)


def test_inh_02_a_userid_that_somebody_has_again_is_left_alone(offboarding: Offboarding) -> None:
    from wecom_simulator.acts import member_leaves

    unknown = offboarding.unheard("甲", "lisi")
    member_leaves(offboarding.bundle.wecom, userid="lisi")
    offboarding.bundle.callbacks()
    offboarding.leaves()
    assert offboarding.gone("lisi") is None
    assert offboarding.status(unknown, "lisi") == "none"


def test_inh_02_a_deletion_that_we_know_of_is_not_undone_by_the_list(offboarding: Offboarding) -> None:
    there, _ = offboarding.friend("甲")
    other, _ = offboarding.friend("乙")
    offboarding.deleted("zhangsan", there)
    offboarding.leaves()
    assert offboarding.status(there, "zhangsan") == "deleted_by_customer"
    assert offboarding.status(other, "zhangsan") == "active"


def test_inh_02_an_import_that_is_killed_at_any_write_comes_to_the_same(offboarding: Offboarding) -> None:
    unknown = [offboarding.unheard(each) for each in "甲乙丙"]
    died = 0

    def kill(call: Call) -> None:
        nonlocal died
        if call.operation in {"PutItem", "UpdateItem", "TransactWriteItems"} and died < 12:
            died += 1
            if died % 2:
                raise Died

    from wecom_simulator.acts import member_leaves

    member_leaves(offboarding.bundle.wecom, userid="zhangsan")
    offboarding.bundle.arrive()
    offboarding.bundle.settle()
    offboarding.bundle.cloud.after.append(kill)
    offboarding.later(61)
    offboarding.later(61)
    offboarding.later(601)
    assert died == 12
    assert [offboarding.status(each, "zhangsan") for each in unknown] == ["active"] * 3
    gone = offboarding.gone()
    assert (gone.listed, gone.remains.customers) == (3, 3)
    assert len({each for each in offboarding.prompts() if each[0] == "admin"}) == 1
