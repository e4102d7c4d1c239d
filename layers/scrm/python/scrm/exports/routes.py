"""/workbench/customers:export and /workbench/exports: customers as a file, for who has the right (ADM-04)."""

from typing import Annotated

from pydantic import Field

from scrm.admin.audited import audited
from scrm.exports.dynamodb import file_text, files_of
from scrm.exports.lines import BOM, line
from scrm.exports.model import KEPT
from scrm.exports.sources import source
from scrm.exports.starting import KIND, check_right, start
from scrm.http import problems
from scrm.http.fields import In, Moment, Out
from scrm.http.routing import ANY_STAFF, Answer, Api, Request
from scrm.http.scope import may_see_of
from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import Job
from scrm.jobs.models import JobOut
from scrm.staff.dynamodb import directory
from scrm.staff.model import key

jobs = Jobs()


class ExportIn(In):
    """Whose customers: a member's, or of everybody in the caller's data scope. The reason is kept."""

    owner: Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}$")] | None = None
    reason: Annotated[str, Field(min_length=2, max_length=200)]


class FileQuery(In):
    """Which of an export's files, counted from 1."""

    number: Annotated[int, Field(ge=1, le=9999)] = 1


class ExportOut(Out):
    """An export: its job, how many files it has by now, and until when they are kept."""

    job: JobOut
    files: int
    kept_until: Moment


def declare(api: Api) -> None:
    """Add the routes. The role is looked up in the settings when one is called."""
    scope = "own, with the right to export"
    api.route(
        "POST",
        "/workbench/customers:export",
        roles=ANY_STAFF,
        scope="data scope, with the right to export",
        body=ExportIn,
        answers=JobOut,
        status=202,
        creates=True,
    )(export)
    one = "/workbench/exports/{job_id}"
    api.route("GET", one, roles=ANY_STAFF, scope=scope, answers=ExportOut)(read)
    api.route("GET", f"{one}/file", roles=ANY_STAFF, scope=scope, query=FileQuery, gives=("text/csv",))(
        download
    )
    api.route(
        "DELETE", "/workbench/customers/{external_userid}", roles=ANY_STAFF, scope="nobody", status=204
    )(delete)


def export(request: Request) -> JobOut:
    """Start a job that writes customers into CSV files; only for roles with the right, and audited."""
    asked: ExportIn = request.body
    check_right(request.staff)
    if asked.owner and not may_see_of(request.staff, asked.owner, directory(request.now)):
        raise problems.forbidden("你没有查看这位同事客户的权限", code="out_of_scope")
    return JobOut.model_validate(start(request, "cards", {"owner": asked.owner or ""}, asked.reason))


def read(request: Request) -> ExportOut:
    """How far one of the caller's exports is, and how many files it has."""
    job = _found(request)
    files = files_of(job.job_id)
    return ExportOut(job=JobOut.model_validate(job), files=files, kept_until=job.created_at + KEPT)


def download(request: Request) -> Answer:
    """One file of an export, CSV for a spreadsheet; each download is audited."""
    job = _found(request)
    number: int = request.query.number
    if job.is_open:
        raise problems.conflict("export_running", "文件还在生成，请稍后再试")
    parts = list(file_text(job.job_id, number - 1, request.now))
    if not parts:
        raise problems.not_found("没有这个文件，或已过期")
    audited(request, "export_downloaded", f"JOB#{job.job_id}", None, {"file": number})
    params = job.params
    titles = source(str(params["source"])).columns(params["rows"])
    name = f"customers-{job.created_at:%Y%m%d}-{number}.csv"
    return Answer(
        text="".join((BOM, line(titles), *parts)),
        headers={
            "Content-Type": "text/csv; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{name}"',
        },
    )


def delete(_: Request) -> None:
    """Nobody deletes a customer here: they are the company's (ADM-04); erasing is the console's."""
    raise problems.forbidden("客户属于企业，不能在这里删除", code="no_delete_right")


def _found(request: Request) -> Job:
    """Return the caller's own export; anything else is not there."""
    check_right(request.staff)
    job = jobs.job(request.params["job_id"])
    if job is None or job.kind != KIND or key(job.requested_by) != key(request.staff.userid):
        raise problems.not_found("没有这个导出任务")
    return job
