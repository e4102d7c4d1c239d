"""/admin/sops/{sop_id}:pause, :resume, :stop: a whole SOP at once (SOP-22)."""

from dataclasses import replace
from typing import Any

from scrm.admin.audited import no_effect
from scrm.admin.rights import EDIT_SOPS
from scrm.audit.dynamodb import Step
from scrm.http import problems
from scrm.http.routing import Api, Request
from scrm.jobs.model import NewJob
from scrm.jobs.starting import jobs
from scrm.materials import files_dynamodb as files
from scrm.materials.files import item_key
from scrm.scripts.content import files as files_of
from scrm.scripts.content import read_published
from scrm.sops import editing, resuming_job, stopping_job
from scrm.sops import sops_dynamodb as stored
from scrm.sops.console_models import SwitchedOut
from scrm.sops.console_routes import ONE
from scrm.sops.model import Sop, SopStatus
from scrm.sops.publish_routes import job_out
from scrm.sops.views import sop_out
from scrm.sops.walking import STARTS

MOST_RELEASED = 80
ATTEMPTS = 4


def declare(api: Api) -> None:
    """Add the routes."""
    edit: dict[str, Any] = {"roles": EDIT_SOPS, "scope": "corp", "answers": SwitchedOut}
    api.route("POST", f"{ONE}:pause", **edit)(pause)
    api.route("POST", f"{ONE}:resume", **edit)(resume)
    api.route("POST", f"{ONE}:stop", **edit)(stop)
    api.route("DELETE", ONE, **edit)(stop)


def pause(request: Request) -> SwitchedOut:
    """Send nothing of a SOP and let nobody enter, from now on; who is in it stays where they are."""
    return _switched(request, "paused", "sop_paused")


def resume(request: Request) -> SwitchedOut:
    """Go on with a paused SOP: what fell due meanwhile is due now, each step once, within its window."""
    return _switched(request, "running", "sop_resumed", resuming_job.KIND)


def stop(request: Request) -> SwitchedOut:
    """Stop a SOP for good: everybody leaves it, what is open is called off. What was sent stays told."""
    return _switched(request, "stopped", "sop_stopped", stopping_job.KIND)


def _switched(request: Request, status: SopStatus, action: str, kind: str = "") -> SwitchedOut:
    """Store a SOP's other status with the job that follows from it; as it is already, nothing changes.

    Whatever else was changed meanwhile stands in nobody's way: a pause may be urgent.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return _once(request, status, action, kind)
        except problems.Problem as problem:
            if problem.code != "version_conflict":
                raise
    return _once(request, status, action, kind)


def _once(request: Request, status: SopStatus, action: str, kind: str) -> SwitchedOut:
    sop = editing.existing(request)
    if sop.status == status:
        no_effect(request)
        return SwitchedOut(sop=sop_out(sop))
    if status != "stopped":
        editing.refuse_stopped(sop)
        if not sop.published:
            raise problems.conflict("sop_not_running", "SOP 还没有发布")
    job = None
    steps: list[Step] = []
    if kind and sop.published:
        job = NewJob(
            request.new_id("job"), kind, request.staff.userid, params={"sop_id": sop.sop_id}, starts=STARTS
        )
        jobs.put_chunks(job, request.now)
        steps += jobs.steps(job, request.now)
    if status == "stopped":
        steps += _released(sop)
    told = {"job_id": job.job_id} if job else {}
    saved = editing.store(request, action, sop, replace(sop, status=status), told, steps)
    return SwitchedOut(sop=sop_out(saved), job=job_out(job, request))


def _released(sop: Sop) -> list[Step]:
    """Return the steps that let go of the files that what is in force sends: nobody sends them any more."""
    if not sop.published:
        return []
    contents, _ = stored.contents(sop.sop_id, sop.published)
    parts = [part for each in contents.values() for part in each["parts"]]
    used = files_of(read_published({"title": sop.name, "parts": parts}))
    return [files.release_step(each, item_key("sop", sop.sop_id)) for each in used[:MOST_RELEASED]]
