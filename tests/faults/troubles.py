"""R3, R8: WeCom answers badly, DynamoDB throttles and conflicts; nothing is lost, nobody is told twice."""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import botocore.endpoint

from tests.bench.bars import Options, Result, at_most, exactly, progress
from tests.bench.scenarios import with_channel
from tests.doubles.bundle import Bundle, consumers, running_time
from tests.doubles.cloud import Call
from tests.doubles.dynamodb import Refused, template
from tests.faults.scenarios import SCENARIOS
from tests.faults.sop_scenarios import SOPS

FAULTY = 0.2
# 45009 blocks an API for a minute and is rare even on bad days; the others share what is left of 20 %.
BLOCKS = 0.0005
KINDS: tuple[dict[str, Any], ...] = (
    {"what": "errcode", "errcode": -1},
    {"what": "errcode", "errcode": 42001},
    {"what": "errcode", "errcode": 40014},
    {"what": "timeout", "seconds": 5},
    {"what": "reset"},
    {"what": "http500"},
    {"what": "html"},
    {"what": "unknown_outcome"},
)
SECONDS_APART = 0.7
REDELIVERED_AFTER = 120.0


def misbehaving(options: Options) -> list[Result]:
    """R3: a fifth of all calls to WeCom fail while 10,000 customers arrive."""
    lost: list[str] = []
    doubled: list[str] = []
    settled = Counter[str]()
    faults = calls = 0
    for seed in options.seeds:
        jobs = options.scaled(10_000) // len(options.seeds) + 1
        bundle = Bundle(seed=str(seed))
        with bundle.running("fast"):
            customers = _arrivals(bundle, random.Random(seed), jobs)
            found = _judged(bundle, customers)
        lost += found[0]
        doubled += found[1]
        settled += found[2]
        outcomes = bundle.wecom.calls.outcomes
        faults += sum(
            count for name, count in outcomes.items() if "fault" in name or "unknown_outcome" in name
        )
        calls += sum(outcomes.values())
        progress(f"R3 seed {seed}: {jobs:,} jobs, {len(found[0])} lost, {len(found[1])} doubled")
    total = sum(settled.values())
    return [
        exactly(
            "R3", "jobs_lost", len(lost), 0, f" of {total:,}", seen=lost[:10], faulty=faults / max(calls, 1)
        ),
        exactly("R3", "effects_doubled", len(doubled), 0, f" of {total:,}", seen=doubled[:10]),
        exactly("R3", "left_unsettled", settled["open"], 0, f" of {total:,}", outcomes=dict(settled)),
    ]


def _arrivals(bundle: Bundle, dice: random.Random, jobs: int) -> list[str]:
    """Let customers arrive one after the other while WeCom fails; return them when all work is done."""
    state = with_channel(bundle)
    bundle.settle()
    share = (FAULTY - BLOCKS) / len(KINDS)
    for kind in KINDS:
        bundle.wecom.faults.add({"endpoint": "*", "count": 0, "rate": share, **kind})
    bundle.wecom.faults.add(
        {"endpoint": "*", "count": 0, "rate": BLOCKS, "what": "errcode", "errcode": 45009}
    )
    behind, customers = consumers(), []
    for _ in range(jobs):
        customers.append(bundle.wecom.people.scan(userid=dice.choice(("zhangsan", "lisi")), state=state))
        bundle.arrive()
        _work(bundle, behind)
        bundle.time.sleep(SECONDS_APART)
    bundle.wecom.faults.clear()
    for _ in range(200):
        bundle.time.sleep(REDELIVERED_AFTER)
        _revive(bundle)
        bundle.invoke("release_notices", {"time": bundle.time.now().isoformat()})
        if not _work(bundle, behind) and not bundle.waiting():
            break
    return [str(each["external_userid"]) for each in customers]


def _work(bundle: Bundle, behind: Any) -> int:
    moved = 0
    for queue, consumer in behind.items():
        while found := bundle.work(queue, consumer, patient=True):
            moved += found
    while found := bundle.react():
        moved += found
    return moved


def _revive(bundle: Bundle) -> None:
    """Redrive what died, by the operator's one command."""
    for queue in ("CustomerEvents", "Notifications"):
        if bundle.waiting().get(f"{queue}Dead"):
            bundle.invoke("redrive_dead_letters", {"queue": queue})


