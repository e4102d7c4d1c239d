"""SG: a new condition asked of 100,000 customers: units for each one asked, and for each one who moves.

python -m tests.bench SG --scale=0.05 --seeds=7
"""

from __future__ import annotations

import random
import time
from typing import Any

from infra.local.crowd.people import people
from tests.bench.bars import Options, Result, at_most, exactly, progress
from tests.capacity.recording import Recorded, recording
from tests.doubles.bundle import Bundle, consumers

CUSTOMERS = 100_000
RICH = {
    "all": [
        {"field": "order_count", "op": "gte", "value": 2},
        {"field": "order_amount", "op": "gte", "value": 500_000},
    ]
}


def segments(options: Options) -> list[Result]:
    """Everybody is asked a new condition, month by month; only who differs is made anew."""
    number, seed = options.scaled(CUSTOMERS), options.seeds[0]
    bundle = Bundle(simulated=False)
    with bundle.running("fast"):
        expected = _seeded(bundle, number, random.Random(seed))
        progress(f"SG: {number:,} customers with seed {seed}, {len(expected):,} of them to enter")
        _defined(bundle)
        began = time.process_time()
        with recording(bundle.cloud) as asking:
            _walk(bundle, number)
        walked = time.process_time() - began
        with recording(bundle.cloud) as moving:
            bundle.settle()
        moved = time.process_time() - began - walked
        wrong = set(expected) ^ set(_members())
    return _results(number, len(expected), len(wrong), (asking, walked), (moving, moved))


def _results(
    number: int, entered: int, wrong: int, asking: tuple[Recorded, float], moving: tuple[Recorded, float]
) -> list[Result]:
    (asked, walked), (made, moved) = asking, moving
    each = max(entered, 1)
    # A chunk is settled once for up to 2,000 cards, and each month has one at least.
    writes = max(0.02, 200 / number)
    reads = max(0.1, 300 / number)
    details = {
        "customers": number,
        "entered": entered,
        "process_seconds_asking": round(walked, 1),
        "process_seconds_moving": round(moved, 1),
        "requests_asking": asked.requests(),
    }
    progress(
        f"SG: asked in {walked:.1f} s of process time ({number / walked:,.0f} a second), "
        f"{entered:,} moved in {moved:.1f} s"
    )
    return [
        exactly("SG", "segment_wrong_members", wrong, 0, f" of {number:,}", **details),
        at_most("SG", "segment_asked_reads", asked.read_units() / number, reads, " RRU a customer"),
        at_most("SG", "segment_asked_writes", asked.write_units() / number, writes, " WRU a customer"),
        at_most("SG", "segment_moved_reads", made.read_units() / each, 15.0, " RRU a mover"),
        at_most("SG", "segment_moved_writes", made.write_units() / each, 10.0, " WRU a mover"),
    ]


def _seeded(bundle: Bundle, number: int, chance: random.Random) -> list[str]:
    """Put customers of the CRM with their orders and cards into the table; return whom RICH selects.

    Nobody's sources are read but of those who move: only theirs are there. Postings are not asked.
    """
    from scrm.cards.dynamodb import add_month

    rich, months, now = [], set(), bundle.time.now()
    for each in people(number, chance, now):
        card, *_postings = each.followed(now)
        _put(bundle, card)
        months.add(each.month)
        if each.card.order_count >= 2 and each.card.order_amount >= 500_000:
            rich.append(each.customer.customer_id)
            for row in each.sources(now):
                _put(bundle, row)
    for month in sorted(months):
        add_month(month)
    bundle.cloud.store.stream.clear()
    return rich


def _put(bundle: Bundle, item: Any) -> None:
    table = bundle.cloud.store.tables["ScrmTable"]
    table.write(table.key(item, exact=False), item)


def _defined(bundle: Bundle) -> None:
    """Store the segment, and start its computation as the console does."""
    from pynamodb.transactions import TransactWrite

    from scrm.jobs.dynamodb import Jobs
    from scrm.segments.computation import computation
    from scrm.segments.dynamodb import head, put_step, tell_step
    from scrm.segments.model import Segment
    from scrm.table import Row

    wanted = Segment("seg_rich", "高价值", condition=RICH, status="active", computation="job_rich")
    saved, step = put_step(wanted, bundle.time.now())
    with TransactWrite(connection=Row._get_connection().connection) as transaction:
        step(transaction)
        tell_step(head())(transaction)
    Jobs().start(computation([saved], "admin", None), bundle.time.now())


def _walk(bundle: Bundle, number: int) -> None:
    """Let everything work but the queue of those who are to be made anew; tell how far it is."""
    from scrm.jobs.dynamodb import Jobs

    behind = {name: each for name, each in consumers().items() if name != "CardRefreshes"}
    told = 0
    while sum(bundle.work(name, each) for name, each in behind.items()) + bundle.react():
        job = Jobs().job("job_rich")
        if job and job.done + job.skipped >= told + number // 10:
            told = job.done + job.skipped
            progress(f"SG: {told:,} of {number:,} asked, {job.done:,} to move")


def _members() -> list[str]:
    from scrm.segments.members_dynamodb import every_member

    return [each.customer_id for each in every_member("seg_rich")]
