"""Tasks in their owner's item collection: `MEMBER#<userid>`, `TASK#<task_id>`."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import and_
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.update import Action

from scrm.table import Row, rfc3339
from scrm.tasks.model import Status, Task, TaskChanged, TaskClosed, TaskNotFound, owner_in

# A closed task is deleted after this time; what was done stays in the customer's timeline.
KEPT_AFTER_CLOSING = timedelta(days=90)

PREFIX = "TASK#"


class TaskRow(Row):
    """One task."""

    kind = UnicodeAttribute()
    owner = UnicodeAttribute()
    due = UnicodeAttribute()
    status = UnicodeAttribute()
    created_at = UnicodeAttribute()
    external_userid = UnicodeAttribute(null=True)
    customer_id = UnicodeAttribute(null=True)
    payload = JSONAttribute(null=True)
    closed_at = UnicodeAttribute(null=True)
    closed_by = UnicodeAttribute(null=True)
    note = UnicodeAttribute(null=True)
    result = UnicodeAttribute(null=True)
    sent_at = UnicodeAttribute(null=True)
    send_id = UnicodeAttribute(null=True)
    version = NumberAttribute()
    expires_at = NumberAttribute(null=True)


class DynamoTasks:
    """The tasks of all members."""

    def open(self, task: Task) -> bool:
        """Put the task unless it is there; return whether it was new. Safe to repeat. 1 WRU."""
        row = TaskRow(
            collection(task.owner),
            PREFIX + task.id,
            kind=task.kind,
            owner=task.owner,
            due=rfc3339(task.due),
            status=task.status,
            created_at=rfc3339(task.created_at),
            external_userid=task.external_userid,
            customer_id=task.customer_id,
            payload=dict(task.payload) or None,
            version=task.version,
        )
        try:
            row.save(TaskRow.pk.does_not_exist())
        except PutError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def get(self, task_id: str, *, consistent: bool = False) -> Task | None:
        """Return the task, whoever owns it, or None. 0.5 RRU, 1 when consistent."""
        owner = owner_in(task_id)
        if owner is None:
            return None
        try:
            row = TaskRow.get(collection(owner), PREFIX + task_id, consistent_read=consistent)
        except TaskRow.DoesNotExist:
            return None
        return task_of(row)

    def of_member(
        self,
        userid: str,
        *,
        status: Status | None = "open",
        due_from: datetime | None = None,
        due_until: datetime | None = None,
        external_userid: str | None = None,
        limit: int = 50,
        after: str | None = None,
    ) -> tuple[list[Task], str | None]:
        """Return a member's tasks by the time they were first due, and the id to continue `after`, or None.

        `status` None takes every status; `due_from` and `due_until` those due between these times
        (inclusive), as the member has put them off.
        """
        upper = f"{PREFIX}{due_until.astimezone(UTC):%Y%m%dT%H%M%SZ}~" if due_until else PREFIX + "~"
        lower = PREFIX + after + "!" if after else PREFIX
        if lower > upper:
            return [], None
        asked = [
            TaskRow.status == status if status else None,
            TaskRow.external_userid == external_userid if external_userid else None,
            TaskRow.due >= rfc3339(due_from.astimezone(UTC)) if due_from else None,
            TaskRow.due <= rfc3339(due_until.astimezone(UTC)) if due_until else None,
        ]
        wanted: Any = reduce(and_, given) if (given := [each for each in asked if each is not None]) else None
        rows = TaskRow.query(
            collection(userid), TaskRow.sk.between(lower, upper), filter_condition=wanted, limit=limit + 1
        )
        tasks = [task_of(row) for row in rows]
        return tasks[:limit], tasks[limit - 1].id if len(tasks) > limit else None

    def done_since(self, userid: str, start: datetime, due: tuple[datetime, datetime], most: int) -> int:
        """Return how many of a member's tasks were done since `start`, of those due between two times.

        One query, by bytes of what is due then; counting stops at `most`.
        """
        lower, upper = (f"{PREFIX}{each.astimezone(UTC):%Y%m%dT%H%M%SZ}" for each in due)
        done = (TaskRow.status == "done") & (TaskRow.closed_at >= rfc3339(start.astimezone(UTC)))
        rows = TaskRow.query(
            collection(userid), TaskRow.sk.between(lower, upper + "~"), filter_condition=done, limit=most
        )
        return sum(1 for _ in rows)

    def close(
        self,
        task_id: str,
        version: int,
        status: Status,
        *,
        by: str,
        at: datetime,
        note: str | None = None,
        result: str | None = None,
        send_id: str | None = None,
    ) -> Task:
        """Close an open task and return it. 1 WRU.

        Closing it again the same way by the same member returns it unchanged. Raises TaskNotFound, TaskClosed
        (it was closed otherwise) or TaskChanged (another version); then nothing is written.
        """
        owner = owner_in(task_id)
        if owner is None:
            raise TaskNotFound
        actions: list[Action] = [
            TaskRow.status.set(status),
            TaskRow.closed_at.set(rfc3339(at)),
            TaskRow.closed_by.set(by),
            TaskRow.version.set(version + 1),
            TaskRow.expires_at.set(int((at + KEPT_AFTER_CLOSING).timestamp())),
        ]
        if note:
            actions.append(TaskRow.note.set(note))
        if result:
            actions.append(TaskRow.result.set(result))
        if send_id:
            actions.append(TaskRow.send_id.set(send_id))
        return self._changed(task_id, owner, version, actions) or self._refused(task_id, status, by)

    def note_sent(
        self,
        task_id: str,
        version: int,
        at: datetime,
        *,
        send_id: str | None = None,
        result: str | None = None,
    ) -> Task:
        """Note on an open task that it was done at `at`, though it is not over yet; return it. 1 WRU.

        Raises TaskNotFound, TaskClosed or TaskChanged; then nothing is written.
        """
        actions: list[Action] = [TaskRow.sent_at.set(rfc3339(at)), TaskRow.version.set(version + 1)]
        if send_id:
            actions.append(TaskRow.send_id.set(send_id))
        if result:
            actions.append(TaskRow.result.set(result))
        return self._changed(task_id, owner_in(task_id), version, actions) or self._refused(task_id)

    def postpone(self, task_id: str, version: int, until: datetime) -> Task:
        """Put an open task off until then and return it; its id stays. 1 WRU. Raises as `note_sent`."""
        due = rfc3339(until.astimezone(UTC).replace(microsecond=0))
        actions: list[Action] = [TaskRow.due.set(due), TaskRow.version.set(version + 1)]
        return self._changed(task_id, owner_in(task_id), version, actions) or self._refused(task_id)

    def _changed(self, task_id: str, owner: str | None, version: int, actions: list[Action]) -> Task | None:
        """Return an open task after a change of the version that was read, None where it is another."""
        row = TaskRow(collection(owner or ""), PREFIX + task_id)
        try:
            row.update(actions, (TaskRow.status == "open") & (TaskRow.version == version))
        except UpdateError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
            return None
        return task_of(row)

    def _refused(self, task_id: str, status: Status | None = None, by: str = "") -> Task:
        there = self.get(task_id, consistent=True)
        if there is None:
            raise TaskNotFound
        if there.status == status and (there.closed_by or "").lower() == by.lower():
            return there
        raise TaskChanged if there.status == "open" else TaskClosed


def collection(userid: str) -> str:
    """Return the item collection of a member: notices, outbox and tasks."""
    return f"MEMBER#{userid.lower()}"


def task_of(row: TaskRow) -> Task:
    """Return the row as the rest of the product knows it."""
    return Task(
        id=row.sk.removeprefix(PREFIX),
        kind=row.kind,  # type: ignore[arg-type]  # only KINDS are ever written
        owner=row.owner,
        due=datetime.fromisoformat(row.due),
        status=row.status,  # type: ignore[arg-type]  # only STATUSES are ever written
        created_at=datetime.fromisoformat(row.created_at),
        external_userid=row.external_userid,
        customer_id=row.customer_id,
        payload=row.payload or {},
        closed_at=datetime.fromisoformat(row.closed_at) if row.closed_at else None,
        closed_by=row.closed_by,
        note=row.note,
        result=row.result,
        sent_at=datetime.fromisoformat(row.sent_at) if row.sent_at else None,
        send_id=row.send_id,
        version=int(row.version),
    )
