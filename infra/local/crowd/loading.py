"""Loading made-up customers into the running stack's table, with all that would follow from them.

No stream tells of these rows: their cards and postings come with them. A load that was cut short is done
again by the next one; one that is there is not repeated.
"""

from __future__ import annotations

import itertools
import json
import os
import sys
import time
import urllib.request
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime

from infra.local.crowd.people import Item, Person
from infra.local.stack import aws
from infra.local.stack.description import Description
from infra.local.stack.places import REGION, ROOT

A_REQUEST = 250
SENDERS = 3
WAITING = 6


class Refused(RuntimeError):
    """The engine left rows of a batch unwritten."""


def prepare(stack: Description) -> None:
    """Let this process be as one of the stack's functions, for the product's own rows."""
    sys.path.insert(0, str(ROOT / "layers" / "scrm" / "python"))
    os.environ |= {
        **aws.CREDENTIALS,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": stack.aws_endpoint_url,
        "TABLE_NAME": stack.tables["ScrmTable"],
        "VOLATILE_TABLE_NAME": stack.tables["VolatileTable"],
        "STACK_NAME": stack.stack_name,
        "ENV": "local",
    }


def there(stack: Description, person: Person) -> bool:
    """Return whether the crowd that begins with this person has been loaded, all of it."""
    key = {"PK": {"S": f"CUSTOMER#{person.customer.customer_id}"}, "SK": {"S": "CUSTOMER"}}
    client = aws.client("dynamodb", stack.aws_endpoint_url)
    return "Item" in client.get_item(TableName=stack.tables["ScrmTable"], Key=key)


def load(stack: Description, crowd: Iterable[Person], now: datetime) -> int:
    """Write everybody's rows and return how many there were. Safe to repeat.

    What the first one is known by is written when all the rest is there.
    """
    from scrm.cards.dynamodb import add_month

    months: set[str] = set()
    first: list[Item] = []
    written = 0
    with ThreadPoolExecutor(SENDERS) as pool:
        waiting: deque[Future[int]] = deque()
        for batch in _batches(_rows(crowd, now, months, first)):
            waiting.append(pool.submit(_write, stack, batch))
            if len(waiting) > WAITING:
                written += waiting.popleft().result()
        written += sum(each.result() for each in waiting)
    for month in sorted(months):
        add_month(month)
    _wake_indexes(stack)
    return written + _write(stack, first)


def _wake_indexes(stack: Description) -> None:
    """Let the engine build its indexes, for longer than a function would wait for the first query of each."""
    client = aws.client("dynamodb", stack.aws_endpoint_url)
    for index, key in (("by_added", "added_pk"), ("by_owner", "owner_pk")):
        client.query(
            TableName=stack.tables["ScrmTable"],
            IndexName=index,
            KeyConditionExpression=f"{key} = :nobody",
            ExpressionAttributeValues={":nobody": {"S": "NOBODY"}},
        )


def _rows(crowd: Iterable[Person], now: datetime, months: set[str], first: list[Item]) -> Iterator[Item]:
    for person in crowd:
        months.add(person.month)
        yield from person.followed(now)
        if first:
            yield from person.sources(now)
        else:
            first += person.sources(now)


def _batches(rows: Iterator[Item]) -> Iterator[list[Item]]:
    while batch := list(itertools.islice(rows, A_REQUEST)):
        yield batch


def _write(stack: Description, rows: list[Item]) -> int:
    """Write rows of which no stream tells (infra/local/engine.py)."""
    address = f"{stack.aws_endpoint_url}/_local/unheard"
    asked = {stack.tables["ScrmTable"]: [{"PutRequest": {"Item": row}} for row in rows]}
    body = json.dumps({"RequestItems": asked}).encode()
    request = urllib.request.Request(address, body, method="POST")  # noqa: S310 - our own loopback address
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310 - the same
        if json.load(response)["UnprocessedItems"]:
            raise Refused(address)
    return len(rows)


class Shown:
    """Tells how far something is: in place on a terminal, else ten times."""

    def __init__(self, what: str, of: int) -> None:
        self.what, self.of, self.began = what, of, time.monotonic()
        self.told = 0.0

    def __call__(self, done: int) -> None:
        """Tell that so many are done."""
        seconds = time.monotonic() - self.began
        line = f"     {self.what}: {done:,} of {self.of:,}, {seconds:.0f} s"
        if sys.stdout.isatty():
            if seconds - self.told >= 0.2 or done >= self.of:
                self.told = seconds
                print(f"{line:<70}", end="\r" if done < self.of else "\n", flush=True)
        elif done >= self.told + self.of / 10 or (done >= self.of > self.told):
            self.told = done
            print(line, flush=True)
