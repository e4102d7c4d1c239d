"""/admin/sops/{sop_id}:publish: a draft holds from now on, and what becomes of everybody midway (SOP-21)."""

from collections import defaultdict
from dataclasses import replace
from typing import Any, NamedTuple

from scrm.admin.audited import no_effect
from scrm.admin.rights import EDIT_SOPS
from scrm.http import paging, problems
from scrm.http.routing import Api, Request
from scrm.jobs.model import Job, NewJob
from scrm.jobs.models import JobOut
from scrm.jobs.starting import jobs
from scrm.settings.dynamodb import load as load_settings
from scrm.sops import editing
from scrm.sops import sops_dynamodb as stored
from scrm.sops.console_models import (
    BarsMovedOut,
    PublishedOut,
    PublishIn,
    PublishPreviewIn,
    PublishPreviewOut,
)
from scrm.sops.console_routes import ONE, shown, version_of
from scrm.sops.content_checking import wrong_contents
from scrm.sops.dynamodb import of_sop
from scrm.sops.enrollment import Enrollment
from scrm.sops.migrating import republished
from scrm.sops.model import PublishPolicy, Sop, Version
from scrm.sops.publishing_job import KIND
from scrm.sops.references import Known
from scrm.sops.taking_in import Taken, taken_in
from scrm.sops.walking import STARTS

PAGE = 100
MOST_COUNTED = 1000
"""So many bars one request looks at; a larger SOP is counted in parts."""
SAMPLE = 5


class Way(NamedTuple):
    """From which step to which, and what that is called."""

    start: str
    end: str
    outcome: Any


def declare(api: Api) -> None:
    """Add the routes."""
    edit: dict[str, Any] = {"roles": EDIT_SOPS, "scope": "corp"}
    api.route("POST", f"{ONE}:publish", **edit, body=PublishIn, answers=PublishedOut)(publish)
    api.route("POST", f"{ONE}:publish-preview", **edit, body=PublishPreviewIn, answers=PublishPreviewOut)(
        preview
    )


def publish(request: Request) -> PublishedOut:
    """Put a draft in force: it never changes again, customers enter it, those midway follow as asked."""
    asked: PublishIn = request.body
    sop = editing.existing(request)
    _refuse_no_draft(sop)
    if asked.version != sop.version:
        raise problems.version_conflict()
    version, contents, revision = version_of(sop, sop.draft)
    taken = _taken(version, contents, editing.known_to(request))
    whole = {key: {**each, "parts": taken.parts[key]} for key, each in contents.items()}
    editing.refuse_large(whole)
    if asked.dry_run:
        no_effect(request)
        told = _moves(sop, version, asked.policy, None, request)
        return PublishedOut(sop=shown(request, sop), preview=told)
    steps = [
        stored.version_step(version, request.staff.userid, request.now),
        stored.content_step(sop.sop_id, version.number, whole, revision),
        *taken.steps(sop.sop_id, request.now),
    ]
    job = _job(request, sop, version, asked.policy)
    after = replace(
        sop,
        name=version.name,
        published=version.number,
        status="running" if sop.status == "draft" else sop.status,
    )
    told_too = {"policy": asked.policy, **({"job_id": job.job_id} if job else {})}
    job_steps = jobs.steps(job, request.now) if job else []
    saved = editing.store(request, "sop_published", sop, after, told_too, [*steps, *job_steps])
    return PublishedOut(sop=shown(request, saved), job=job_out(job, request))


def _taken(version: Version, contents: stored.Contents, known: Known) -> Taken:
    """Return what a version sends with what it names in it; raises 422 naming all that is in the way."""
    _refuse(editing.lacking(version, contents, known))
    taken = taken_in(
        (f"steps.{place}.", each.key, contents.get(each.key, {}).get("parts", ()))
        for place, each in enumerate(version.steps)
    )
    _refuse(wrong_contents(version, taken.parts, known.said, complete=True))
    return taken


def _refuse(wrong: list[problems.FieldError]) -> None:
    if wrong:
        raise problems.invalid(*wrong, detail="还不能发布")


def preview(request: Request) -> PublishPreviewOut:
    """What publishing the draft would do to everybody midway: how many go from which step to which."""
    no_effect(request)
    asked: PublishPreviewIn = request.body
    sop = editing.existing(request)
    _refuse_no_draft(sop)
    version, _, _ = version_of(sop, sop.draft)
    return _moves(sop, version, asked.policy, asked.cursor, request)


def job_out(job: NewJob | None, request: Request) -> JobOut | None:
    """Return a job that has just begun as routes show it."""
    return JobOut.model_validate(_begun(job, request)) if job else None


def _begun(job: NewJob, request: Request) -> Job:
    return jobs.job(job.job_id) or job.job(request.now)


def _refuse_no_draft(sop: Sop) -> None:
    editing.refuse_stopped(sop)
    if sop.draft <= sop.published:
        raise problems.conflict("nothing_to_publish", "没有未发布的修改")


def _job(request: Request, sop: Sop, version: Version, policy: PublishPolicy) -> NewJob | None:
    """Return the job that moves everybody, its chunks stored; None where everybody stays."""
    if policy == "keep" or not sop.published:
        return None
    params = {"sop_id": sop.sop_id, "number": version.number, "policy": policy}
    new = NewJob(request.new_id("job"), KIND, request.staff.userid, params=params, starts=STARTS)
    jobs.put_chunks(new, request.now)
    return new


def _moves(
    sop: Sop, version: Version, policy: PublishPolicy, cursor: str | None, request: Request
) -> PublishPreviewOut:
    name, corp = f"PUBLISH#{sop.sop_id}#{version.number}#{policy}", load_settings()
    start = paging.decode(name, cursor, free=("after",))
    place, counted, found = str(start["after"]) if start else "", 0, defaultdict[Way, list[str]](list)
    for _ in range(MOST_COUNTED // PAGE):
        page, place = of_sop(sop.sop_id, place, PAGE)
        for it in page:
            if it.is_live:
                counted += 1
                after = republished(it, version, policy, corp, request.now)
                found[_way(it, after, policy)].append(it.subject)
        if not place:
            break
    return PublishPreviewOut(
        number=version.number,
        policy=policy,
        counted=counted,
        complete=not place,
        next_cursor=paging.encode(name, {"after": place} if place else None),
        moves=[_moved_out(way, who, version, policy) for way, who in sorted(found.items())],
    )


def _way(it: Enrollment, after: Enrollment, policy: PublishPolicy) -> Way:
    if after == it:
        return Way(at_step(it), at_step(it), "keep")
    if after.status == "COMPLETED":
        return Way(at_step(it), "", "complete")
    return Way(at_step(it), at_step(after) if after.is_live else "", policy)


def _moved_out(way: Way, who: list[str], version: Version, policy: PublishPolicy) -> BarsMovedOut:
    first = version.to_run[0].key if policy == "restart" and way.outcome == "restart" else way.end
    return BarsMovedOut(
        from_step=way.start, to_step=first, outcome=way.outcome, count=len(who), sample=who[:SAMPLE]
    )


def at_step(it: Enrollment) -> str:
    """Return the step somebody is at: the one that waits to be sent, else the one whose time comes next."""
    return it.dispatched[0].step_key if it.dispatched else it.cursor
