"""What staff do with the to-do of a step: done, left out, put off, sent (SOP-10, SOP-14, CUS-22)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from scrm.fields.dynamodb import known as known_fields
from scrm.http import problems
from scrm.http.request import Request
from scrm.leads.unfollowed import refuse_unrecorded
from scrm.sends import preparing
from scrm.sends.model import Send
from scrm.sends.showing import recipient_of, there_of
from scrm.sidebar.keeping import customer_of, with_fields
from scrm.sops.closing import StepToDo, missing_of, step_of, tasks
from scrm.sops.contents import subject_of_step
from scrm.sops.dynamodb import enrollment
from scrm.sops.enrollment import Run
from scrm.sops.evidence import postponable_until, result_of, told_results
from scrm.sops.sops_dynamodb import defined
from scrm.sops.to_do_models import DoneIn, PostponeIn, SkipIn, StepPrepareIn
from scrm.staff.model import key
from scrm.tasks.model import Task, TaskChanged, TaskClosed, TaskNotFound


def own_task(request: Request) -> Task:
    """Return the to-do that a request names, strongly; raises 404, and 403 for another member's. 1 RRU."""
    found = tasks.get(request.params["task_id"], consistent=True)
    if found is None:
        raise problems.not_found("没有这条待办")
    if key(found.owner) != key(request.staff.userid):
        raise problems.forbidden("这条待办不属于你", code="not_your_task")
    return found


def done(request: Request, found: Task, asked: DoneIn) -> Task:
    """Mark a to-do as done and return it; one of a SOP needs its result and its fields. Repeating is safe.

    Raises 422 naming what is missing, 409 for one that is over or was changed. 1 WRU, as much as
    `with_fields` where fields are given.
    """
    me = request.staff.userid
    of = step_of(found)
    if found.status == "done" and key(found.closed_by or "") == key(me):
        return found
    _refuse_stale(found, asked.version)
    if of is None:
        if asked.fields or asked.result:
            raise problems.invalid_field("fields" if asked.fields else "result", "这条待办不需要填写")
        refuse_unrecorded(found)
        return _closed(found, "done", me, request.now, note=asked.note)
    result = _result(of, asked.result)
    if asked.fields:
        _save(request, of, asked)
    if lacks := missing_of(of, result):
        raise problems.invalid(*_named(lacks, request.now), detail="还有客户资料没有填写，不能完成")
    # What was sent before is done as of then: it only lacked a field.
    at = found.sent_at or request.now
    return _closed(found, "done", me, at, note=asked.note, result=result, send_id=found.send_id)


def skipped(request: Request, found: Task, asked: SkipIn) -> Task:
    """Leave a step out, with the reason, and return its to-do; the next follows. Repeating is safe. 1 WRU."""
    _step(found)
    if found.status == "skipped":
        return found
    _refuse_stale(found, asked.version)
    return _closed(found, "skipped", request.staff.userid, request.now, note=asked.reason)


def postponed(request: Request, found: Task, asked: PostponeIn) -> Task:
    """Put a step off, as long as it may still be sent then; return its to-do. 1 RRU, 1 WRU."""
    of, until = _step(found), asked.until.replace(microsecond=0)
    _refuse_stale(found, asked.version)
    if until <= request.now:
        raise problems.invalid_field("until", "应晚于现在")
    last = postponable_until(_open_run(of), of.step, of.version)
    if until > last:
        raise problems.invalid_field("until", f"最晚 {last.astimezone(until.tzinfo):%m-%d %H:%M}")
    if until == found.due:
        return found
    try:
        return tasks.postpone(found.id, found.version, until)
    except (TaskChanged, TaskClosed, TaskNotFound) as error:
        raise _conflict(error) from None


