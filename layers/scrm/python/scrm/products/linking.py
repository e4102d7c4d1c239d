"""Orders that named an unknown product are linked once it is known (INT-07): the job `product_link`.

params: `code`. The job walks over the orders that wait for it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from scrm.customers.model import VersionConflict
from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import NewJob, Outcome, Result, Work
from scrm.orders import dynamodb as orders
from scrm.products import dynamodb as products
from scrm.products import waiting_dynamodb as waiting

ATTEMPTS = 5
AT_ONCE = 50


def missing(source: str, order_no: str, codes: Iterable[str], now: datetime) -> None:
    """Let an order wait for products that are unknown; who has become known meanwhile is linked at once.

    Safe to repeat, in any order: it is noted before the products are looked for, so that none is missed.
    """
    named = list(dict.fromkeys(codes))
    waiting.wait(named, source, order_no)
    if products.found(named):
        link(source, order_no, now)


def known(code: str, now: datetime) -> None:
    """Start linking the orders that wait for a product, where any do. Safe to repeat. 0.5 RRU."""
    if waiting.waiting(code, "", 1):
        job_id = f"job_link_{sha256(code.encode()).hexdigest()[:20]}"
        Jobs().start(NewJob(job_id, "product_link", "system", params={"code": code}, starts=("",)), now)


def link(source: str, order_no: str, now: datetime) -> bool:
    """Take the products that are known by now out of what an order flags; return whether any were.

    Safe to repeat. Raises VersionConflict when others kept changing the order.
    """
    for _ in range(ATTEMPTS):
        before = orders.order(source, order_no)
        unknown = before.placed.unknown_products if before.placed else ()
        found = products.found(unknown)
        if before.placed is None or not found:
            return False
        lines = tuple(
            replace(each, title=found[each.product_code].name) if each.product_code in found else each
            for each in before.placed.lines
        )
        left = tuple(each for each in unknown if each not in found)
        placed = replace(before.placed, lines=lines, unknown_products=left)
        try:
            orders.save(replace(before, placed=placed), before, now)
        except VersionConflict:
            continue
        waiting.waits_no_more(found, source, order_no)
        return True
    raise VersionConflict


def run(work: Work) -> Outcome:
    """Link the next orders that wait for the job's product. Safe to repeat."""
    code = str(work.job.params["code"])
    results: list[Result] = []
    names = waiting.waiting(code, work.cursor, AT_ONCE)
    done = work.cursor
    for name in names:
        if results and not work.has_time():
            return Outcome(tuple(results), next_cursor=done)
        source, _, order_no = name.partition("#")
        linked = link(source, order_no, work.now)
        waiting.waits_no_more([code], source, order_no)
        results.append(Result(name, "done" if linked else "skipped", "" if linked else "linked_before"))
        done = name
    return Outcome(tuple(results), next_cursor=done if len(names) == AT_ONCE else None)
