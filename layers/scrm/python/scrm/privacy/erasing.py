"""Carrying out an erasure: what is found of the person, the receipts, every store, the dead letters.

It is a job of two chunks, the second a little later than the first. Each step finds what is left and takes
it away, so that a step done twice is done once. The person is written down before the first row goes: what
leads to their rows is among the rows.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

from scrm import aws, telemetry
from scrm.audit.dynamodb import WriteRefused, record
from scrm.customers.dynamodb import Customers
from scrm.jobs.model import GiveUp, Outcome, Work
from scrm.privacy.erasure import CHECK_AFTER_SECONDS, LAST, Erasure
from scrm.privacy.erasures_dynamodb import end_step, erasure, save
from scrm.privacy.gathering import gathered
from scrm.privacy.person import PSEUDONYM, Person, mentions
from scrm.privacy.receipts_dynamodb import keep
from scrm.privacy.stores import STORES, Store

LETTERS = "死信"
# SQS may show nothing while messages are still hidden or far away; this often in a row means empty.
EMPTY_RECEIVES = 3
HIDDEN_SECONDS = 120

customers = Customers()
log = telemetry.Log("run_job")


def run(work: Work) -> Outcome:
    """Erase the person, or look for what came late. Safe to repeat: a stop that is behind is passed."""
    found = erasure(work.job.job_id)
    if found is None:
        raise GiveUp("unknown_erasure")
    eraser = Eraser(aws.client("sqs"), dead_queues(os.environ))
    if work.cursor != LAST:
        eraser.sweep(found, work.now)
        return Outcome(next_cursor=LAST, delay=CHECK_AFTER_SECONDS)
    eraser.look_again(found, work.now)
    return Outcome(done=1)


@dataclass(frozen=True)
class Eraser:
    """Erases. `dead_queues` are the addresses of every dead-letter queue."""

    sqs: Any
    dead_queues: tuple[str, ...]

    def sweep(self, found: Erasure, now: datetime) -> None:
        """Erase store by store, each written down when it is done: a long one goes on where it was."""
        if found.status != "running":
            return
        found, person = _known(found, now)
        for title, erase in self._steps(person):
            if title not in found.counts:
                found = save(replace(found, counts={**found.counts, title: erase()}))
        save(replace(found, status="checking"))

    def look_again(self, found: Erasure, now: datetime) -> None:
        """Erase what came late and what should have followed by itself; then forget whom it was about."""
        if found.status != "checking":
            return
        found, person = _known(found, now)
        counts = dict(found.counts)
        for title, erase in self._steps(person, derived=True):
            counts[title] = counts.get(title, 0) + erase()
        done = replace(found, status="done", counts=counts, finished_at=now)
        _ended(replace(done, customer_ids=(), person=None), counts, now)
        log.info("person_erased", erasure_id=found.erasure_id, rows=sum(counts.values()))

    def _steps(self, person: Person, *, derived: bool = False) -> Iterator[tuple[str, Callable[[], int]]]:
        for store in STORES:
            if derived or not store.derived:
                yield store.title, partial(_erased, store, person)
        yield LETTERS, lambda: sum(self._purged(queue, person) for queue in self.dead_queues)

    def _purged(self, queue: str, person: Person) -> int:
        """Delete the dead letters that speak of the person; show the others again."""
        count = 0
        kept: list[str] = []
        empty = 0
        while empty < EMPTY_RECEIVES:
            messages = self._received(queue)
            empty = 0 if messages else empty + 1
            for message in messages:
                if mentions(message["Body"], person.telling):
                    self.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                    count += 1
                else:
                    kept.append(message["ReceiptHandle"])
        for handle in kept:
            self.sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)
        return count

    def _received(self, queue: str) -> list[Mapping[str, Any]]:
        answer = self.sqs.receive_message(
            QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=HIDDEN_SECONDS
        )
        found: list[Mapping[str, Any]] = answer.get("Messages", [])
        return found


def _erased(store: Store, person: Person) -> int:
    return store.erase(person, list(store.find(person)))


def _known(found: Erasure, now: datetime) -> tuple[Erasure, Person]:
    """Return the erasure and the person it is about, written down and with their receipts."""
    if found.person is None:
        parts = [part for each in found.customer_ids if (part := customers.customer(each, consistent=True))]
        pseudonym = PSEUDONYM + sha256(found.erasure_id.encode()).hexdigest()[:20]
        found = save(replace(found, person=gathered(parts, now, pseudonym)))
    person = found.person or Person(())
    contacts = [("external_userid", each) for each in person.external_userids]
    numbers = [("phone", each) for each in person.numbers]
    keep([*contacts, *person.identities, *numbers], found.requested_at, found.erasure_id)
    return found, person


def _ended(done: Erasure, counts: Mapping[str, int], now: datetime) -> None:
    """Store the end and its audit line, which names nobody, together; a second run finds it done."""
    what = {"rows": dict(sorted(counts.items()))}
    subject = f"ERASURE#{done.erasure_id}"
    try:
        record(done.requested_by, "customer_erased", subject, None, what, "", now, writes=[end_step(done)])
    except WriteRefused:
        return


def dead_queues(setting: Mapping[str, str]) -> tuple[str, ...]:
    """Return the addresses of the dead-letter queues that the environment names."""
    return tuple(url for name, url in sorted(setting.items()) if name.endswith("_DEAD_URL"))
