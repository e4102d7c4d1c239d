"""What a phone system tells of the call that a to-do asks for: the step goes on by its result (SOP-14)."""

from datetime import datetime
from typing import Any

from scrm.integrations.event_models import EventsOut, RowOut
from scrm.integrations.models import RowError
from scrm.integrations.rows import judged, whole
from scrm.integrations.touch_models import TouchResultIn
from scrm.sops.closing import evidenced, step_of, tasks
from scrm.sops.evidence import result_of, told_results
from scrm.tasks.model import TaskChanged


class Results:
    """The rows of one request as they are judged, in order; those that name a to-do close it afterwards."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._told: list[TouchResultIn | None] = []

    def judge(self, row: Any, now: datetime) -> TouchResultIn | list[RowError]:
        """Return a row as its model, or what is wrong with it. 0.5 RRU for one that names a to-do."""
        event = judged(TouchResultIn, row, now, times=("at",))
        wrong = event if isinstance(event, list) else _wrong(event)
        self._told.append(None if isinstance(event, list) or wrong else event)
        return wrong or event

    def closing(self, answer: EventsOut) -> EventsOut:
        """Close the to-dos that calls were for; return what became of each row. Safe to repeat, 1 WRU each.

        A call tells of a to-do, whoever its customer is: nobody unknown stands in its way.
        """
        rows = [
            self._closed(row, event) if event and event.task_id else row
            for row, event in zip(answer.results, self._told, strict=True)
        ]
        return EventsOut(recorded=sum(each.status == "recorded" for each in rows), results=rows)

    def _closed(self, row: RowOut, event: TouchResultIn) -> RowOut:
        there = tasks.get(str(event.task_id))
        of = step_of(there) if there else None
        if there is None or of is None or row.status == "busy":
            return row
        at, result = max(whole(event.at), there.created_at), result_of(of.step, event.outcome or event.result)
        try:
            evidenced(there.id, at, f"key:{self._source}", result=result)
        except TaskChanged:
            return row.model_copy(update={"status": "busy"})
        return row.model_copy(update={"status": "recorded"})


def _wrong(event: TouchResultIn) -> list[RowError]:
    if not event.task_id:
        return [RowError(field="outcome", message="须与 task_id 一起给出")] if event.outcome else []
    there = tasks.get(event.task_id)
    of = step_of(there) if there else None
    if of is None or of.step.mode != "call":
        return [RowError(field="task_id", message="没有这条电话待办")]
    if result_of(of.step, event.outcome or event.result) is None:
        message = f"应为 {told_results(of.step)}"
        return [RowError(field="outcome" if event.outcome else "result", message=message)]
    return []
