"""Plans as stored: `PLAN#<plan_id>` holds a plan and its batches; `PLANS` lists them by time (0029)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pynamodb.exceptions import DeleteError, PutError, UpdateError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from scrm.inheritance.plan import LIVE, Plan, PlanBatch, PlanStatus, outcome_of
from scrm.inheritance.rows_dynamodb import (
    BATCH,
    DUE,
    LIST,
    PLAN,
    PREFIX,
    BatchRow,
    ListedRow,
    PlanRow,
    time_text,
)
from scrm.moments import rfc3339
from scrm.table import DueRow


class PlanChanged(Exception):
    """The plan or batch is not as it was read; nothing was written."""


def plan_of(plan_id: str, *, consistent: bool = True) -> Plan | None:
    """Return a plan, None where there is none. 1 RRU for each 4 KB, half when not consistent."""
    try:
        return PlanRow.get(PREFIX + plan_id, PLAN, consistent_read=consistent).entity()
    except PlanRow.DoesNotExist:
        return None


def plan_steps(plan: Plan, *, is_new: bool) -> list[Callable[[TransactWrite], None]]:
    """Return the transaction steps that store a plan over the version before its own; new ones are listed."""
    row = PlanRow.of(plan)
    before = PlanRow.pk.does_not_exist() if is_new else PlanRow.version == plan.version - 1
    steps: list[Callable[[TransactWrite], None]] = [lambda transaction: transaction.save(row, before)]
    if is_new:
        listed = ListedRow(LIST, f"{time_text(plan.created_at)}#{plan.plan_id}")
        steps.append(lambda transaction: transaction.save(listed))
    return steps


def plans(
    limit: int,
    start_after: str | None = None,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[list[Plan], str | None]:
    """Return plans, the latest first, and what to go on after; of a stretch of time where given.

    One query and a batch read for each 100.
    """
    low = f"{time_text(since)}" if since else " "
    high = start_after or (f"{time_text(until)}" if until else "~")
    where = ListedRow.sk.between(low, high)
    rows = ListedRow.query(LIST, where, scan_index_forward=False, limit=limit + 1)
    places = [row.sk for row in rows if row.sk != start_after][:limit]
    ids = [place.partition("#")[2] for place in places]
    found = {row.pk: row.entity() for row in PlanRow.batch_get([(PREFIX + each, PLAN) for each in ids])}
    there = [found[PREFIX + each] for each in ids if PREFIX + each in found]
    return there, places[-1] if len(places) == limit else None


def batch_of(plan_id: str, number: str) -> PlanBatch | None:
    """Return a batch, strongly; None where there is none. 1 RRU for each 4 KB."""
    try:
        return BatchRow.get(PREFIX + plan_id, BATCH + number, consistent_read=True).entity()
    except BatchRow.DoesNotExist:
        return None


def batches_of(plan_id: str, *, start_after: str = "") -> Iterator[PlanBatch]:
    """Yield a plan's batches by number, those after `start_after`: one query, some 4 KB for 100 items."""
    where = BatchRow.sk.between(f"{BATCH}{start_after or ' '}", f"{BATCH}~")
    rows = BatchRow.query(PREFIX + plan_id, where)
    return (row.entity() for row in rows if row.sk != f"{BATCH}{start_after}")


def put_batches(batches: Iterable[PlanBatch]) -> None:
    """Store batches that are new; one that is there stays as it is. 1 WRU for each KB, and 1 for its time."""
    for each in batches:
        try:
            BatchRow.of(replace(each, version=1)).save(BatchRow.pk.does_not_exist())
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise


def replace_batches(plan_id: str, batches: Iterable[PlanBatch]) -> None:
    """Store the batches of a plan that does not run yet, over whatever an earlier attempt of it left.

    What is there as it is to be stays: one that was cut off, of thousands of pairs, is gone on with. Raises
    PlanChanged for a batch that has been worked on: somebody else has started the plan.
    """
    there = {row.sk: row for row in BatchRow.query(PREFIX + plan_id, BatchRow.sk.startswith(BATCH))}
    untouched = BatchRow.pk.does_not_exist() | (BatchRow.version == 1)
    try:
        for each in batches:
            row = BatchRow.of(replace(each, version=1))
            if not _is_stored(row, there.pop(row.sk, None)):
                row.save(untouched)
        for sk in there:
            BatchRow(PREFIX + plan_id, sk).delete(untouched)
    except (PutError, DeleteError) as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            raise PlanChanged from error
        raise


def _is_stored(row: BatchRow, there: BatchRow | None) -> bool:
    """Return whether a batch is there already, due, with the same content."""
    return (
        there is not None
        and there.version == row.version
        and (there.due_sk is not None) is (row.due_sk is not None)
        and all(
            getattr(there, name) == getattr(row, name)
            for name in ("mode", "handover", "takeover", "notice", "items")
        )
    )


