"""U11: what a plan costs from its confirmation to the last customer settled, and what the poller reads.

python -m tests.bench U11
"""

from __future__ import annotations

import math
from collections import Counter
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tests.bench.bars import Options, Result, at_most, exactly, progress
from tests.bench.sop_corp import SopCorp
from tests.bench.units import golden
from tests.capacity.calculator import item_size
from tests.capacity.recording import Recorded, recording
from tests.doubles.bundle import Bundle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.doubles.cloud import Call
    from tests.doubles.dynamodb import Use

OF_A_PAIR = (230, 1_000)
TRANSFER = "/cgi-bin/externalcontact/transfer_customer"
PLANS, DUE = (1, 100), (10, 500)
BATCHES = 5
"""So many batches each stored plan has that are due later."""
OURS = ("plan", "batches", "marks", "everything else before WeCom has decided")
"""What a plan writes besides what its settlement moves."""


def inheritance(options: Options) -> list[Result]:
    """Customers of one pair, by the console, from plan to settled; the poller with nothing and much due."""
    return [*_plans(update=options.update), *_polls(update=options.update)]


# ---------------------------------------------------------------- from plan to settled


class ByFamily:
    """Write units by the rows that were written, of each part of a plan's way."""

    def __init__(self) -> None:
        self.units: Counter[str] = Counter()
        self.other = ""
        self._uses: list[Use] = []

    @contextmanager
    def counting(self, bundle: Bundle, other: str) -> Iterator[None]:
        """Count while the block runs; rows of no plan are counted as `other`."""
        self.other = other
        bundle.cloud.store.observers.append(self._uses.append)
        bundle.cloud.after.append(self._after)
        try:
            yield
        finally:
            bundle.cloud.after.remove(self._after)
            bundle.cloud.store.observers.remove(self._uses.append)

    def _after(self, call: Call) -> None:
        taken, self._uses[:] = sum(each.write_units for each in self._uses), []
        if call.service == "dynamodb" and taken:
            self.units[self._family(call.request)] += taken

    def _family(self, request: dict[str, Any]) -> str:
        keys = str(request.get("Item") or request.get("Key") or request)
        if "PLAN#" in keys and "BATCH#" in keys:
            return "batches"
        if "PLAN#" in keys and "RELATION#" not in keys:
            return "plan"
        return "marks" if "TRANSFERS" in keys else self.other


def _plans(*, update: bool) -> list[Result]:
    results: list[Result] = []
    for number in OF_A_PAIR:
        with ExitStack() as stack:
            families, used = _settled(stack, number)
        units, calls = families.units, used.wecom().count(TRANSFER)
        ours = sum(units[each] for each in OURS) / number
        shares = {name: round(units[name] / number, 3) for name in sorted(units)}
        progress(f"U11 {number} of a pair: {calls} calls, WRU an item {shares}, so {ours:.2f} a plan's own")
        results += [
            exactly("U11", f"calls_for_{number}_of_a_pair", calls, math.ceil(number / 100), " calls"),
            at_most("U11", f"wru_an_item_of_{number}", ours, 3, " WRU", by_family=shares),
            golden(f"u11_{number}_of_a_pair", used, update=update),
        ]
    return results


def _settled(stack: ExitStack, number: int) -> tuple[ByFamily, Recorded]:
    """Return what a plan for so many customers of one pair took, who all agree; WeCom's callbacks apart."""
    bundle = Bundle()
    stack.enter_context(bundle.running("fast"))
    corp = SopCorp(bundle, named=("zhangsan",))
    _people(corp, number)
    families = ByFamily()
    with recording(bundle.cloud) as used:
        with families.counting(bundle, "everything else before WeCom has decided"):
            _confirmed(bundle, used)
            bundle.settle()
        bundle.time.sleep(86_400 + 120)
        bundle.wecom.transfers.settle(bundle.time.seconds)
        bundle.wecom.callbacks.take()  # of which WeCom's own events tell is counted by U3 and U14
        with families.counting(bundle, "what settlement moves"):
            for _ in range(3):
                bundle.invoke("poll_transfers", {"time": bundle.time.now().isoformat()})
                bundle.settle()
                bundle.time.sleep(600)
    _ended(number)
    return families, used


def _people(corp: SopCorp, number: int) -> None:
    from scrm.staff import dynamodb as staff
    from scrm.staff.model import Member
    from wecom_simulator.model import Customer, Relation

    world = corp.bundle.wecom.world
    for each in ("zhangsan", "lisi"):
        staff.StaffRow.of(Member(each, each, can_contact=True)).save()
    staff.forget_directory()
    for place in range(number):
        there = corp.chat_of(corp.person(f"cu_{place:07}", place))
        world.customers[there] = Customer(there, there)
        world.add_relation(Relation("zhangsan", there, world.next_seq(), int(corp.bundle.time.seconds)))


