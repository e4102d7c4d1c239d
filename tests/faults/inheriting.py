"""FI: 10,000 customers of 7 members go to 13 others while workers die, WeCom fails and messages go astray.

python -m tests.faults FI --scale=0.03 --seeds=1
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.bench.bars import Options, Result, exactly, progress
from tests.bench.sop_corp import SopCorp
from tests.doubles.bundle import START, Bundle, consumers
from tests.doubles.sqs import Queues
from tests.faults.inheriting_judge import JUDGED, Judge
from tests.faults.inheriting_trouble import Trouble

CUSTOMERS, HANDOVERS, TAKEOVERS = 10_000, 7, 13
DOUBLED, LATE, HEARD = 0.05, 0.05, 0.1
FAULTS: tuple[tuple[float, dict[str, Any]], ...] = (
    (0.025, {"what": "errcode", "errcode": -1}),
    (0.025, {"what": "errcode", "errcode": 45035}),
    (0.02, {"what": "errcode", "errcode": 42001}),
    (0.02, {"what": "timeout", "seconds": 5}),
    (0.02, {"what": "reset"}),
    (0.03, {"what": "http500"}),
    (0.02, {"what": "html"}),
    (0.04, {"what": "unknown_outcome"}),
)
THROTTLED = 1 / 300
"""How many calls are answered 45009: it blocks an API for a minute, so few are enough."""
WITH_A_SECOND, WITH_LEAD, WITH_BAR, FRIENDS = 0.07, 0.1, 0.2, 0.02
REFUSE, FULL, UNFIT = 0.05, 0.3, 0.01
"""Customers who say no; those of a takeover who is full; rows that WeCom does not take."""
MOST_OF_A_PLAN = 5_000
TICK = 600
LONGEST = 12 * 86_400


def inherited(options: Options) -> list[Result]:
    """A plan of 10,000 customers, start to end; every wrong is counted by what it breaks."""
    wrong: Counter[str] = Counter()
    told = []
    for seed in options.seeds:
        found = lived(seed, options.scaled(CUSTOMERS))
        progress(f"FI seed {seed}: {found.told()}")
        for each in found.judge.seen:
            progress(f"FI seed {seed} {each}")
        wrong += found.judge.wrong
        told.append(found.told())
    return [
        exactly("FI", name, wrong[name], 0, f" of {options.scaled(CUSTOMERS):,}", told=told)
        for name in JUDGED
    ]


@dataclass
class Handover:
    """A corp of members who hand over and take over, its clock, and what is about to happen at WeCom."""

    corp: SopCorp
    dice: random.Random
    judge: Judge
    trouble: Trouble
    mode: str
    handovers: list[str]
    takeovers: list[str]
    full: set[str] = field(default_factory=set)
    ahead: list[tuple[float, int, str, Any]] = field(default_factory=list)
    met: set[str] = field(default_factory=set)
    seen: int = 0
    ticks: int = 0
    behind: dict[str, Any] = field(default_factory=consumers)

    @property
    def bundle(self) -> Bundle:
        """Return everything deployed."""
        return self.corp.bundle

    def told(self) -> str:
        """Return what was lived through, in words."""
        outcomes = self.bundle.wecom.calls.outcomes
        faulty = sum(number for name, number in outcomes.items() if name != "ok")
        days = (self.bundle.time.seconds - START) / 86_400
        return (
            f"{self.mode}, {self.judge.figures()}; {self.trouble.kills} kills {dict(self.trouble.fatal)}, "
            f"{self.trouble.doubles} second workers, {sum(outcomes.values()):,} calls to WeCom, {faulty:,} "
            f"answered badly, over after {days:.1f} days, {dict(+self.judge.wrong)}"
        )

    # ---------------------------------------------------------------- what there is

    def befriend(self, number: int) -> None:
        """Make customers of the handovers: some with a lead, a second member, or a takeover as friend."""
        from wecom_simulator.model import Customer

        for place in range(number):
            customer_id = f"cu_{place:07}"
            there, owners = self.corp.chat_of(customer_id), [self.corp.owner(place)]
            self.corp.person(customer_id, place)
            self.bundle.wecom.world.customers[there] = Customer(there, f"客户{place}")
            if self.dice.random() < WITH_A_SECOND:
                owners.append(self.dice.choice([each for each in self.handovers if each not in owners]))
            friends = [self.dice.choice(self.takeovers)] if self.dice.random() < FRIENDS else []
            for userid in [*owners, *friends]:
                self._relation(there, customer_id, userid, is_new=userid != owners[0])
            self.judge.know(there, customer_id, owners, friends)
            if self.dice.random() < WITH_LEAD:
                self._lead(place, customer_id, there, owners[0])

    def _relation(self, there: str, customer_id: str, userid: str, *, is_new: bool) -> None:
        from scrm.cards.dynamodb import CardRow
        from scrm.cards.model import Card
        from scrm.customers.model import Relation
        from scrm.customers.relation import Fact
        from scrm.customers.rows_dynamodb import RelationRow
        from wecom_simulator.model import Relation as Known

        world, at = self.bundle.wecom.world, self.bundle.time.now().replace(microsecond=0)
        known = Known(userid, there, world.next_seq(), int(at.timestamp()))
        if self.dice.random() < UNFIT and userid in self.handovers:
            known.transfer_errcode = 40131
        world.add_relation(known)
        if is_new:
            met = (Fact("add", int(at.timestamp()), f"add-{there}-{userid}"),)
            row = Relation(there, userid, facts=met, detail_at=at, version=1, created_at=at, updated_at=at)
            self.corp.put(RelationRow.of(row).serialize())
            card = Card(customer_id, there, userid, name=there, status="active", added_at=at)
            self.corp.put(CardRow.of(card, 1).serialize())

    def _lead(self, place: int, customer_id: str, there: str, owner: str) -> None:
        from scrm.leads import dynamodb as stored
        from scrm.leads.model import Lead

        now = self.bundle.time.now()
        told: dict[str, Any] = {"owner": owner, "owned_at": now, "created_at": now, "updated_at": now}
        told |= {
            "protect_until": now + timedelta(days=60),
            "trigger": "import",
            "updated_by": "admin",
            "created_by": "admin",
        }
        keys = (("external_userid", there),)
        lead = Lead(f"lead{place:07}", "ASSIGNED", "website", customer_id=customer_id, keys=keys, **told)
        stored.create(lead, {}, None)
        self.judge.leads[there] = lead.lead_id

    def bars(self, number: int) -> None:
        """Let some customers stand in a SOP whose first to-do they are given now."""
        from scrm.sops.model import Schedule, Step, Version

        steps = (
            Step("S1", "回访", schedule=Schedule(days=0)),
            Step("S2", "复访", schedule=Schedule(days=60)),
        )
        version = Version("S", 1, "交接", "timed", steps)
        self.corp.define(version)
        ids = [f"cu_{place:07}" for place in range(number) if self.dice.random() < WITH_BAR]
        self.corp.enrolled(ids, version, self.bundle.time.now())
        self.judge.bars = {self.corp.chat_of(each): each for each in ids}
        self.bundle.time.sleep(600)
        self.corp.tick()
        self.work()

    def plan(self) -> None:
        """Draft plans by the console and confirm each as it was shown: one takes 10,000 at most."""
        is_much = len(self.judge.people) > MOST_OF_A_PLAN
        half = -(-len(self.handovers) // 2) if is_much else len(self.handovers)
        for handovers in (self.handovers[:half], self.handovers[half:]):
            if handovers:
                self.judge.plan_ids.append(self._planned(handovers))

    def _planned(self, handovers: list[str]) -> str:
        from tests.component.inheritance.console_world import Console
        from tests.component.inheritance.inheritance_world import Inheritance

        console = Console(Inheritance(self.bundle))
        takeovers = [{"userid": each, "weight": 1 + place % 3} for place, each in enumerate(self.takeovers)]
        plan = console.drafted(handovers, takeovers, mode=self.mode, allocation="ratio")
        told = {"selection_hash": plan["selection_hash"], "version": plan["version"]}
        answered = console.ask(f"/{plan['plan_id']}:confirm", told)
        if answered.status != 200:
            raise AssertionError(answered.text)
        return str(plan["plan_id"])

    # ---------------------------------------------------------------- time

    def tick(self) -> int:
        """Live through ten minutes: what happens at WeCom, the schedule, and all that follows."""
        self.bundle.time.seconds = START + TICK * (1 + (self.bundle.time.seconds - START) // TICK)
        self.ticks += 1
        self._happens()
        with self.trouble.loose():
            chance = self.dice.random() / max(self.trouble.share, 1e-9)
            queued = 0 if chance < LATE else self._polled()
            if LATE <= chance < LATE + DOUBLED:
                # Past the queue's own five minutes: every message comes once more.
                self.bundle.cloud.queues.queues["InheritanceBatches"].recent.clear()
                queued += self._polled()
            self.work()
        self._look()
        return queued

    def _polled(self) -> int:
        answer = self.bundle.invoke("poll_transfers", {"time": self.bundle.time.now().isoformat()})
        return int(answer["queued"]) if answer else 0

    def work(self) -> None:
        """Work until nothing is visible; what a killed worker held comes back after its time."""
        while True:
            moved = sum(self._worked(queue, each) for queue, each in self.behind.items())
            if not moved + self.bundle.react():
                break
        done = min(self.bundle._stream_at.values(), default=0)
        del self.bundle.cloud.store.stream[:done]
        for function in self.bundle._stream_at:
            self.bundle._stream_at[function] -= done

    def _worked(self, queue: str, consumer: Any) -> int:
        """Hand one batch on; keep some messages of handovers to come once more, much later."""
        if queue == "InheritanceBatches":
            held = self.bundle.cloud.queues.queues[queue].messages
            fresh = [each for name, each in held.items() if name not in self.met]
            self.met |= held.keys()
            for each in [each for each in fresh if self._strikes(DOUBLED)]:
                later = self.bundle.time.seconds + self.dice.uniform(0, 40 * 3600)
                self._ahead(later, "again", (queue, each.body, each.group))
        return self.bundle.work(queue, consumer, patient=True)

    def _strikes(self, chance: float) -> bool:
        return self.dice.random() < chance * self.trouble.share

    def _ahead(self, at: float, what: str, it: Any) -> None:
        heapq.heappush(self.ahead, (at, len(self.ahead) + self.ticks * 10_000, what, it))

    # ---------------------------------------------------------------- at WeCom

    def _look(self) -> None:
        """Let customers and takeovers decide of what was newly accepted, within the day they have."""
        wecom, now = self.bundle.wecom, self.bundle.time.seconds
        rows = list(wecom.world.transfers.values())
        for row in rows[self.seen :]:
            chance, at = self.dice.random(), now + self.dice.uniform(0, 86_000)
            if chance < REFUSE:
                self._ahead(at, "refused", row)
            elif row.takeover in self.full and chance < REFUSE + FULL:
                self._ahead(at, "limit", row)
        self.seen = len(rows)
        self._heard(HEARD)

    def _happens(self) -> None:
        """Let happen at WeCom what was to until now, and callbacks and messages arrive."""
        wecom = self.bundle.wecom
        while self.ahead and self.ahead[0][0] <= self.bundle.time.seconds:
            _, _, what, it = heapq.heappop(self.ahead)
            if what == "again":
                self._sent_again(*it)
            elif it.status == 2:
                self._heard(HEARD)
                if what == "refused":
                    wecom.transfers.refuse(it)
                else:
                    wecom.transfers.fail(it, 4, "customer_limit_exceed")
                self._heard(0.9)
        wecom.transfers.settle(self.bundle.time.seconds)

    def _heard(self, share: float) -> None:
        """Let a share of the callbacks arrive, in time, late in their queue, or twice; the rest is lost."""
        events, now = self.bundle.cloud.queues.queues["CustomerEvents"], self.bundle.time.seconds
        for sealed in self.bundle.callbacks():
            if self.dice.random() >= share:
                continue
            before = set(events.messages)
            while self.bundle.post(sealed) != 200:
                pass
            for name in events.messages.keys() - before:
                held = events.messages[name]
                if self.dice.random() < 0.4:
                    held.visible_at = now + self.dice.uniform(60, 30 * 3600)
                if self.dice.random() < 0.2:
                    again = "CustomerEvents", held.body, held.group
                    self._ahead(now + self.dice.uniform(60, 40 * 3600), "again", again)

    def _sent_again(self, queue: str, body: str, group: str) -> None:
        request = {
            "QueueUrl": Queues.url(queue),
            "MessageBody": body,
            "MessageGroupId": group,
            "MessageDeduplicationId": f"again-{self.dice.random()}",
        }
        self.bundle.cloud.queues.handle("SendMessage", request)

    def is_over(self) -> bool:
        """Return whether the plans have ended."""
        from scrm.inheritance.plans_dynamodb import plan_of

        plans = [plan_of(each) for each in self.judge.plan_ids]
        return all(each is not None and each.status == "COMPLETED" for each in plans)


def lived(
    seed: int,
    customers: int,
    handovers: int = HANDOVERS,
    takeovers: int = TAKEOVERS,
    share: float = 1.0,
    mode: str = "",
) -> Handover:
    """Let so many customers be handed over; return what came of it, judged. Every third seed: resigned."""
    bundle, dice = Bundle(seed=f"inheritance{seed}"), random.Random(seed)
    mode = mode or ("resigned" if seed % 3 == 0 else "onjob")
    givers = [f"giver{place:02}" for place in range(handovers)]
    takers = [f"taker{place:02}" for place in range(takeovers)]
    with bundle.running("fast"):
        corp = SopCorp(bundle, named=[*givers, *takers])
        corp.members = givers
        judge, trouble = Judge(bundle, mode), Trouble(bundle, dice, share)
        found = Handover(corp, dice, judge, trouble, mode, givers, takers)
        found.full = set(takers[:: max(2, takeovers // 3)])
        _employed(found)
        found.befriend(customers)
        found.bars(customers)
        if mode == "resigned":
            _gone(found)
        _troubled(found, share)
        found.plan()
        _until_over(found, customers)
        judge.judge()
    return found


def _employed(found: Handover) -> None:
    from scrm.staff.dynamodb import StaffRow
    from scrm.staff.model import Member
    from wecom_simulator.model import Staff

    for each in [*found.handovers, *found.takeovers]:
        found.bundle.wecom.world.staff[each] = Staff(each, each, [1], customer_limit=100_000)
        StaffRow.of(Member(each, each, can_contact=True)).save()


def _gone(found: Handover) -> None:
    """Let the handovers resign, past what follows from it: it takes their leads to the pool at once (R5)."""
    from scrm.staff import dynamodb as staff
    from scrm.staff.model import Member
    from wecom_simulator.model import LEFT

    for each in found.handovers:
        there = found.bundle.wecom.world.staff[each]
        there.status, there.left_at = LEFT, START - 86_400
        found.corp.put(staff.StaffRow.of(Member(each, each, "left", can_contact=True)).serialize())
    staff.forget_directory()


def _troubled(found: Handover, share: float) -> None:
    faults = found.bundle.wecom.faults
    faults.add({"endpoint": "*", "count": 0, "rate": THROTTLED * share, "what": "errcode", "errcode": 45009})
    for rate, kind in FAULTS:
        faults.add({"endpoint": "*", "count": 0, "rate": rate * share, **kind})


def _until_over(found: Handover, customers: int) -> None:
    """Live on until the plan is over and nothing is ahead, then an untroubled hour."""
    shown = ""
    while not found.is_over() or found.ahead:
        found.tick()
        day = f"{found.bundle.time.now():%m-%d}"
        if customers >= 1000 and day != shown:
            shown = day
            progress(f"FI {day}: {found.told()}")
        if found.bundle.time.seconds > START + LONGEST:
            break
    found.trouble.share = 0.0
    found.bundle.wecom.faults.clear()
    for _ in range(6):
        found.tick()
    found.bundle.wecom.callbacks.take()
