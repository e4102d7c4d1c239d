"""Oracle I12 through the console: 230 customers of one pair are sent by 100/100/30, each exactly once."""

from itertools import chain

import pytest

from tests.component.inheritance.console_world import Console
from tests.component.inheritance.inheritance_world import RESULT, TRANSFER, Inheritance
from tests.doubles.bundle import Died
from tests.doubles.cloud import Call


@pytest.fixture
def console(inheritance: Inheritance) -> Console:
    """The console, with the two members."""
    made = Console(inheritance)
    made.member("zhangsan", "lisi")
    return made


def confirmed(console: Console) -> list[str]:
    """Let 230 customers of zhangsan be given to lisi, up to where everything that can follow has followed."""
    from wecom_simulator.model import Customer, Relation

    there = console.many("zhangsan", 230)
    world = console.bundle.wecom.world
    for each in there:
        world.customers[each] = Customer(each, each)
        world.add_relation(Relation("zhangsan", each, world.next_seq(), int(console.bundle.time.seconds)))
    console.confirmed(console.drafted(["zhangsan"], ["lisi"]))
    return there


def named(console: Console) -> list[list[str]]:
    """Return whom each call names."""
    return [call["external_userid"] for call in console.at.asked(TRANSFER)]


def test_i12_a_worker_that_dies_after_the_first_call_is_followed_by_one_that_asks(console: Console) -> None:
    calls: list[str] = []

    def dies(call: Call) -> None:
        if call.operation == TRANSFER:
            calls.append(call.operation)
            if len(calls) == 1:
                raise Died

    console.bundle.cloud.after.append(dies)
    there = confirmed(console)

    assert console.bundle.deaths == 1
    assert sorted(map(len, named(console)), reverse=True) == [100, 100, 30]
    assert sorted(chain(*named(console))) == sorted(there), "each is named exactly once"
    assert console.at.asked(RESULT) == []
    console.at.poll("02 10:25")
    assert len(console.at.asked(RESULT)) == 1, "the call whose answer nobody got is asked for"
    assert len(named(console)) == 3
    plan_id = console.get("")["items"][0]["plan_id"]
    assert set(console.at.items(plan_id).values()) == {"WAITING"}
    assert len(console.bundle.wecom.world.transfers) == 230


def test_i12_what_wecom_does_not_know_of_is_sent_again_and_only_then(console: Console) -> None:
    console.bundle.wecom.faults.add({"what": "timeout", "endpoint": TRANSFER})
    there = confirmed(console)

    assert list(map(len, named(console))) == [100, 100, 30]
    first = named(console)[0]
    console.at.poll("02 10:25")
    order = [
        call["path"] for call in console.bundle.wecom.calls.listed() if call["path"] in {TRANSFER, RESULT}
    ]
    assert order == [TRANSFER, TRANSFER, TRANSFER, RESULT, TRANSFER]
    assert named(console)[3] == first
    accepted = [each.external_userid for each in console.bundle.wecom.world.transfers.values()]
    assert sorted(accepted) == sorted(there), "each was taken exactly once"