def _judged(bundle: Bundle, customers: list[str]) -> tuple[list[str], list[str], Counter[str]]:
    lost, doubled, settled = [], [], Counter[str]()
    relations = {row["PK"]: row for row in bundle.rows("CONTACT#") if row["SK"].startswith("RELATION#")}
    contacts = {row["PK"] for row in bundle.rows("CONTACT#") if row["SK"] == "CONTACT"}
    welcomed = Counter(
        code.external_userid for code in bundle.wecom.world.welcome_codes.values() if code.sent_at
    )
    lost += [f"{count} in {queue}" for queue, count in bundle.waiting().items()]
    for there in customers:
        row = relations.get(f"CONTACT#{there}")
        if row is None or f"CONTACT#{there}" not in contacts:
            lost.append(there)
            continue
        settled["open" if "intents" in row or "welcome" not in row else "settled"] += 1
        if welcomed[there] > 1:
            doubled.append(f"{there}: {welcomed[there]} welcomes")
    bodies = Counter(
        (each.userid, str(each.content))
        for each in bundle.wecom.world.messages
        if each.outcome == "delivered"
    )
    doubled += [f"{who}: told {count} times" for (who, _), count in bodies.items() if count > 1]
    return lost, doubled, settled


THROTTLED = CONFLICTING = 0.3


def throttled(options: Options) -> list[Result]:
    """R8: 30 % of table requests throttled, 30 % of transactions in conflict; nothing lost, none too slow."""
    from tests.faults.crashing import differences, outcome

    changed: dict[str, list[str]] = {}
    slowest, slowest_name, refused = 0.0, "", 0
    for seed in options.seeds:
        for name, scenario in (SCENARIOS | SOPS).items():
            expected = _outcome(scenario, None, outcome)[0]
            trouble = Trouble(random.Random(f"{seed}{name}"))
            found, share, function = _outcome(scenario, trouble, outcome)
            refused += trouble.refused
            if lines := differences(found, expected):
                changed[f"{name} {seed}"] = lines[:3]
            if share > slowest:
                slowest, slowest_name = share, f"{function} in {name}"
    total = len(SCENARIOS | SOPS) * len(options.seeds)
    progress(f"R8: {refused:,} requests refused")
    return [
        exactly("R8", "scenarios_ending_otherwise", len(changed), 0, f" of {total}", seen=changed),
        at_most("R8", "most_of_a_timeout_used", slowest * 100, 80, "%", where=slowest_name),
    ]


class Trouble:
    """Refuses table requests as DynamoDB does when it is throttled or two transactions meet."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.refused = 0

    def __call__(self, call: Call) -> None:
        if call.service != "dynamodb":
            return
        if call.operation == "TransactWriteItems" and self.dice.random() < CONFLICTING:
            self.refused += 1
            reasons = [{"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}]
            reasons += [{"Code": "None"} for _ in call.request["TransactItems"][1:]]
            raise Refused("TransactionCanceledException", "cancelled", CancellationReasons=reasons)
        if self.dice.random() < THROTTLED:
            self.refused += 1
            raise Refused(
                "ProvisionedThroughputExceededException", "The level of configured throughput is exceeded"
            )


def _outcome(scenario: Any, trouble: Trouble | None, outcome: Any) -> tuple[Any, float, str]:
    """Return (what is left, the largest share of a function's timeout that one invocation used, whose)."""
    bundle = Bundle()
    timeouts, shares = _timeouts(), {"": 0.0}
    invoke = bundle.invoke

    def timed(function: str, event: dict[str, Any]) -> Any:
        began = bundle.time.seconds
        for _ in range(50):
            try:
                answer = invoke(function, event)
                break
            except Exception:  # noqa: BLE001  # the caller, schedule or queue asks again
                answer = None
        share = (bundle.time.seconds - began) / timeouts[function]
        shares[function] = max(share, shares.get(function, 0.0))
        return answer

    bundle.invoke = timed  # type: ignore[method-assign]
    with botocore_on_the_bundles_clock(), bundle.running("wire"):
        act = scenario(bundle)
        if trouble:
            bundle.cloud.before.append(trouble)
        act()
        if trouble:
            bundle.cloud.before.remove(trouble)
        slowest = max(shares, key=lambda name: shares[name])
        return outcome(bundle), shares[slowest], slowest


@contextlib.contextmanager
def botocore_on_the_bundles_clock() -> Iterator[None]:
    """Let botocore wait between its tries on the bundle's clock, not on ours."""
    endpoint: Any = botocore.endpoint
    real = endpoint.time
    endpoint.time = running_time()
    try:
        yield
    finally:
        endpoint.time = real


def _timeouts() -> dict[str, float]:
    described = template()
    usual = described["Globals"]["Function"]["Timeout"]
    return {
        resource["Properties"]["CodeUri"].rpartition("/")[2]: float(
            resource["Properties"].get("Timeout", usual)
        )
        for resource in described["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }
