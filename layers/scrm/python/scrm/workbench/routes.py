"""Routes under /workbench."""

from datetime import datetime, time, timedelta

from scrm.cards.dynamodb import owned
from scrm.http import paging, problems
from scrm.http.dynamodb import DynamoFirstAnswers
from scrm.http.fields import BEIJING, Page, PageQuery
from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.http.scope import may_see_of
from scrm.notices import routes as notice_preferences
from scrm.notices.model import TITLES, Notice
from scrm.sessions.renewal import renew
from scrm.staff import dynamodb as staff
from scrm.staff.model import key
from scrm.tasks.dynamodb import DynamoTasks
from scrm.tasks.model import Task, TaskChanged, TaskClosed, TaskNotFound
from scrm.workbench import dynamodb
from scrm.workbench.models import (
    CompleteIn,
    NoticeOut,
    TaskOut,
    TasksQuery,
    TodayOut,
)
from scrm.workbench.views import task_out, task_to_start_after, tasks_out

COUNTED = 200
SHOWN_TODAY = 5
TODAYS = timedelta(days=7)
"""What was done today counts when it was due within this time of now."""

api = Api("workbench", first_answers=DynamoFirstAnswers())
api.after(renew)
notice_preferences.declare(api)
api.group("tasks", "scrm.sops.to_do_routes")
api.group("tasks", "scrm.sops.lead_call_routes")
api.group("customers", "scrm.stages.routes")
api.group("stages", "scrm.stages.definition_routes")
api.group("customers", "scrm.demands.routes")
api.group("customers", "scrm.accounts.routes")
api.group("demand-kinds", "scrm.demands.kind_routes")
api.group("customers", "scrm.privacy.consent_routes")
api.group("jobs", "scrm.jobs.routes")
api.group("customers", "scrm.exports.routes")
api.group("exports", "scrm.exports.routes")
api.group("customers", "scrm.queries.list_routes")
api.group("queries", "scrm.queries.saved_routes")
api.group("conditions", "scrm.queries.field_routes")
api.group("pushes", "scrm.pushes.routes")
api.group("leads", "scrm.leads.attachment_routes")
api.group("leads", "scrm.leads.contract_routes")
api.group("leads", "scrm.leads.intake_routes")
api.group("leads", "scrm.leads.list_routes")
api.group("leads", "scrm.leads.merge_routes")
api.group("leads", "scrm.leads.life_routes")
api.group("pools", "scrm.leads.claim_routes")
api.group("visits", "scrm.visits.routes")
tasks = DynamoTasks()


@api.route("GET", "/workbench/tasks", roles=ANY_STAFF, scope="own", query=TasksQuery, answers=Page[TaskOut])
def list_tasks(request: Request) -> Page[TaskOut]:
    """The caller's to-dos, earliest due first."""
    asked: TasksQuery = request.query
    me = request.staff.userid
    place = f"TASKS#{key(me)}"
    after = paging.decode(place, asked.cursor)
    found, more = tasks.of_member(
        me,
        status=None if asked.status == "all" else asked.status,
        due_from=datetime.combine(asked.day, time(), BEIJING) if asked.day else None,
        due_until=_due_until(asked, request.now),
        external_userid=asked.external_userid,
        limit=asked.limit,
        after=task_to_start_after(after, me),
    )
    if asked.due == "overdue":
        found = [each for each in found if each.overdue(request.now)]
    return Page(
        items=tasks_out(found, request.now),
        next_cursor=paging.encode(place, {"after": more} if more else None),
    )


@api.route("GET", "/workbench/tasks/{task_id}", roles=ANY_STAFF, scope="data scope", answers=TaskOut)
def show_task(request: Request) -> TaskOut:
    """One to-do: the caller's own, or one within their data scope."""
    found = _found(request.params["task_id"])
    if not may_see_of(request.staff, found.owner, staff.directory(request.now)):
        raise problems.forbidden("这条待办不属于你", code="not_your_task")
    return tasks_out([found], request.now)[0]


