"""/admin/segments: what each segment is (spec SEG-10)."""

from dataclasses import replace
from typing import Any

from scrm.admin.audited import no_effect
from scrm.admin.lists import page_of
from scrm.admin.rights import EDIT_SEGMENTS, SEE_SEGMENTS
from scrm.conditions.language import plain
from scrm.fields.dynamodb import load as load_fields
from scrm.http import problems
from scrm.http.caller import Role
from scrm.http.fields import Page
from scrm.http.routing import Api, Request
from scrm.segments import computation, saving
from scrm.segments import dynamodb as stored
from scrm.segments.checking import condition_of, used_by
from scrm.segments.model import Segment
from scrm.segments.models import (
    ComputationOut,
    Plan,
    SegmentDetail,
    SegmentEdit,
    SegmentIn,
    SegmentOut,
    SegmentQuery,
)
from scrm.sops.using import names_using
from scrm.tags.dynamodb import catalogue


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": SEE_SEGMENTS, "scope": "corp"}
    edit: dict[str, Any] = {"roles": EDIT_SEGMENTS, "scope": "corp"}
    one = "/admin/segments/{segment_id}"
    api.route("GET", "/admin/segments", **see, query=SegmentQuery, answers=Page[SegmentOut])(listed)
    api.route("POST", "/admin/segments", **edit, body=SegmentIn, answers=SegmentDetail, status=201)(create)
    api.route("GET", one, **see, answers=SegmentDetail)(show)
    api.route("PUT", one, **edit, body=SegmentEdit, answers=SegmentDetail)(change)
    api.route("DELETE", one, **edit, answers=SegmentDetail)(archive)
    api.route("POST", f"{one}:recompute", **edit, answers=SegmentDetail)(recompute)


def listed(request: Request) -> Page[SegmentOut]:
    """The segments, oldest first."""
    asked: SegmentQuery = request.query
    rows = [each for each in stored.segments().values() if _wanted(each, asked)]
    page, cursor = page_of("SEGMENTS", rows, _place, asked.limit, asked.cursor)
    return Page(items=[out(each) for each in page], next_cursor=cursor)


def _wanted(segment: Segment, asked: SegmentQuery) -> bool:
    if asked.status != segment.status and (asked.status or segment.status == "archived"):
        return False
    return asked.kind in {None, segment.kind} and (asked.q or "").lower() in segment.name.lower()


def _place(segment: Segment) -> str:
    return f"{segment.created_at.isoformat() if segment.created_at else ''}#{segment.segment_id}"


def create(request: Request) -> SegmentDetail:
    """Make a segment; an active dynamic one is computed over all customers from now on."""
    asked: SegmentIn = request.body
    known = saving.known()
    segment_id = request.new_id("seg")
    if found := known.segments.get(segment_id):
        no_effect(request)
        return detail(found)
    wanted = Segment(
        segment_id,
        asked.name,
        asked.kind,
        condition=_condition(asked.condition, known, request.staff.role) if asked.condition else {},
        status=asked.status,
        description=asked.description,
        tag_id=_tag(asked.tag_id, request),
        plan=asked.plan.model_dump(),
        created_by=request.staff.userid,
    )
    return detail(saving.save(request, "segment_created", [wanted], known)[0])


def show(request: Request) -> SegmentDetail:
    """One segment, and how far its computation is."""
    return detail(existing(request))


def change(request: Request) -> SegmentDetail:
    """Edit a segment; when its condition changes, everybody is asked anew and the old computation stops."""
    asked: SegmentEdit = request.body
    known = saving.known()
    segment = existing(request)
    if segment.status == "archived":
        raise problems.conflict("segment_archived", "分层已归档，不能再修改")
    if segment.version != asked.version:
        raise problems.version_conflict()
    if asked.status == "draft" and segment.status == "active":
        raise problems.conflict("segment_active", "分层已启用，只能归档")
    if asked.status == "archived":
        _refuse_used(segment, known)
    changes: dict[str, Any] = {
        "name": asked.name,
        "status": asked.status,
        "description": asked.description,
        "condition": _changed(asked.condition, segment, known, request) if asked.condition else None,
        "tag_id": None if asked.tag_id is None else _tag(asked.tag_id, request),
        "plan": asked.plan.model_dump() if asked.plan else None,
    }
    wanted = replace(segment, **{name: value for name, value in changes.items() if value is not None})
    if wanted == segment:
        no_effect(request)
        return detail(segment)
    return detail(saving.save(request, "segment_changed", [wanted], known)[0])