def forget_due(batch: PlanBatch) -> None:
    """Take a batch of a plan that does not run off what is due; its content stays as it is. 1 WRU, 1 more.

    Changed meanwhile, it stays due.
    """
    row = BatchRow(PREFIX + batch.plan_id, BATCH + batch.number)
    nothing: list[Action] = [BatchRow.due_at.remove(), DueRow.due_pk.remove(), DueRow.due_sk.remove()]
    try:
        row.update(nothing, BatchRow.version == batch.version)
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def save_batch(after: PlanBatch, before: PlanBatch) -> PlanBatch:
    """Store a batch over the version it was read with and return it as stored. Raises PlanChanged.

    1 WRU for each KB (some 5 for 100 items), and 2 for a changed time.
    """
    stored = replace(after, version=before.version + 1)
    try:
        BatchRow.of(stored).save(BatchRow.version == before.version)
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            raise PlanChanged from error
        raise
    return stored


def note_batches(plan_id: str, numbers: Iterable[str]) -> None:
    """Record that a plan has these batches, too. Safe to repeat. 1 WRU for each KB."""
    PlanRow(PREFIX + plan_id, PLAN).update([PlanRow.batches.add(set(numbers))], PlanRow.pk.exists())


def note_full(plan_id: str, takeover: str) -> None:
    """Record that a takeover can take no more. Safe to repeat. 1 WRU for each KB."""
    PlanRow(PREFIX + plan_id, PLAN).update([PlanRow.full.add({takeover})], PlanRow.pk.exists())


def finish_batch(plan_id: str, number: str, now: datetime) -> Plan:
    """Record that nothing is left to do of a batch; of the plan neither where it was the last one.

    Returns the plan as it is then. Safe to repeat. 1 WRU for each KB, twice for the last batch.
    """
    row = PlanRow(PREFIX + plan_id, PLAN)
    row.update([PlanRow.finished.add({number})], PlanRow.pk.exists())
    plan = row.entity()
    if not plan.is_over or plan.status not in LIVE or plan.outcome:
        return plan
    actions: list[Action] = [
        PlanRow.status.set(plan.ends_as),
        PlanRow.ended_at.set(rfc3339(now.astimezone(UTC))),
        PlanRow.outcome.set(outcome_of(batches_of(plan_id))),
        PlanRow.version.set(PlanRow.version + 1),
    ]
    try:
        row.update(actions, (PlanRow.status == plan.status) & (PlanRow.version == plan.version))
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
    return row.entity()


def save_terms(plan: Plan, terms: Mapping[str, Any]) -> None:
    """Store other terms of a plan over the version it was read with; raises PlanChanged. 1 WRU a KB."""
    actions: list[Action] = [PlanRow.terms.set(dict(terms))]
    try:
        PlanRow(PREFIX + plan.plan_id, PLAN).update(actions, PlanRow.version == plan.version)
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            raise PlanChanged from error
        raise


def status_step(plan: Plan, status: PlanStatus, now: datetime) -> Callable[[TransactWrite], None]:
    """Return the step that moves a plan on over the version that was read; what its batches add stays."""
    row = PlanRow(PREFIX + plan.plan_id, PLAN)
    actions: list[Action] = [PlanRow.status.set(status), PlanRow.version.set(plan.version + 1)]
    if not plan.batches - plan.finished:
        actions.append(PlanRow.ended_at.set(rfc3339(now.astimezone(UTC))))
    return lambda transaction: transaction.update(row, actions, PlanRow.version == plan.version)


def reopen_step(plan: Plan) -> Callable[[TransactWrite], None]:
    """Return the step that lets a plan run on with these batches, too, over the version before its own."""
    row = PlanRow(PREFIX + plan.plan_id, PLAN)
    actions: list[Action] = [
        PlanRow.status.set("RUNNING"),
        PlanRow.version.set(plan.version),
        PlanRow.batches.add(set(plan.batches)),
        PlanRow.totals.set(dict(plan.totals)),
        PlanRow.ended_at.remove(),
        PlanRow.outcome.remove(),
    ]
    return lambda transaction: transaction.update(row, actions, PlanRow.version == plan.version - 1)


def batch_step(after: PlanBatch, before: PlanBatch | None) -> Callable[[TransactWrite], None]:
    """Return the step that stores a batch over the version it was read with, None for one that is new."""
    row = BatchRow.of(replace(after, version=(before.version if before else 0) + 1))
    known = BatchRow.version == before.version if before else BatchRow.pk.does_not_exist()
    return lambda transaction: transaction.save(row, known)


def due(now: datetime, limit: int) -> list[tuple[str, str, str]]:
    """Return up to `limit` batches that are due, the longest first: plan, number, place.

    One query over keys: 0.5 RRU for each 4 KB, as much when nothing is due.
    """
    rows = DueRow.by_due.query(DUE, DueRow.due_sk < f"{rfc3339(now.astimezone(UTC))}$", limit=limit)
    return [(row.pk.removeprefix(PREFIX), row.sk.removeprefix(BATCH), row.due_sk) for row in rows]
