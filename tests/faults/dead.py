"""R9, R10: poison messages die after five receives and block nobody else; dead letters come back."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

from tests.bench.bars import Options, Result, exactly
from tests.doubles.bundle import CORP_ID, Bundle, consumers
from tests.doubles.sqs import Queues

QUEUE = "CorpEvents"
BATCHES, BATCH = 1_000, 10
RECEIVES = 5


def message(number: int) -> str:
    """Return the body of an event of a kind nobody knows: handling it leaves one row."""
    xml = (
        f"<xml><ToUserName>{CORP_ID}</ToUserName><FromUserName>sys</FromUserName>"
        f"<CreateTime>{1772417700 + number}</CreateTime><MsgType>event</MsgType>"
        "<Event>bar_event</Event></xml>"
    )
    return json.dumps(
        {
            "event_id": f"{number:064d}",
            "receiver": "app",
            "received_at": "2026-03-02T02:15:00.000+00:00",
            "xml": xml,
        }
    )


def _send(bundle: Bundle, number: int, body: str, group: str) -> None:
    request = {"QueueUrl": Queues.url(QUEUE), "MessageBody": body, "MessageGroupId": group}
    bundle.cloud.queues.handle("SendMessage", {**request, "MessageDeduplicationId": str(number)})


def poisoned(options: Options) -> list[Result]:
    """R9: one poison message in each of 1,000 batches of ten."""
    done: list[int] = []
    dead: list[int] = []
    receives: set[int] = set()
    held_back: list[int] = []
    for seed in options.seeds:
        batches = options.scaled(BATCHES) // len(options.seeds) + 1
        dice, bundle = random.Random(seed), Bundle(simulated=False)
        taken: Counter[str] = Counter()
        with bundle.running("fast"):
            good, alone = _fill(bundle, dice, batches)
            _first_pass(bundle, taken)
            held_back.append(sum(f"{number:064d}" not in _kept(bundle) for number in alone))
            _to_the_end(bundle, taken)
            done.append(len(good & {int(each) for each in _kept(bundle)}) - len(good))
            buried = bundle.cloud.queues.queues[f"{QUEUE}Dead"].messages
            dead.append(len(buried) - batches)
            receives |= {taken[each] for each in buried}
    return [
        exactly("R9", "good_messages_not_done", -sum(done), 0),
        exactly("R9", "poison_not_in_dlq", -sum(dead), 0),
        exactly("R9", "receives_before_dlq", max(receives), RECEIVES, seen=sorted(receives)),
        exactly("R9", "others_held_back", sum(held_back), 0),
    ]


def _fill(bundle: Bundle, dice: random.Random, batches: int) -> tuple[set[int], set[int]]:
    """Fill the queue; a batch has one poison, grouped with three neighbours. Return (good, those apart)."""
    good: set[int] = set()
    apart: set[int] = set()
    for batch in range(batches):
        at = dice.randrange(BATCH)
        for place in range(BATCH):
            number = batch * BATCH + place
            beside = at - 1 <= place <= at + 2
            group = f"poisoned-{batch}" if beside else f"group-{number}"
            if place == at:
                _send(bundle, number, "not json", group)
                continue
            _send(bundle, number, message(number), group)
            good.add(number)
            if not beside:
                apart.add(number)
    return good, apart


def _first_pass(bundle: Bundle, taken: Counter[str]) -> None:
    """Hand out every message that is to be had before anything becomes visible again."""
    _counting(bundle, taken)
    while bundle.work(QUEUE, consumers()[QUEUE], patient=True):
        pass


def _to_the_end(bundle: Bundle, taken: Counter[str]) -> None:
    while bundle.cloud.queues.queues[QUEUE].messages:
        bundle.time.sleep(121)
        while bundle.work(QUEUE, consumers()[QUEUE], patient=True):
            pass


def _counting(bundle: Bundle, taken: Counter[str]) -> None:
    take = bundle.cloud.queues._take

    def counted(queue: Any, held: Any, visibility: float) -> Any:
        taken[held.message_id] += 1
        return take(queue, held, visibility)

    bundle.cloud.queues._take = counted  # type: ignore[method-assign]


def _kept(bundle: Bundle) -> set[str]:
    return {
        row["SK"]["S"]
        for row in bundle.cloud.store.rows("ScrmTable")
        if row["PK"]["S"].startswith("CALLBACKS#")
    }


def redriven(options: Options) -> list[Result]:
    """R10: after the fix one command returns every dead letter; each is done once and audited once."""
    left: list[int] = []
    undone: list[int] = []
    lines: list[int] = []
    letters = options.scaled(600)
    for seed in options.seeds:
        bundle = Bundle(seed=str(seed), simulated=False)
        with bundle.running("fast"):
            for number in range(letters):
                _send(bundle, number, message(number), f"group-{number % 40}")
            queues = bundle.cloud.queues.queues
            queues[f"{QUEUE}Dead"].messages |= queues[QUEUE].messages
            queues[QUEUE].messages.clear()
            bundle.time.sleep(3600)
            answer = {"left": 1}
            while answer["left"]:
                answer = bundle.invoke("redrive_dead_letters", {"queue": QUEUE})
            bundle.settle()
            left.append(sum(bundle.waiting().values()))
            undone.append(letters - len(_kept(bundle)))
            subjects = Counter(row["subject"] for row in bundle.rows("AUDIT") if row["SK"] != "HEAD")
            lines.append(abs(len(subjects) - letters) + sum(count != 1 for count in subjects.values()))
    return [
        exactly("R10", "dead_letters_left", sum(left), 0),
        exactly("R10", "not_done", sum(undone), 0, f" of {letters * len(options.seeds):,}"),
        exactly("R10", "audit_lines_missing_or_doubled", sum(lines), 0),
    ]
