"""`make crowd`: loads made-up customers into the running stack and computes a segment over all of them.

python -m infra.local.crowd [customers] [seed]
"""

from __future__ import annotations

import itertools
import json
import random
import sys
import time
import urllib.request
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping

from infra.local.crowd import loading
from infra.local.crowd.computing import Console, expected
from infra.local.crowd.loading import Shown
from infra.local.crowd.people import Person, people
from infra.local.demo import Demo
from infra.local.stack import clock
from infra.local.stack.description import Description, read
from infra.local.stack.places import say

FRIENDS = 0.7
"""The share of the customers whom a member knows."""

ASKING = frozenset({"ADDED", "JOB"})
"""Partitions that only a computation reads and writes: pages of cards, and the job's own rows."""

MOVING = frozenset({"CARD", "CUSTOMER", "CONTACT", "HAS", "SEGMENT", "SEGMENTS"})
"""Partitions that are read and written for whoever enters or leaves."""

Units = Mapping[str, float]


def crowd(stack: Description, number: int, seed: str) -> bool:
    """Load, compute and print; return whether the members are those who were expected."""
    loading.prepare(stack)
    product = f"crowd-{number}-{seed}"
    ought = loaded(stack, number, product)
    console = Console(stack, Demo(stack).session("admin"))
    units(stack)
    began = time.monotonic()
    segment_id = console.create(f"人群 {product} {clock.now():%m-%d %H:%M:%S}"[:50], product)
    asked, changed, told = 0, 0, Shown("asked", number)
    for found in console.computation(segment_id):
        asked, changed, told.of = found["asked"], found["changed"], max(found["total"] or 0, number)
        told(asked)
    asked_after = time.monotonic() - began
    told = Shown("members", len(ought))
    for count in console.moving(segment_id):
        told(count)
    moved_after = time.monotonic() - began
    used = units(stack, end=True)
    members = set(console.members(segment_id))
    say(f"     asked: {asked:,} cards in {asked_after:.0f} s, {changed:,} of them to move")
    say(f"     members: {len(members):,} after {moved_after:.0f} s, every queue and stream done")
    say(f"     expected: {len(ought):,}, by what was drawn; {len(members ^ ought):,} wrong")
    tell_units(used, asked, len(members))
    return members == ought


def loaded(stack: Description, number: int, product: str) -> set[str]:
    """Load the customers unless they are there; return who ought to be in the segment."""
    began, now = time.monotonic(), clock.now()
    chance = random.Random(product)  # noqa: S311 - nothing secret: a seed has to give the same again
    drawn = people(number, chance, now, friends=FRIENDS, product=product)
    first = next(drawn)
    known = loading.there(stack, first)
    ought: set[str] = set()
    crowd = _watched(itertools.chain([first], drawn), Shown("drawn" if known else "loaded", number), ought)
    if known:
        deque(crowd, maxlen=0)
        say(f"  ok  the customers of {product} are there")
        return ought
    rows = loading.load(stack, crowd, now)
    seconds = time.monotonic() - began
    say(f"  ok  {number:,} customers, {rows:,} rows in {seconds:.0f} s ({rows / seconds:,.0f} a second)")
    return ought


def _watched(drawn: Iterable[Person], told: Shown, ought: set[str]) -> Iterator[Person]:
    """Pass people on, telling how many there were and noting who ought to be in the segment."""
    for number, each in enumerate(drawn, 1):
        if expected(each):
            ought.add(each.customer.customer_id)
        yield each
        told(number)


def units(stack: Description, *, end: bool = False) -> Units:
    """Begin to count what tables consume; return what they have since the last time."""
    address = f"{stack.aws_endpoint_url}/_local/units{'/end' if end else ''}"
    request = urllib.request.Request(address, method="POST")  # noqa: S310 - our own loopback address
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - the same
        found: Units = json.load(response)
    return found


def tell_units(used: Units, asked: int, moved: int) -> None:
    """Print units a customer asked, and a customer who entered."""
    total: dict[tuple[str, str], float] = defaultdict(float)
    for name, amount in used.items():
        operation, kind = name.split(" ")
        part = "asked" if kind in ASKING else "moved" if kind in MOVING else "other"
        total[part, "RRU" if operation in {"Query", "GetItem", "BatchGetItem"} else "WRU"] += amount
    for part, each in (("asked", max(asked, 1)), ("moved", max(moved, 1))):
        shares = ", ".join(f"{total[part, unit] / each:.3f} {unit}" for unit in ("RRU", "WRU"))
        say(f"     units a customer {part}: {shares}")
    rest = ", ".join(f"{total['other', unit]:,.0f} {unit}" for unit in ("RRU", "WRU"))
    say(f"     everything else meanwhile: {rest}")
    say("     (reads by the calculator over the rows answered, writes by the engine's ConsumedCapacity)")


def main() -> None:
    """Run `make crowd`."""
    customers, seed = [*sys.argv[1:], "", ""][:2]
    if not (customers or "1").isdecimal() or int(customers or "1") < 1 or not (seed or "7").isalnum():
        sys.exit("CUSTOMERS is a number, e.g. CUSTOMERS=100000, and SEED a number or a word, e.g. SEED=7.")
    if not crowd(read(), int(customers or "100000"), seed or "7"):
        sys.exit("The members are not those who were expected.")


if __name__ == "__main__":
    main()
