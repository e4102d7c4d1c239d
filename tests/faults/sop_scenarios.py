"""What the functions of SOPs are put through: killed at each step, throttled, and done again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.bench.sop_corp import SopCorp
from tests.doubles.bundle import Bundle
from tests.faults.scenarios import Act, Scenario, until_answered

SOPS: dict[str, Scenario] = {}
LISI = "lisi"


def of_sops(function: Callable[[SopCorp], Act]) -> Callable[[SopCorp], Act]:
    """Register a scenario of a corp whose members are zhangsan and lisi."""

    def scenario(bundle: Bundle) -> Act:
        return function(SopCorp(bundle, named=("zhangsan", LISI)))

    SOPS[f"sop_{function.__name__}"] = scenario
    return function


def version(sop_id: str = "A", **more: Any) -> Any:
    """Return a SOP of two to-dos, a day apart."""
    from scrm.sops.model import Schedule, Step, Version

    steps = (Step("A1", "A1"), Step("A2", "A2", schedule=Schedule(days=1, at="10:00")))
    return Version(
        **{"sop_id": sop_id, "number": 1, "name": sop_id, "strategy": "step_by_step", "steps": steps} | more
    )


def ticks(corp: SopCorp) -> None:
    """Let a tick come, again until it is done, and everything follow."""
    until_answered(corp.bundle, "start_due_steps", {"time": corp.bundle.time.now().isoformat()})
    corp.bundle.settle()


def enrolled(corp: SopCorp, *versions: Any, customers: int = 1) -> list[str]:
    """Return customers who have just entered."""
    corp.define(*versions)
    found = corp.people(customers)
    for each in versions:
        corp.enrolled(found, each, corp.bundle.time.now())
    corp.bundle.settle()
    return found


@of_sops
def step_is_dispatched(corp: SopCorp) -> Act:
    enrolled(corp, version())
    return lambda: ticks(corp)


@of_sops
def step_is_done(corp: SopCorp) -> Act:
    enrolled(corp, version())
    ticks(corp)
    corp.do("zhangsan")
    return corp.bundle.settle


@of_sops
def two_sops_are_due_and_a_cap_lets_one_through(corp: SopCorp) -> Act:
    enrolled(corp, version("A", priority=20), version("B", priority=10))
    return lambda: ticks(corp)


@of_sops
def timed_steps_are_missed_and_the_next_is_dispatched(corp: SopCorp) -> Act:
    from scrm.sops.model import Schedule, Step

    steps = tuple(Step(f"B{day}", "B", schedule=Schedule(days=day, at="10:20")) for day in range(3))
    enrolled(corp, version("B", strategy="timed", steps=steps))
    corp.bundle.time.sleep(2 * 86_400 + 600)
    return lambda: ticks(corp)


@of_sops
def last_step_is_done(corp: SopCorp) -> Act:
    from scrm.sops.model import Ending, Step

    enrolled(corp, version(steps=(Step("A1", "A1"),), completed=Ending(notify=True)))
    ticks(corp)
    corp.do("zhangsan")
    return corp.bundle.settle


@of_sops
def customer_no_longer_fits_and_leaves(corp: SopCorp) -> Act:
    enrolled(corp, version(condition={"field": "order_count", "op": "gte", "value": 1}))
    return lambda: ticks(corp)


@of_sops
def customer_enters_by_an_add(corp: SopCorp) -> Act:
    from scrm.sops.model import Trigger
    from scrm.sops.queueing import tell

    corp.define(version(triggers=(Trigger("added"),)))
    (someone,) = corp.people(1)
    now = corp.bundle.time.now().isoformat()
    facts = {"trigger": "added", "ids": [], "at": now, "owner": "zhangsan"}
    tell(someone, "enter", now, {**facts, "external_userid": corp.chat_of(someone)})
    return corp.bundle.settle


@of_sops
def bar_moves_with_its_owner(corp: SopCorp) -> Act:
    from scrm.sops.queueing import tell

    (someone,) = enrolled(corp, version())
    ticks(corp)
    there, at = corp.chat_of(someone), corp.bundle.time.now().isoformat()
    facts = {"handover": "zhangsan", "takeover": LISI, "external_userid": there, "mode": "onjob", "at": at}
    for phase in ("pending", "succeeded"):
        tell(someone, "transfer", phase, {**facts, "phase": phase})
    return corp.bundle.settle


@of_sops
def step_waits_and_is_given_up(corp: SopCorp) -> Act:
    from scrm.sops.model import Policies

    enrolled(corp, version(policies=Policies(max_wait_days=1, then="skip")))
    ticks(corp)
    corp.bundle.time.seconds += timedelta(days=1, minutes=5).total_seconds()
    return lambda: ticks(corp)


@of_sops
def mass_send_is_gathered_asked_and_confirmed(corp: SopCorp) -> Act:
    from scrm.sops.model import Step
    from wecom_simulator.acts import mass_send_confirmed

    mass = version("M", steps=(Step("M1", "M1", "mass"), Step("M2", "M2")))
    corp.define(mass, contents={"M1": {"parts": [{"kind": "text", "text": "您好"}], "revision": 1}})
    found = corp.people(3)
    for place, each in enumerate(found):
        corp.bundle.wecom.people.scan(userid=corp.owner(place), external_userid=corp.chat_of(each))
    corp.bundle.wecom.callbacks.take()
    corp.enrolled(found, mass, corp.bundle.time.now())
    corp.bundle.settle()
    wecom = corp.bundle.wecom

    def act() -> None:
        # Whatever a kill has put off is asked by the time the members look; what came of it is asked hourly.
        for minutes in (0, 1, 2, 3, 10, 20, 20, 70, 70):
            corp.bundle.time.sleep(60 * minutes)
            for task in list(wecom.world.mass_tasks.values()) if minutes == 70 else ():
                mass_send_confirmed(wecom, msgid=task.msgid)
            ticks(corp)

    return act
