"""R4, R5: WeCom's limits are used almost whole, never overrun; a 45009 is waited out."""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from datetime import timedelta
from typing import Any

from tests.bench.bars import Options, Result, at_least, at_most, exactly, progress
from tests.doubles.bundle import CORP_ID, START, Bundle

PROCESSES = 8
PER_MINUTE, PER_HOUR, PER_MEMBER = 10_000, 150_000, 30
DEMAND = 3
API = "/cgi-bin/externalcontact/get"


def limiters(bundle: Bundle) -> list[Any]:
    """Return the limiters of several processes that share the volatile table."""
    from scrm.wecom.dynamodb import DynamoShared
    from scrm.wecom.limits import RateLimits

    def now() -> float:
        return bundle.time.seconds

    return [RateLimits(CORP_ID, DynamoShared(), now=now, monotonic=now) for _ in range(PROCESSES)]


def allowed(options: Options) -> list[Result]:
    """R4: demand at three times each limit: no overrun, at least 95 % of what is allowed is used."""
    minutes: list[int] = []
    hours: list[int] = []
    for seed in options.seeds:
        bundle = Bundle(simulated=False)
        with bundle.running("fast"):
            minutes += _minutes(bundle, seed, 3)
        bundle = Bundle(simulated=False)
        with bundle.running("fast"):
            hours.append(_hour(bundle, seed))
        progress(f"R4 seed {seed}: {minutes[-3:]} in a minute, {hours[-1]:,} in the hour")
    members = [_member(seed) for seed in options.seeds]
    overruns = sum(each > PER_MINUTE for each in minutes) + sum(each > PER_HOUR for each in hours)
    overruns += sum(most > PER_MEMBER for most, _ in members)
    return [
        exactly("R4", "overruns", overruns, 0, minutes=minutes, hours=hours, members=members),
        at_least("R4", "minute_used", min(minutes) / PER_MINUTE * 100, 95, "%"),
        at_least("R4", "hour_used", min(hours) / PER_HOUR * 100, 95, "%"),
        at_least("R4", "member_minute_used", min(used for _, used in members) * 100, 95, "%"),
    ]


def _minutes(bundle: Bundle, seed: int, count: int) -> list[int]:
    """Return how many calls were let through in each of some minutes, each with three times the demand."""
    dice, processes = random.Random(seed), limiters(bundle)
    start = (START // 3600 + 1) * 3600
    passed = []
    for minute in range(count):
        let = 0
        for number in range(PER_MINUTE * DEMAND):
            bundle.time.seconds = start + minute * 60 + 60 * number / (PER_MINUTE * DEMAND)
            let += _asked(dice.choice(processes))
        passed.append(let)
    return passed


def _hour(bundle: Bundle, seed: int) -> int:
    """Return how many calls were let through in an hour of three times the hour's allowance."""
    dice, processes = random.Random(seed), limiters(bundle)
    start = (START // 3600 + 1) * 3600
    let = 0
    for number in range(PER_HOUR * DEMAND):
        bundle.time.seconds = start + 3600 * number / (PER_HOUR * DEMAND)
        let += _asked(dice.choice(processes))
    return let


def _asked(limiter: Any) -> bool:
    from scrm.wecom.errors import Throttled

    try:
        limiter.before_call(API)
    except Throttled:
        return False
    return True


def _member(seed: int) -> tuple[int, float]:
    """Return the most messages one member got in a calendar minute, and the share of the allowance used.

    Urgent notices for five minutes, three times as many as WeCom delivers.
    """
    from scrm.notices.window import SendWindow

    dice = random.Random(seed)
    bundle = Bundle(simulated=False)
    with bundle.running("fast"):
        window, now = SendWindow(), bundle.time.now().replace(second=0)
        end, sent = now + timedelta(minutes=5), Counter[int]()
        while now < end:
            if window.opens_at(now) <= now:
                window = window.with_one(now, urgent=True)
                # The message reaches WeCom within the two seconds that a call may take.
                sent[int((now.timestamp() + dice.uniform(0, 2)) // 60)] += 1
            now += timedelta(seconds=60 / (PER_MEMBER * DEMAND))
    whole = list(sent.values())[1:-1]
    return max(sent.values()), min(whole) / PER_MEMBER


def blocked(options: Options) -> list[Result]:
    """R5: after a 45009 nothing is called for 60 s, and calls resume within 5 s of its end."""
    inside: list[int] = []
    resumed: list[float] = []
    for seed in options.seeds:
        bundle = Bundle(seed=str(seed))
        with bundle.running("fast"):
            calls = _calls_around_a_block(bundle, random.Random(seed))
        began = calls[0]
        inside.append(sum(began < at < began + 60 for at in calls))
        resumed.append(min(at for at in calls if at >= began + 60) - began - 60)
    return [
        exactly("R5", "calls_inside_the_block", sum(inside), 0),
        at_most("R5", "resumed_after", max(resumed), 5, " s"),
    ]


def _calls_around_a_block(bundle: Bundle, dice: random.Random) -> list[float]:
    """Return when WeCom was called from the 45009 on, while 4 processes want to call twice a second."""
    from scrm.wecom import customers
    from scrm.wecom.client import WeCom, WeComSettings
    from scrm.wecom.dynamodb import DynamoShared
    from scrm.wecom.errors import Throttled

    there = bundle.wecom.people.scan(userid="zhangsan")["external_userid"]
    settings = WeComSettings("https://wecom.test", CORP_ID, 1000002, lambda: "bundle-secret")
    clients = [WeCom(settings, DynamoShared(), DynamoShared()) for _ in range(4)]
    for client in clients:
        customers.customer(client, there)
    first = len(bundle.wecom.calls.listed(API))
    bundle.wecom.faults.add({"endpoint": API, "what": "errcode", "errcode": 45009})
    end = bundle.time.seconds + 75
    while bundle.time.seconds < end:
        with contextlib.suppress(Throttled):
            customers.customer(dice.choice(clients), there)
        bundle.time.sleep(0.5)
    return [row["at"] for row in bundle.wecom.calls.listed(API)[first:]]
