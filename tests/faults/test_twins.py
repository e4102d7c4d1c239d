"""Every fixture has a wrong twin that it must catch: a bar that cannot fail proves nothing."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from tests.bench.bars import Bars, Options, at_least, at_most, exactly
from tests.doubles.bundle import START, Bundle, Died
from tests.faults import crashing, dead, deliveries, hostile, limits, troubles
from tests.faults.crashing import Killer, survived
from tests.faults.deliveries import do_then_mark, mark_then_do, together

EVENTS = 200


@pytest.fixture
def bundle() -> Iterator[Bundle]:
    made = Bundle(simulated=False)
    with made.running("fast"):
        yield made


@pytest.fixture
def client() -> Any:
    return boto3.client("dynamodb", region_name="us-east-1")


COUNTER = {
    "TableName": "ScrmTable",
    "Key": {"PK": {"S": "COUNTER"}, "SK": {"S": "COUNTER"}},
    "UpdateExpression": "ADD counted :one",
    "ExpressionAttributeValues": {":one": {"N": "1"}},
}


def counted(bundle: Bundle, client: Any, handle: Callable[[str], None]) -> int:
    """Return the counter after every event was delivered till handled, a third of the workers killed."""
    dice, killer = random.Random(1), Killer()
    with killer.loose_in(bundle):
        for number in range(EVENTS):
            for delivery in range(1 + (number % 5 == 0)):
                killer.at = killer.steps + dice.randint(1, 6) if delivery == 0 and dice.random() < 0.3 else 0
                while True:
                    try:
                        handle(f"e{number}")
                        break
                    except Died:
                        killer.revive()
    return int(client.get_item(TableName="ScrmTable", Key=COUNTER["Key"])["Item"]["counted"]["N"])


def test_mark_then_do_loses(bundle, client):
    def effect() -> None:
        client.update_item(**COUNTER)

    assert counted(bundle, client, lambda event: mark_then_do(client, event, effect)) < EVENTS


def test_do_then_mark_doubles(bundle, client):
    def effect() -> None:
        client.update_item(**COUNTER)

    assert counted(bundle, client, lambda event: do_then_mark(client, event, effect)) > EVENTS


def test_mark_and_effect_together_do_neither(bundle, client):
    assert counted(bundle, client, lambda event: together(client, event, COUNTER)) == EVENTS


def test_the_crash_harness_finds_a_handler_that_is_not_rerunnable():
    def scenario(bundle: Bundle) -> Callable[[], None]:
        client = boto3.client("dynamodb", region_name="us-east-1")
        done: list[bool] = []

        def act() -> None:
            while not done:
                try:
                    do_then_mark(client, "e1", lambda: client.update_item(**COUNTER))
                    done.append(True)
                except Died:
                    for again in bundle.on_death:
                        again()

        return act

    steps, different = survived("twin", scenario)

    assert steps == 4
    assert list(different) == ["2 after UpdateItem", "3 before PutItem"]


def test_a_dead_process_does_nothing_more(bundle, client):
    killer = Killer(at=1)
    with killer.loose_in(bundle):
        for _ in range(2):
            with pytest.raises(Died):
                client.update_item(**COUNTER)

    assert bundle.cloud.store.rows("ScrmTable") == []


def test_lost_and_doubled_deliveries_are_told(monkeypatch):
    real = Bundle.post

    def forgetful(self: Bundle, sealed: Any) -> int | None:
        return 200 if sealed.body.__hash__() % 7 == 0 else real(self, sealed)

    monkeypatch.setattr(Bundle, "post", forgetful)

    assert deliveries.delivered(1, 60)["lost"]


def test_a_callback_that_skips_the_signature_is_caught(monkeypatch):
    from scrm.wecom import crypto

    monkeypatch.setattr(crypto, "compare_digest", lambda *_: True)

    results = {each.name: each for each in hostile.forged(Options((1,), scale=0.002))}

    assert not results["forgeries_accepted"].ok


def test_refusals_that_differ_are_caught(monkeypatch):
    from scrm.wecom import crypto
    from scrm.wecom.callbacks import MalformedCallback

    def telling(padded: bytes) -> bytes:
        raise MalformedCallback("padding")

    monkeypatch.setattr(crypto, "_unpad", telling)

    results = {each.name: each for each in hostile.forged(Options((1,), scale=0.002))}

    assert not results["answers_told_apart"].ok


def test_a_parser_that_takes_a_doctype_is_caught(monkeypatch):
    from scrm.wecom import callbacks

    monkeypatch.setattr(callbacks, "_refuse_doctype", lambda *_: None)

    results = {each.name: each for each in hostile.bombs(Options())}

    assert not results["bodies_not_refused"].ok


def test_limiters_that_share_nothing_overrun(monkeypatch):
    real = limits.limiters

    def apart(bundle: Bundle) -> list[Any]:
        made = real(bundle)
        for number, each in enumerate(made):
            each._corp_id = f"corp{number}"
        return made

    monkeypatch.setattr(limits, "limiters", apart)
    monkeypatch.setattr(limits, "DEMAND", 2)
    bundle = Bundle(simulated=False)
    with bundle.running("fast"):
        assert max(limits._minutes(bundle, 1, 1)) > limits.PER_MINUTE


def test_a_token_that_everyone_fetches_is_fetched_by_everyone():
    fetched: Counter[str] = Counter()
    start = threading.Barrier(20)

    def naive() -> None:
        start.wait()
        fetched["gettoken"] += 1

    threads = [threading.Thread(target=naive) for _ in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert fetched["gettoken"] == 20


def test_a_batch_that_hands_back_all_after_a_failure_is_caught(monkeypatch):
    from scrm import batches

    def all_after(event: dict[str, Any], handle: Any, log: Any) -> Any:
        for position, record in enumerate(event["Records"]):
            if not batches._done(record, handle, log, record["messageId"]):
                return batches._answer(each["messageId"] for each in event["Records"][position:])
        return batches._answer([])

    monkeypatch.setattr(batches, "each_message", all_after)

    results = {each.name: each for each in dead.poisoned(Options((1,), scale=0.02))}

    assert not results["others_held_back"].ok


def test_a_worker_that_drops_what_is_throttled_is_caught(monkeypatch):
    from scrm import batches

    monkeypatch.setattr(batches, "each_message", lambda event, handle, _log: _ignoring(event, handle))
    name = "customer_added_through_a_channel"
    monkeypatch.setattr(troubles, "SCENARIOS", {name: crashing.SCENARIOS[name]})
    monkeypatch.setattr(troubles, "THROTTLED", 0.7)

    results = {each.name: each for each in troubles.throttled(Options((1,)))}

    assert not results["scenarios_ending_otherwise"].ok


def _ignoring(event: dict[str, Any], handle: Any) -> dict[str, Any]:
    for record in event["Records"]:
        try:
            handle(record)
        except Exception:  # noqa: BLE001, S112  # the wrong that is to be caught
            continue
    return {"batchItemFailures": []}


def test_a_bar_is_short_on_its_wrong_side_only():
    assert at_most("X1", "a", 1.0, 1.0).ok
    assert not at_most("X1", "a", 1.01, 1.0).ok
    assert at_least("X1", "a", 2.0, 2.0).ok
    assert not at_least("X1", "a", 1.99, 2.0).ok
    assert not exactly("X1", "a", 1, 0).ok
    assert at_most("C1", "callback_cold", 4.8, 5.0, "x").line() == "C1 callback_cold 4.8x <=5x ok"


def test_an_unknown_bar_is_refused(capsys):
    with pytest.raises(SystemExit):
        Bars("tests.bench").main(["Z9"])
    assert "no such bar" in capsys.readouterr().err


def test_time_stands_still_until_it_is_moved(bundle):
    from scrm import clock

    assert clock.now().timestamp() == START
    bundle.time.sleep(60)
    assert clock.now().timestamp() == START + 60