def _confirmed(bundle: Bundle, used: Recorded) -> None:
    """Draft a plan by the console and confirm it as it was shown."""
    from tests.component.inheritance.console_world import Console
    from tests.component.inheritance.inheritance_world import Inheritance

    console = Console(Inheritance(bundle))
    plan = console.drafted(["zhangsan"], ["lisi"])
    before = used.read_units(), len(used.uses)
    told = {"selection_hash": plan["selection_hash"], "version": plan["version"]}
    answered = console.ask(f"/{plan['plan_id']}:confirm", told)
    if answered.status != 200:
        raise AssertionError(answered.text)
    progress(f"U11 a confirmation reads {used.read_units() - before[0]:g} RRU")


def _ended(number: int) -> None:
    from scrm.inheritance.plans_dynamodb import plans

    ((plan,), _) = plans(2)
    if plan.outcome != {"SETTLED": number}:
        raise AssertionError(f"{plan.status} {plan.outcome}")


# ---------------------------------------------------------------- the poller


def _polls(*, update: bool) -> list[Result]:
    """Idle and with so many batches due, at 1 plan and at 100 that are stored."""
    results: list[Result] = []
    found = {stored: _polled(stored) for stored in PLANS}
    few, many = (found[each] for each in PLANS)
    for stored, (idle, due) in found.items():
        told = {number: used.read_units() for number, (used, _) in due.items()}
        progress(f"U11 poller at {stored} plans: idle {idle.read_units():g} RRU, due {told} RRU")
        results.append(exactly("U11", f"idle_poll_rru_at_{stored}_plans", idle.read_units(), 0.5, " RRU"))
        for number, (used, size) in due.items():
            bar = math.ceil(size / 4096) * 0.5
            name = f"poll_rru_of_{number}_due_at_{stored}_plans"
            results += [
                at_most("U11", name, used.read_units(), bar, " RRU", bytes=size),
                exactly("U11", f"poll_messages_of_{number}_due_at_{stored}_plans", used.sends(), number),
            ]
    differs = sum(few[1][each][0].golden() != many[1][each][0].golden() for each in DUE)
    results.append(exactly("U11", "polls_that_depend_on_plans_stored", differs, 0, f" of {len(DUE)}"))
    results.append(golden("u11_idle_poll", many[0], update=update))
    return results


def _polled(stored: int) -> tuple[Recorded, dict[int, tuple[Recorded, int]]]:
    """Return what an idle poll took, and for each number due what one took, with the bytes of its keys."""
    with ExitStack() as stack:
        bundle = Bundle(simulated=False)
        stack.enter_context(bundle.running("fast"))
        corp = SopCorp(bundle, 1)
        later = bundle.time.now() + timedelta(hours=20)
        for plan in range(stored):
            _batches(corp, f"stored{plan:04}", BATCHES, later)
        idle = _poll(bundle)
        found = {}
        for number in DUE:
            bundle.time.sleep(600)
            keys = _batches(corp, f"due{number:04}", number, bundle.time.now() - timedelta(minutes=1))
            found[number] = _poll(bundle), keys
            _done(corp, f"due{number:04}")
    return idle, found


def _batches(corp: SopCorp, plan_id: str, number: int, at: Any) -> int:
    """Store batches of one customer each that are due at a time; return the bytes of their keys."""
    from scrm.inheritance.model import Item
    from scrm.inheritance.plan import PlanBatch, numbered
    from scrm.inheritance.rows_dynamodb import BatchRow

    table, size = corp.bundle.cloud.store.tables["ScrmTable"], 0
    for place in range(1, number + 1):
        item = Item(f"cu_{place}", f"wm{place}", "zhangsan", "lisi")
        batch = PlanBatch(
            plan_id, numbered(place), "onjob", f"m{place % 7}", "lisi", "", (item,), at, version=1
        )
        row = BatchRow.of(batch).serialize()
        corp.put(row)
        size += item_size(table.view("by_due", row))
    return size


def _done(corp: SopCorp, plan_id: str) -> None:
    """Let all batches of a plan be over."""
    from dataclasses import replace

    from scrm.inheritance.plans_dynamodb import batches_of
    from scrm.inheritance.rows_dynamodb import BatchRow

    for each in list(batches_of(plan_id)):
        corp.put(BatchRow.of(replace(each, items=(), due_at=None)).serialize())


def _poll(bundle: Bundle) -> Recorded:
    with recording(bundle.cloud) as used:
        bundle.invoke("poll_transfers", {"time": bundle.time.now().isoformat()})
    return used
