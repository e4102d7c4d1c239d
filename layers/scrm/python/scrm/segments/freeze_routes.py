"""/admin/segments/{id}/members:freeze: a target list 目标清单 takes over who is selected now (SEG-23)."""

from typing import Any

from scrm.admin.rights import EDIT_SEGMENTS
from scrm.cards import dynamodb as cards
from scrm.http import problems
from scrm.http.routing import Api, Request
from scrm.jobs.starting import begin
from scrm.segments import dynamodb as stored
from scrm.segments.computation import HOLD, place_text
from scrm.segments.console_routes import condition_asked
from scrm.segments.member_routes import active_list
from scrm.segments.models import FreezeIn, FreezeOut


def declare(api: Api) -> None:
    """Add the route."""
    api.route(
        "POST",
        "/admin/segments/{segment_id}/members:freeze",
        roles=EDIT_SEGMENTS,
        scope="corp",
        body=FreezeIn,
        answers=FreezeOut,
        status=202,
        creates=True,
    )(freeze)


def freeze(request: Request) -> FreezeOut:
    """Put the members of another segment, or whoever a condition selects now, into a target list.

    Whoever enters or leaves the other segment later changes nothing here.
    """
    segment = active_list(request)
    asked: FreezeIn = request.body
    if (asked.segment_id is None) == (asked.condition is None):
        raise problems.invalid_field("segment_id", "segment_id 和 condition 填一个")
    params: dict[str, Any] = {"segment_id": segment.segment_id}
    if asked.segment_id is not None:
        other = stored.segment(asked.segment_id)
        if other is None or other.segment_id == segment.segment_id:
            raise problems.invalid_field("segment_id", "没有这个分层")
        params["from"] = other.segment_id
        starts = [place_text(members_of=other.segment_id)]
    else:
        params["condition"] = condition_asked(asked.condition, request.staff.role)
        starts = [place_text(month=month) for month in cards.months() or ["0000-00"]]
    job = begin(request, HOLD, params=params, starts=starts, reason=segment.name, audit=params)
    return FreezeOut(segment_id=segment.segment_id, job_id=job.job_id)
