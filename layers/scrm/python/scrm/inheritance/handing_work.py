"""What a member still has to do for a customer goes to whoever takes over: to-dos and visits (INH-10).

First it is there, then it is cancelled here: whoever is killed in between finds both, and puts the same.
Steps of SOPs and follow-ups of leads are not touched: they move with their bar and their lead.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from scrm.inheritance.model import Item
from scrm.leads.handing import moved_step
from scrm.tasks.dynamodb import DynamoTasks
from scrm.tasks.model import Task, TaskChanged, TaskClosed, TaskNotFound, task
from scrm.telemetry import count
from scrm.visits import dynamodb as visits
from scrm.visits.model import Visit, cancelled, visit_id_of

ATTEMPTS = 3
PAGE = 500
MOVED = "客户已交接"
tasks = DynamoTasks()


def open_ones(userid: str) -> list[Task]:
    """Return a member's open to-dos: queries, by bytes of all that they have."""
    found: list[Task] = []
    after: str | None = None
    while True:
        part, after = tasks.of_member(userid, limit=PAGE, after=after)
        found += part
        if after is None:
            return found


def of_customer(
    to_dos: Iterable[Task], item: Item, customer_ids: Collection[str], lead_ids: Collection[str]
) -> list[Task]:
    """Return those of to-dos that are for an item's contact; for its customer, or a lead of theirs, alone."""
    return [
        each
        for each in to_dos
        if each.external_userid == item.external_userid
        or (
            each.external_userid is None
            and (each.customer_id in customer_ids or each.payload.get("lead_id") in lead_ids)
        )
    ]


def move(to_dos: Sequence[Task], takeover: str, at: datetime, now: datetime) -> None:
    """Give open to-dos to the takeover as of `at`, when their customer moved. Safe to repeat.

    2 WRU for each, for a visit some 8.
    """
    for each in to_dos:
        told = each.payload
        if told.get("step_key") or told.get("reason") == "lead":
            continue
        if told.get("visit_id"):
            _again(_move_visit, str(told["visit_id"]), takeover, at, now)
        else:
            _again(_move_to_do, each.id, takeover, at, now)
        count("inheritance_to_do_moved", kind=each.kind)


def _move_to_do(task_id: str, takeover: str, at: datetime, now: datetime) -> None:
    there = tasks.get(task_id, consistent=True)
    if there is None or there.status != "open":
        return
    theirs = under(there, takeover, at)
    tasks.open(theirs)
    try:
        tasks.close(there.id, there.version, "cancelled", by="system", at=now, note=MOVED)
    except TaskClosed:
        # Done by its member meanwhile: nobody has to do it again.
        _call_off(theirs, now)


def under(to_do: Task, takeover: str, at: datetime) -> Task:
    """Return a to-do as the takeover has it, due no sooner than they have the customer: always the same."""
    if to_do.payload.get("handover"):
        return moved_step(to_do, takeover)
    return task(
        to_do.kind,
        takeover,
        max(to_do.due, at),
        f"handed_over#{to_do.id}",
        created_at=at,
        external_userid=to_do.external_userid,
        customer_id=to_do.customer_id,
        payload={**to_do.payload, "handed_over_by": to_do.owner},
    )


def _call_off(theirs: Task, now: datetime) -> None:
    there = tasks.get(theirs.id, consistent=True)
    if there is not None and there.status == "open":
        tasks.close(there.id, there.version, "cancelled", by="system", at=now)


def _move_visit(visit_id: str, takeover: str, at: datetime, now: datetime) -> None:
    there = visits.visit(visit_id)
    if there is None or there.status != "planned":
        return
    visits.plan(visit_under(there, takeover, at))
    visits.save(visits.save_step(cancelled(there, MOVED, now)))


def visit_under(visit: Visit, takeover: str, at: datetime) -> Visit:
    """Return a planned visit as the takeover has it: always the same one. Its to-do follows from it."""
    when = max(visit.at, at)
    return replace(
        visit,
        visit_id=visit_id_of(takeover, when, visit.visit_id),
        owner=takeover,
        at=when,
        created_at=at,
        version=1,
    )


def _again(
    move_one: Callable[[str, str, datetime, datetime], None],
    name: str,
    takeover: str,
    at: datetime,
    now: datetime,
) -> None:
    """Move one, again where somebody has changed it meanwhile. Raises TaskChanged or VisitChanged."""
    for attempt in range(ATTEMPTS):
        try:
            move_one(name, takeover, at, now)
        except (TaskChanged, TaskNotFound, visits.VisitChanged):
            if attempt + 1 == ATTEMPTS:
                raise
        else:
            return