@api.route(
    "POST",
    "/workbench/tasks/{task_id}:complete",
    roles=ANY_STAFF,
    scope="own",
    body=CompleteIn,
    answers=TaskOut,
)
def complete_task(request: Request) -> TaskOut:
    """Mark one of the caller's to-dos as done. Repeating is safe."""
    found = _found(request.params["task_id"])
    me = request.staff.userid
    if key(found.owner) != key(me):
        raise problems.forbidden("这条待办不属于你", code="not_your_task")
    if found.payload.get("step_key"):
        from scrm.sops import doing  # imported late: other to-dos need no SOPs
        from scrm.sops.to_do_models import DoneIn

        asked = DoneIn(version=request.body.version, note=request.body.note)
        return tasks_out([doing.done(request, doing.own_task(request), asked)], request.now)[0]
    from scrm.leads.unfollowed import refuse_unrecorded  # imported late: the other routes need no leads

    refuse_unrecorded(found)
    version = request.body.version or found.version
    try:
        done = tasks.close(found.id, version, "done", by=me, at=request.now, note=request.body.note)
    except TaskClosed:
        raise problems.conflict("task_closed", "这条待办已经结束") from None
    except TaskChanged:
        raise problems.version_conflict() from None
    except TaskNotFound:
        raise problems.not_found("没有这条待办") from None
    return task_out(done, request.now)


@api.route(
    "GET", "/workbench/notices", roles=ANY_STAFF, scope="own", query=PageQuery, answers=Page[NoticeOut]
)
def list_notices(request: Request) -> Page[NoticeOut]:
    """The caller's notices, newest first."""
    me = request.staff.userid
    place = f"NOTICES#{key(me)}"
    after = paging.decode(place, request.query.cursor)
    before = str(after.get("before", "")) if after else None
    found, more = dynamodb.notices(me, request.query.limit, before)
    return Page(
        items=[_notice_out(*each) for each in found],
        next_cursor=paging.encode(place, {"before": more} if more else None),
    )


@api.route(
    "POST", "/workbench/notices/{notice_id}:acknowledge", roles=ANY_STAFF, scope="own", answers=NoticeOut
)
def acknowledge_notice(request: Request) -> NoticeOut:
    """Mark one of the caller's notices as seen. Repeating is safe."""
    seen = dynamodb.acknowledge(request.staff.userid, request.params["notice_id"], request.now)
    if seen is None:
        raise problems.not_found("没有这条通知")
    return _notice_out(*seen)


@api.route("GET", "/workbench/today", roles=ANY_STAFF, scope="own", answers=TodayOut)
def today(request: Request) -> TodayOut:
    """What the caller's day holds."""
    from scrm.leads.progress import progress_of  # imported late: the other routes need no leads

    me, now = request.staff.userid, request.now
    due, _ = tasks.of_member(me, due_until=_tonight(now), limit=COUNTED)
    steps = [each for each in due if each.payload.get("step_key")]
    leads = progress_of(me, None, now)
    unread, _ = dynamodb.notices(me, COUNTED)
    return TodayOut(
        date=now.astimezone(BEIJING).date().isoformat(),
        tasks_due=len(due),
        tasks_overdue=sum(each.overdue(now) for each in due),
        tasks_done=tasks.done_since(me, _midnight(now), (now - TODAYS, now + TODAYS), COUNTED),
        leads_open=leads.open,
        leads_new=leads.new_today,
        leads_unfollowed=leads.unfollowed,
        leads_due=leads.due,
        leads_overdue=leads.overdue,
        leads_followed=leads.followed_today,
        new_customers=_added_since(me, _midnight(now)),
        unread_notices=sum(acknowledged is None for _, acknowledged in unread),
        sop_tasks_due=len(steps),
        sop_tasks_overdue=sum(each.overdue(now) for each in steps),
        calls_due=sum(each.kind == "call" for each in due),
        next_tasks=tasks_out(sorted(due, key=_due)[:SHOWN_TODAY], now),
    )


def _added_since(userid: str, start: datetime) -> int:
    newest = owned(userid, COUNTED).cards
    return sum(each.added_at is not None and each.added_at >= start for each in newest)


def _found(task_id: str) -> Task:
    found = tasks.get(task_id)
    if found is None:
        raise problems.not_found("没有这条待办")
    return found


def _due(task: Task) -> datetime:
    return task.due


def _due_until(asked: TasksQuery, now: datetime) -> datetime | None:
    if asked.day:
        return datetime.combine(asked.day, time(), BEIJING) + timedelta(days=1, seconds=-1)
    if asked.due == "overdue":
        return now
    if asked.due == "today":
        return _tonight(now)
    return now + timedelta(days=7) if asked.due == "week" else None


def _midnight(now: datetime) -> datetime:
    return datetime.combine(now.astimezone(BEIJING).date(), time(), BEIJING)


def _tonight(now: datetime) -> datetime:
    return _midnight(now) + timedelta(days=1, seconds=-1)


def _notice_out(notice: Notice, acknowledged_at: datetime | None) -> NoticeOut:
    return NoticeOut(
        notice_id=notice.id,
        title=TITLES[notice.kind],
        acknowledged_at=acknowledged_at,
        kind=notice.kind,
        at=notice.at,
        subject=dict(notice.subject),
        facts=dict(notice.facts),
    )
