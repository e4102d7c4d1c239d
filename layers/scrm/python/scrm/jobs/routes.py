"""/admin/jobs and /workbench/jobs: how far jobs are, what became of each item, calling one off (SEG-17)."""

from scrm.admin.audited import audited
from scrm.admin.rights import OPERATIONS, SEE_JOBS
from scrm.http import paging, problems
from scrm.http.fields import Page, PageQuery
from scrm.http.routing import ANY_STAFF, Api, Request
from scrm.jobs.dynamodb import Jobs, own_list
from scrm.jobs.kinds import IRREVOCABLE
from scrm.jobs.model import Job, Result
from scrm.jobs.models import ItemOut, ItemsQuery, JobOut
from scrm.jobs.rows_dynamodb import LIST
from scrm.staff.model import key

# A page of results looks at so many chunks at most; a rare status may give a short page.
MOST_CHUNKS = 200

jobs = Jobs()


def declare(api: Api) -> None:
    """Add the routes: in the console every job is seen, in the workbench one's own."""
    if api.name == "workbench":
        see, stop, scope = ANY_STAFF, ANY_STAFF, "own"
    else:
        see, stop, scope = SEE_JOBS, OPERATIONS, "corp"
    root = f"/{api.name}/jobs"
    api.route("GET", root, roles=see, scope=scope, query=PageQuery, answers=Page[JobOut])(listed)
    api.route("GET", f"{root}/{{job_id}}", roles=see, scope=scope, answers=JobOut)(read)
    api.route(
        "GET", f"{root}/{{job_id}}/items", roles=see, scope=scope, query=ItemsQuery, answers=Page[ItemOut]
    )(items)
    api.route("POST", f"{root}/{{job_id}}:cancel", roles=stop, scope=scope, answers=JobOut)(cancel)


def listed(request: Request) -> Page[JobOut]:
    """Batch jobs, newest first."""
    asked: PageQuery = request.query
    of = own_list(request.staff.userid) if _own(request) else LIST
    after = paging.decode(of, asked.cursor, free=("before",))
    found, more = jobs.listed(of, asked.limit, str(after["before"]) if after else None)
    return Page(
        items=[JobOut.model_validate(each) for each in found],
        next_cursor=paging.encode(of, {"before": more} if more else None),
    )


def read(request: Request) -> JobOut:
    """One job and how far it is."""
    return JobOut.model_validate(_found(request))


def items(request: Request) -> Page[ItemOut]:
    """What became of the items, in the order they were done in."""
    asked: ItemsQuery = request.query
    job = _found(request)
    place = f"JOB#{job.job_id}"
    start = paging.decode(place, asked.cursor, free=("chunk", "after"))
    found: list[ItemOut] = []
    chunk, skip = (str(start["chunk"]), _number(start["after"])) if start else ("", 0)
    for seen, (chunk_id, results) in enumerate(jobs.results(job.job_id, chunk)):
        done = skip if chunk_id == chunk else 0
        for at, each in enumerate(results[done:], done + 1):
            if _wanted(each, asked):
                found.append(ItemOut.model_validate(each))
            if len(found) == asked.limit:
                return Page(items=found, next_cursor=paging.encode(place, {"chunk": chunk_id, "after": at}))
        if seen + 1 == MOST_CHUNKS:
            last = {"chunk": chunk_id, "after": len(results)}
            return Page(items=found, next_cursor=paging.encode(place, last))
    return Page(items=found)


def cancel(request: Request) -> JobOut:
    """Call a job off: what is done stays done, nothing further is begun."""
    job = _found(request)
    step = jobs.cancel_step(job.job_id, request.now)
    subject, before, after = f"JOB#{job.job_id}", {"status": job.status}, {"status": "cancelled"}
    if not job.is_open:
        raise _over()
    if job.kind in IRREVOCABLE:
        raise problems.conflict("job_irrevocable", "这种任务开始后不能取消")
    try:
        audited(request, "job_cancelled", subject, before, after, [step])
    except problems.Problem as problem:
        raise (_over() if problem.code == "version_conflict" else problem) from None
    return JobOut.model_validate(jobs.job(job.job_id))


def _found(request: Request) -> Job:
    """Return the job; somebody else's is not there for who may see only their own."""
    job = jobs.job(request.params["job_id"])
    if job is None or (_own(request) and key(job.requested_by) != key(request.staff.userid)):
        raise problems.not_found("没有这个任务")
    return job


def _own(request: Request) -> bool:
    return request.path.startswith("/workbench/")


def _wanted(result: Result, asked: ItemsQuery) -> bool:
    return asked.status in {None, result.status}


def _number(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise problems.invalid_field("cursor", "游标不属于这个列表")
    return value


def _over() -> problems.Problem:
    return problems.conflict("job_ended", "任务已经结束")
