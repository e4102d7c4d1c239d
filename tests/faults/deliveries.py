"""R1: callbacks doubled, shuffled, their workers killed. Nothing is lost, nothing has two effects.

The twins at the end do the same work wrongly, mark then do and do then mark; tests keep them failing.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.bench.bars import Options, Result, exactly, progress
from tests.bench.scenarios import with_channel
from tests.doubles.bundle import Bundle, Died, consumers
from tests.faults.crashing import is_step

DUPLICATES = 0.2
KILLED = 0.06
BATCH = 2_000
EACH = 4
"""Events of one customer: an add, an edit, a deletion, a return."""


@dataclass
class Lottery:
    """Kills a share of all invocations, each at a random one of its steps."""

    dice: random.Random
    share: float = KILLED
    left: int = 0
    dead: bool = False
    kills: int = 0

    def draw(self) -> None:
        """Decide the fate of the next invocation."""
        self.left = self.dice.randint(1, 24) if self.dice.random() < self.share else 0

    def step(self, call: Any) -> None:
        if self.dead:
            raise Died
        if not self.left or not is_step(call):
            return
        self.left -= 1
        if not self.left:
            self.dead, self.kills = True, self.kills + 1
            raise Died

    def revive(self) -> None:
        self.dead, self.left = False, 0

    def let_loose(self, bundle: Bundle) -> None:
        bundle.cloud.before.append(self.step)
        bundle.cloud.after.append(self.step)
        bundle.on_death.append(self.revive)


def story(bundle: Bundle, customers: int, state: str) -> tuple[list[Any], dict[str, list[str]]]:
    """Return every callback of these customers, sealed, and whom they concern with what."""
    from wecom_simulator.acts import customer_deletes, member_edits

    people = bundle.wecom.people
    known: dict[str, list[str]] = {}
    for number in range(customers):
        member = ("zhangsan", "lisi")[number % 2]
        there = people.scan(userid=member, state=state)["external_userid"]
        known[there] = [member]
        bundle.time.seconds += 0.01
    for act in ("edit", "delete", "return"):
        bundle.time.seconds += 60
        for there, (member,) in known.items():
            if act == "edit":
                member_edits(bundle.wecom, userid=member, external_userid=there, remark="改过的备注")
            elif act == "delete":
                customer_deletes(bundle.wecom, userid=member, external_userid=there)
            else:
                people.scan(userid=member, state=state, external_userid=there)
    return bundle.callbacks(), known


def delivered(seed: int, deliveries: int) -> dict[str, Any]:
    """Return what was lost and doubled after so many deliveries with one seed."""
    dice = random.Random(seed)
    bundle = Bundle(seed=str(seed))
    lottery = Lottery(dice)
    lost: list[str] = []
    doubled: list[str] = []
    done = 0
    with bundle.running("fast"):
        state = with_channel(bundle, members=("zhangsan", "lisi"))
        bundle.settle()
        lottery.let_loose(bundle)
        while done < deliveries:
            size = min(BATCH, deliveries - done)
            customers = max(1, round(size / (1 + DUPLICATES) / EACH))
            sealed, known = story(bundle, customers, state)
            repeated = dice.sample(sealed, round(len(sealed) * DUPLICATES))
            posts = [*sealed, *repeated]
            dice.shuffle(posts)
            _deliver(bundle, posts, lottery)
            done += len(posts)
            found = _judged(bundle, known)
            lost += found[0]
            doubled += found[1]
            _forget(bundle)
            progress(f"R1 seed {seed}: {done:,} of {deliveries:,} deliveries, {lottery.kills} killed")
    return {"lost": lost, "doubled": doubled, "kills": lottery.kills, "deliveries": done}


def _deliver(bundle: Bundle, posts: list[Any], lottery: Lottery) -> None:
    """Post every callback until it is acknowledged, and work in between and until nothing is left."""
    behind = consumers()
    for number, sealed in enumerate(posts):
        lottery.draw()
        while bundle.post(sealed) != 200:
            lottery.draw()
        if number % 50 == 49:
            _work(bundle, behind, lottery)
    while _work(bundle, behind, lottery):
        pass


def _work(bundle: Bundle, behind: Any, lottery: Lottery) -> int:
    moved = 0
    for queue, consumer in behind.items():
        while True:
            lottery.draw()
            found = bundle.work(queue, consumer)
            moved += found
            if not found:
                break
    lottery.draw()
    while found := bundle.react():
        lottery.draw()
        moved += found
    return moved


def _judged(bundle: Bundle, known: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    """Return what is missing and what is there twice, for customers whose story is complete."""
    lost, doubled = [], []
    waiting = bundle.waiting()
    lost += [f"{count} in {queue}" for queue, count in waiting.items()]
    rows = {(row["PK"], row["SK"]): row for row in bundle.rows("CONTACT#")}
    traced = Counter(
        (row["external_userid"], row["kind"]) for row in bundle.rows("TIMELINE#") if "external_userid" in row
    )
    adds = Counter(row["SK"].split("#")[4] for row in bundle.rows("CHANNEL#"))
    welcomed = Counter(
        code.external_userid for code in bundle.wecom.world.welcome_codes.values() if code.sent_at
    )
    for there, (member,) in known.items():
        row = rows.get((f"CONTACT#{there}", f"RELATION#{member}"))
        facts = sorted(each.split("#")[1] for each in row["facts"]) if row else []
        if facts != ["add", "add", "deleted_by_customer", "edit"] or row is None or row["status"] != "active":
            lost.append(f"{there}: {facts}")
        if row is not None and "intents" in row:
            lost.append(f"{there}: left open")
        for kind, count in (("customer_added", 2), ("deleted_by_customer", 1)):
            seen = traced[there, kind]
            (lost if seen < count else doubled).extend([f"{there}: {seen} {kind}"] * (seen != count))
        (lost if adds[there] < 2 else doubled).extend([f"{there}: {adds[there]} adds"] * (adds[there] != 2))
        if welcomed[there] > 2:
            doubled.append(f"{there}: {welcomed[there]} welcomes")
    return lost, doubled


def _forget(bundle: Bundle) -> None:
    """Drop what has been judged, so that memory and scans of the doubles stay small."""
    table = bundle.cloud.store.tables["ScrmTable"]
    for key in [
        key for key, row in table.items.items() if row["PK"]["S"].startswith(("CONTACT#", "TIMELINE#"))
    ]:
        table.write(key, None)
    for key in [
        key for key, row in table.items.items() if row["PK"]["S"].startswith(("CHANNEL#", "MEMBER#"))
    ]:
        table.write(key, None)
    for key in [
        key for key, row in table.items.items() if row["PK"]["S"].startswith(("CARD#", "HAS#", "RANGE#"))
    ]:
        table.write(key, None)
    bundle.cloud.store.stream.clear()
    bundle._stream_at.clear()
    bundle.wecom.world.welcome_codes.clear()
    bundle.wecom.world.messages.clear()
    bundle.wecom.world.deliveries.clear()
    for queue in bundle.cloud.queues.queues.values():
        queue.recent.clear()


def callbacks(options: Options) -> list[Result]:
    """R1: 100,000 deliveries, a fifth of them doubled, shuffled, workers killed; lost and doubled."""
    volume = options.scaled(100_000) // len(options.seeds) + 1
    runs = [delivered(seed, volume) for seed in options.seeds]
    total = sum(each["deliveries"] for each in runs)
    kills = sum(each["kills"] for each in runs)
    lost = [each for one in runs for each in one["lost"]]
    doubled = [each for one in runs for each in one["doubled"]]
    return [
        exactly("R1", "callbacks_lost", len(lost), 0, f" of {total:,}", seen=lost[:10], kills=kills),
        exactly("R1", "callbacks_doubled", len(doubled), 0, f" of {total:,}", seen=doubled[:10]),
    ]


# The twins: the same dedupe, done wrongly.

Twin = Callable[[Any, str, Callable[[], None]], None]


def mark_then_do(client: Any, event_id: str, effect: Callable[[], None]) -> None:
    """Wrong: a worker killed in between has marked what it never did."""
    if _marked(client, event_id):
        return
    _mark(client, event_id)
    effect()


def do_then_mark(client: Any, event_id: str, effect: Callable[[], None]) -> None:
    """Wrong: a worker killed in between does it again."""
    if _marked(client, event_id):
        return
    effect()
    _mark(client, event_id)


def _marked(client: Any, event_id: str) -> bool:
    key = {"PK": {"S": f"SEEN#{event_id}"}, "SK": {"S": "SEEN"}}
    return "Item" in client.get_item(TableName="ScrmTable", Key=key, ConsistentRead=True)


def _mark(client: Any, event_id: str) -> None:
    client.put_item(TableName="ScrmTable", Item={"PK": {"S": f"SEEN#{event_id}"}, "SK": {"S": "SEEN"}})


def together(client: Any, event_id: str, counter: dict[str, Any]) -> None:
    """Right: the mark and the effect are one transaction."""
    seen = {"PK": {"S": f"SEEN#{event_id}"}, "SK": {"S": "SEEN"}}
    once = {"Item": seen, "ConditionExpression": "attribute_not_exists(PK)", "TableName": "ScrmTable"}
    try:
        client.transact_write_items(TransactItems=[{"Put": once}, {"Update": counter}])
    except client.exceptions.TransactionCanceledException:
        return