def archive(request: Request) -> SegmentDetail:
    """Archive a segment: its members leave it, what it was stays readable."""
    known = saving.known()
    segment = existing(request)
    if segment.status == "archived":
        no_effect(request)
        return detail(segment)
    _refuse_used(segment, known)
    return detail(saving.save(request, "segment_archived", [replace(segment, status="archived")], known)[0])


def recompute(request: Request) -> SegmentDetail:
    """Ask everybody the condition anew, as it is; a computation under way stops."""
    known = saving.known()
    segment = existing(request)
    if not segment.evaluated:
        raise problems.conflict("not_computed", "只有启用中的动态分层可以重新计算")
    return detail(saving.save(request, "segment_recomputed", [segment], known, anew=True)[0])


def existing(request: Request) -> Segment:
    """Return the segment that the path names, as stored now; raises a 404 problem."""
    found = stored.segment(request.params["segment_id"], consistent=True)
    if found is None:
        raise problems.not_found("没有这个分层")
    return found


def _refuse_used(segment: Segment, known: saving.Known) -> None:
    if names := used_by(segment.segment_id, known.segments):
        raise problems.conflict("segment_in_use", f"分层「{'」「'.join(names[:5])}」的条件引用了它")
    if names := names_using(segment.segment_id):
        raise problems.conflict("segment_in_use", f"SOP「{'」「'.join(names[:5])}」正在使用它")


def condition_asked(given: Any, role: Role) -> dict[str, Any]:
    """Return a condition of a request as it is stored; raises 422 naming what is wrong.

    Who is in a segment tells what its condition asks for, so that a role asks for what it may see alone.
    """
    return _condition(given, saving.known(), role)


def _changed(given: Any, segment: Segment, known: saving.Known, request: Request) -> dict[str, Any]:
    """Return the condition as it is to be; one that stays may ask for what the caller does not see."""
    role = None if plain(given) == segment.condition else request.staff.role
    return _condition(given, known, role)


def _condition(given: Any, known: saving.Known, role: Role | None) -> dict[str, Any]:
    fields = load_fields().items()
    custom = {key: each.type for key, each in fields if (each.askable_by(role) if role else each.filterable)}
    condition, wrong = condition_of(given, custom, known.segments)
    if wrong:
        raise problems.invalid(*wrong)
    return condition


def _tag(tag_id: str, request: Request) -> str:
    if tag_id and tag_id not in catalogue(request.now, [tag_id]).tags:
        raise problems.invalid_field("tag_id", "标签不存在或已被删除")
    return tag_id


def out(segment: Segment) -> SegmentOut:
    """Return a segment as lists show it."""
    return SegmentOut.model_validate(_shown(segment))


def detail(segment: Segment) -> SegmentDetail:
    """Return a segment with its computation."""
    return SegmentDetail.model_validate({**_shown(segment), "computation": _progress(segment)})


def _progress(segment: Segment) -> ComputationOut | None:
    job = computation.jobs.job(segment.computation) if segment.computation else None
    if job is None:
        return None
    return ComputationOut(
        job_id=job.job_id,
        rules_version=segment.rules_version,
        status=job.status,
        asked=job.done + job.skipped,
        changed=job.done,
        total=job.total if job.is_open else job.done + job.skipped,
        started_at=job.created_at,
        finished_at=job.finished_at,
    )


def _shown(segment: Segment) -> dict[str, Any]:
    return {**vars(segment), "condition": segment.condition or None, "plan": Plan(**segment.plan)}
