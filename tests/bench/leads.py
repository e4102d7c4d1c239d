"""LE1-LE2: what giving one lead costs, whatever the pool and however many are open, and what a tick reads.

python -m tests.bench LE1
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

from tests.bench.bars import Options, Result, at_most, exactly, progress
from tests.bench.units import golden
from tests.capacity.recording import Recorded, recording
from tests.doubles.bundle import Bundle
from tests.doubles.sqs import Queues, lambda_event

POOLS = (10, 100, 1000)
OPEN = (0, 1000)
READS = frozenset({"GetItem", "BatchGetItem", "Query"})
SLOTS = 5
"""Four parts of leads, and the contracts that end."""
SLA = timedelta(hours=2)
WEIGHED = 40
"""So many leads were given by weights before the one that is measured."""
DUE = (10, 20)
DAY = timedelta(days=1).total_seconds()
REMINDED_AFTER = 9
"""Days from a lead's assignment to the reminder, on the usual terms."""


def leads(options: Options) -> list[Result]:
    """One lead is given in pools of three sizes, with and without others open; the recycler has its time."""
    results: list[Result] = []
    for members in POOLS:
        for there in OPEN:
            results += _given(members, there, update=options.update)
    results += _weighted()
    results += _mixed(update=options.update)
    results += _waited()
    results += _ticks(update=options.update)
    return sorted(results, key=lambda each: each.key)


def _given(members: int, there: int, *, update: bool) -> list[Result]:
    with ExitStack() as stack:
        desk = Desk(stack, members)
        desk.hold(there)
        used = desk.gives()
    name = f"{members}_members_{there}_open"
    reads = _reads(used)
    progress(f"LE1 {name}: {used.write_units():g} WRU, {reads} reads of {used.read_units():g} RRU")
    return [
        at_most("LE1", f"{name}_wru", used.write_units(), 8, " WRU", rru=used.read_units()),
        at_most("LE1", f"{name}_reads", reads, 4, " requests"),
        golden(f"le1_{name}", used, update=update),
    ]


def _weighted() -> list[Result]:
    """By weights, 1 to 10, the cursor holds what each member has gathered."""
    results: list[Result] = []
    for members in (10, 1000):
        with ExitStack() as stack:
            desk = Desk(stack, members, algorithm="weighted")
            desk.hold(WEIGHED)
            used = desk.gives()
        name = f"{members}_members_weighted"
        progress(f"LE1 {name}: {used.write_units():g} WRU, {_reads(used)} reads")
        results += [
            at_most("LE1", f"{name}_wru", used.write_units(), 8, " WRU"),
            at_most("LE1", f"{name}_reads", _reads(used), 4, " requests"),
        ]
    return results


def _mixed(*, update: bool) -> list[Result]:
    """A thousand members of whom a third are full and a third have left: the explanation tells it of each."""
    with ExitStack() as stack:
        desk = Desk(stack, 1000, mixed=True)
        used = desk.gives()
    progress(f"LE1 1000_members_mixed: {used.write_units():g} WRU, {_reads(used)} reads")
    return [
        at_most("LE1", "1000_members_mixed_wru", used.write_units(), 8, " WRU"),
        at_most("LE1", "1000_members_mixed_reads", _reads(used), 4, " requests"),
        golden("le1_1000_members_mixed", used, update=update),
    ]


def _waited() -> list[Result]:
    """One that waited, for its pool to open or after R1, leaves a place in an index as it takes two others.

    6 for the three rows and 1 for each place left or taken: 9 is what the table asks (docs/decisions/0024).
    """
    results: list[Result] = []
    opened: dict[str, Any] = {"trigger": "queue", "reason": "queued"}
    taken: dict[str, Any] = {"status": "POOLED", "pool_id": "east", "trigger": "recycle", "reason": "R1"}
    for name, how in (("from_queue", opened), ("from_pool", taken)):
        with ExitStack() as stack:
            desk = Desk(stack, 1000, mixed=True)
            used = desk.gives_waiting(**how)
        progress(f"LE1 {name}: {used.write_units():g} WRU, {_reads(used)} reads")
        results += [
            at_most("LE1", f"{name}_wru", used.write_units(), 9, " WRU"),
            at_most("LE1", f"{name}_reads", _reads(used), 4, " requests"),
        ]
    return results


