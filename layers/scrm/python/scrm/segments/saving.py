"""Storing segments with everything that goes along, in one transaction: audit line, HEAD, computation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from scrm.admin.audited import audited
from scrm.audit.dynamodb import Step
from scrm.http import problems
from scrm.http.request import Request
from scrm.jobs.model import NewJob
from scrm.segments import computation
from scrm.segments import dynamodb as stored
from scrm.segments.checking import name_taken, too_many, wrong_with
from scrm.segments.model import MOST_SEGMENTS, Segment

_definitions = stored.Definitions()


@dataclass(frozen=True)
class Known:
    """Every segment, as of the `version`-th change of any of them."""

    version: int
    segments: Mapping[str, Segment]


def known() -> Known:
    """Return every segment as stored now."""
    return Known(*_definitions.current())


def save(
    request: Request, action: str, wanted: Sequence[Segment], others: Known, *, anew: bool = False
) -> list[Segment]:
    """Store segments as wanted, over the versions they were read with; return them as stored.

    Where who belongs changes, or `anew`, everybody is asked from now on. Raises 422 naming what is wrong, 409
    for a name that is taken, for too many, and when any segment was changed since `others` was read.
    """
    for each in wanted:
        _checked(each, others)
    if too_many(others.segments, sum(not each.version for each in wanted)):
        raise problems.conflict("too_many_segments", f"最多 {MOST_SEGMENTS} 个分层，请先归档不用的")
    job_id = request.new_id("job")
    wanted = [_with_rules(each, others, job_id, anew=anew) for each in wanted]
    changed = [each for each in wanted if each.computation == job_id]
    steps: list[Step] = [
        *_computation_steps(changed, others, request),
        *_retag_steps(wanted, others, request, f"{job_id}t"),
    ]
    saved: list[Segment] = []
    for each in wanted:
        after, step = stored.put_step(each, request.now)
        saved.append(after)
        steps.append(step)
    steps.append(stored.tell_step(others.version))
    before = [
        _told(others.segments[each.segment_id]) for each in wanted if each.segment_id in others.segments
    ]
    subject = f"SEGMENT#{saved[0].segment_id}" if len(saved) == 1 else "SEGMENTS"
    audited(request, action, subject, before or None, [_told(each) for each in saved], steps)
    return saved


def _checked(segment: Segment, others: Known) -> None:
    if wrong := wrong_with(segment, others.segments):
        raise problems.invalid(*wrong)
    if segment.status != "archived" and name_taken(segment, others.segments):
        raise problems.conflict("name_taken", "已有同名的分层")


def _with_rules(segment: Segment, others: Known, job_id: str, *, anew: bool) -> Segment:
    """Return the segment, to be computed by the job when who belongs to it is to change."""
    before = others.segments.get(segment.segment_id)
    had_members = before is not None and (before.evaluated or before.held)
    if not (segment.evaluated or had_members):
        return segment
    same = before and (segment.status, segment.condition) == (before.status, before.condition)
    if same and not anew:
        return segment
    return replace(segment, rules_version=segment.version + 1, computation=job_id)


def _computation_steps(changed: Sequence[Segment], others: Known, request: Request) -> list[Step]:
    if not changed:
        return []
    job = computation.computation(changed, request.staff.userid, computation.expected(others.segments))
    computation.jobs.put_chunks(job, request.now)
    return computation.jobs.steps(job, request.now)


def _retag_steps(wanted: Sequence[Segment], others: Known, request: Request, job_id: str) -> list[Step]:
    """Return the steps that start showing another tag on the members of the segments that have one now."""
    had = {each.segment_id: each.tag_id for each in others.segments.values()}
    retagged = [
        each.segment_id
        for each in wanted
        if each.status == "active" and each.tag_id != had.get(each.segment_id, each.tag_id)
    ]
    if not retagged:
        return []
    job = NewJob(
        job_id,
        computation.RETAG,
        request.staff.userid,
        params={"segment_ids": retagged},
        starts=[computation.place_text(segment=each) for each in retagged],
    )
    computation.jobs.put_chunks(job, request.now)
    return computation.jobs.steps(job, request.now)


def _told(segment: Segment) -> dict[str, Any]:
    told = ("segment_id", "name", "kind", "status", "condition", "tag_id", "preset")
    return {name: getattr(segment, name) for name in told}