def prepared(request: Request, found: Task, asked: StepPrepareIn) -> Send:
    """Store a send of a step's content and return it, exactly as the SDK is given it.

    Raises 409 where the SOP is at rest, the step is over or nothing may be sent, 422 naming what cannot be
    filled.
    """
    of = _step(found)
    if found.status != "open":
        raise problems.conflict("task_closed", "这条待办已经结束")
    if of.step.mode != "todo" or found.external_userid is None:
        raise problems.conflict("not_a_send", "这一步不是发送内容，请直接完成")
    sop = defined.sops().get(of.version.sop_id)
    if sop is None or sop.status != "running":
        raise problems.conflict("sop_paused", "这个 SOP 已暂停或停止，不能发送")
    _open_run(of)
    to = recipient_of(request, found.external_userid)
    subject = subject_of_step(of, to, request.now)
    if subject is None:
        raise problems.conflict("no_content", "这一步没有可发送的内容，请直接完成")
    marketing = of.step.marketing and of.version.purpose == "marketing"
    preparing.refuse_unfit(request, to, asked_for=asked.asked_for or not marketing)
    return preparing.prepare(request, subject, to, None, asked_for=asked.asked_for)


def _step(found: Task) -> StepToDo:
    of = step_of(found)
    if of is None:
        raise problems.conflict("not_of_a_sop", "只有 SOP 的待办可以这样处理")
    return of


def _open_run(of: StepToDo) -> Run:
    """Return the run that a to-do is of, strongly; raises 409 where it no longer waits. 1 RRU."""
    told = of.task.payload
    it = enrollment(str(told["subject"]), str(told["sop_id"]))
    run = it.latest(of.step.key) if it and it.cycle == told["cycle"] else None
    if it is None or it.status != "ACTIVE" or run is None or run.attempt != told["attempt"]:
        raise problems.conflict("step_over", "这一步已不再进行，请刷新后查看")
    if run.status != "DISPATCHED":
        raise problems.conflict("task_closed", "这条待办已经结束")
    return run


def _result(of: StepToDo, given: str | None) -> str | None:
    """Return the result in the step's own words; raises 422 for one it has not, or that a call lacks."""
    if given is None:
        if of.step.mode == "call" and of.task.result is None:
            raise problems.invalid_field("result", f"请填写通话结果：{told_results(of.step)}")
        return of.task.result
    known = result_of(of.step, given)
    if known is None:
        options = told_results(of.step)
        raise problems.invalid_field("result", f"应为 {options}" if options else "这一步没有结果可填")
    return known


def _save(request: Request, of: StepToDo, asked: DoneIn) -> None:
    """Save a customer's fields; what is wrong with one is named as it was asked."""
    if of.task.external_userid is None or of.task.customer_id is None:
        raise problems.invalid_field("fields", "线索还没有成为客户，不能填写客户资料")
    there = there_of(request, of.task.external_userid)
    try:
        with_fields(request, customer_of(there, consistent=True), asked.customer_version, asked.fields)
    except problems.Problem as problem:
        if not problem.errors:
            raise
        raise replace(problem, errors=[_as_asked(each) for each in problem.errors]) from None


def _as_asked(error: problems.FieldError) -> problems.FieldError:
    return replace(error, field="fields" + error.field.removeprefix("custom_fields"))


def _named(keys: Iterable[str], now: datetime) -> list[problems.FieldError]:
    known: Mapping[str, Any] = known_fields(now)
    titles = {each: known[each].title if each in known else each for each in keys}
    return [problems.FieldError(f"fields.{each}", f"请填写{title}") for each, title in titles.items()]


def _refuse_stale(found: Task, version: int | None) -> None:
    if found.status != "open":
        raise problems.conflict("task_closed", "这条待办已经结束")
    if version is not None and version != found.version:
        raise problems.version_conflict()


def _closed(found: Task, status: Any, me: str, at: datetime, **more: Any) -> Task:
    try:
        return tasks.close(found.id, found.version, status, by=me, at=at, **more)
    except (TaskChanged, TaskClosed, TaskNotFound) as error:
        raise _conflict(error) from None


def _conflict(error: Exception) -> problems.Problem:
    if isinstance(error, TaskClosed):
        return problems.conflict("task_closed", "这条待办已经结束")
    return (
        problems.not_found("没有这条待办") if isinstance(error, TaskNotFound) else problems.version_conflict()
    )