def _ticks(*, update: bool) -> list[Result]:
    """An idle tick asks each part once; one that finds leads due reads in proportion to them alone."""
    with ExitStack() as stack:
        desk = Desk(stack, 10, first_sla=None)
        for number in (300, *DUE):
            desk.hold(number)
            desk.bundle.time.sleep(DAY)
        idle = desk.ticks()
        desk.bundle.time.sleep(DAY * (REMINDED_AFTER - 1 - len(DUE)))
        for _ in range(3):
            desk.ticks()  # the reminders of the many
        counts = []
        for _ in DUE:
            desk.bundle.time.sleep(DAY)
            counts.append(_reads(desk.ticks()))
    each = (counts[1] - counts[0]) / (DUE[1] - DUE[0])
    progress(
        f"LE2: idle {_reads(idle)} queries, {counts[0]} reads for {DUE[0]} due, {counts[1]} for {DUE[1]}"
    )
    return [
        exactly("LE2", "idle_queries", _reads(idle), SLOTS, " queries"),
        exactly("LE2", "idle_rru", idle.read_units(), SLOTS * 0.5, " RRU"),
        at_most("LE2", "reads_for_each_that_is_due", each, 1, " requests"),
        at_most("LE2", "reads_besides", counts[0] - DUE[0] * each, SLOTS + 4, " requests"),
        golden("le2_idle", idle, update=update),
    ]


def _reads(used: Recorded) -> int:
    return sum(call.service == "dynamodb" and call.operation in READS for call in used.calls)


def _third(place: int) -> int:
    """Return in which of three ways a member stands, in no order that compresses."""
    return int(sha256(str(place).encode()).hexdigest(), 16) % 3


class Desk:
    """A pool with one rule, and leads that come."""

    def __init__(
        self,
        stack: ExitStack,
        members: int,
        first_sla: timedelta | None = SLA,
        *,
        mixed: bool = False,
        **rule: Any,
    ) -> None:
        self.bundle = Bundle()
        stack.enter_context(self.bundle.running())
        from scrm.leads import rules_dynamodb
        from scrm.leads.policy import Member, Pool, RuleOfPool, RuleSet
        from scrm.leads.protection import Policy
        from scrm.staff.dynamodb import StaffRow
        from scrm.staff.model import Member as Staff

        self.names = [f"member{number:04}" for number in range(members)]
        for place, each in enumerate(self.names):
            gone = mixed and _third(place) == 1
            StaffRow.of(Staff(each, each, status="left" if gone else "active")).save()
        pool = Pool(
            "east",
            "华东",
            tuple(
                Member(each, place, 1 + place % 10, max_open=0 if mixed and _third(place) == 2 else 5000)
                for place, each in enumerate(self.names)
            ),
            protection=Policy(first_sla=first_sla),
        )
        rules = RuleSet(rules=(RuleOfPool("all", "east", **rule),), pools=(pool,), default_pool="east")
        rules_dynamodb.add(rules, "admin", self.bundle.time.now())
        self.came = 0
        self.comes()
        self.bundle.settle()  # the process is warm: it has the directory and the rules
        self.bundle.time.sleep(20)

    def comes(self, *, due: bool = False, **how: Any) -> str:
        """Let a lead come, as usual or `how`, with a place in what is due where `due`; return its id."""
        from scrm.leads import dynamodb as stored
        from scrm.leads.model import Key, Lead

        self.came += 1
        now = self.bundle.time.now()
        lead_id = f"ld_{self.came:020}"
        keys: tuple[Key, ...] = (
            ("phone", f"1390000{self.came:04}"),
            ("unionid", f"o6_bmjrPTlm6_2sgVt7h{self.came}"),
        )
        lead = Lead(
            lead_id,
            "NEW",
            "website",
            name="王小明",
            company="杭州某某科技有限公司",
            keys=keys,
            channel_id="ch_benchmark00000000001",
            campaign="spring-2026",
            product="training-a",
            region="330106",
            trigger="create",
            created_at=now,
            updated_at=now,
        )
        stored.create(replace(lead, **how), {"demand": "想了解价格"}, now if due else None)
        return lead_id

    def hold(self, number: int) -> None:
        """Let the members hold so many leads by turns."""
        from scrm.leads.assigning import assign

        for _ in range(number):
            assign(self.comes(), 0, self.bundle.time.now())
        self.bundle.time.sleep(1)

    def gives(self) -> Recorded:
        """Let a lead come, and return what giving it took."""
        self.bundle.settle()
        self.comes()
        while self.bundle.react():
            pass
        request = {"QueueUrl": Queues.url("LeadIntake"), "MaxNumberOfMessages": 10}
        messages = self.bundle.cloud.queues.handle("ReceiveMessage", request)["Messages"]
        with recording(self.bundle.cloud) as used:
            self.bundle.invoke("assign_leads", lambda_event("LeadIntake", messages))
        return used

    def gives_waiting(self, **how: Any) -> Recorded:
        """Let a lead have waited, and return what giving it took."""
        from scrm.leads.assigning import assign

        self.bundle.settle()
        lead_id = self.comes(due=True, **how)
        with recording(self.bundle.cloud) as used:
            given = assign(lead_id, 0, self.bundle.time.now())
        if given is None or not given.owner:
            raise AssertionError("nobody has it")
        return used

    def tick(self) -> dict[str, str]:
        """Return the event of the schedule at this moment."""
        return {"time": self.bundle.time.now().isoformat()}

    def ticks(self) -> Recorded:
        """Return what one tick asks."""
        with recording(self.bundle.cloud) as used:
            self.bundle.invoke("recycle_leads", self.tick())
        return used
