"""/integrations/segments/{id}/members: another system says who is in an external segment (SEG-12). Signed."""

from typing import Annotated, Any, Literal

from pydantic import Field, SkipValidation

from scrm.audit.dynamodb import AuditBusy, WriteRefused, record
from scrm.http import problems
from scrm.http.fields import In, Moment, Out
from scrm.http.routing import Api, Request
from scrm.integrations.models import AboutIn, RowError
from scrm.integrations.naming import InvalidIdentity, Named
from scrm.integrations.routes import SIGNED
from scrm.integrations.rows import judged
from scrm.jobs.dynamodb import Jobs
from scrm.jobs.model import NewJob
from scrm.jobs.model import Status as JobStatus
from scrm.segments import dynamodb as stored
from scrm.segments import external_dynamodb as external
from scrm.segments.computation import HOLD, place_text
from scrm.segments.model import Segment

MOST_ROWS = 1000
MOST_CREATING = 200
"""Creating customers takes longer than looking them up."""

jobs = Jobs()


class ReplaceIn(In):
    """Who is in the segment, as of a generation: a number that grows with every new list, e.g. a unix time.

    A list of more than 1,000 is sent in several requests of the same generation, all but the last of them
    with `last` false. With the last one everybody named becomes a member, and whoever is not named leaves.
    """

    generation: Annotated[int, Field(ge=1, le=10**14)]
    members: Annotated[list[SkipValidation[AboutIn]], Field(max_length=MOST_ROWS)]
    last: bool = True
    create_unknown: bool = False


class MemberRowOut(Out):
    """A row that names nobody we know, or is wrong; rows that are fine are only counted."""

    row: int
    status: Literal["invalid", "unknown_customer"]
    errors: list[RowError] = Field(default_factory=list)


class ReplaceOut(Out):
    """How many rows were accepted, which were not, and the job that makes the members follow.

    `complete`: this was the last request of the generation. A repetition of it changes nothing more.
    """

    segment_id: str
    generation: int
    complete: bool
    accepted: int
    created: int
    problems: list[MemberRowOut]
    job_id: str | None


class GenerationOut(Out):
    """The latest complete generation of a segment, and how far its members follow."""

    segment_id: str
    generation: int
    at: Moment | None
    status: JobStatus | None
    put_in_or_taken_out: int


def declare(api: Api) -> None:
    """Add the routes."""
    path = "/integrations/segments/{segment_id}/members"
    api.route("PUT", path, body=ReplaceIn, answers=ReplaceOut, **SIGNED)(replace)
    api.route("GET", path, answers=GenerationOut, **SIGNED)(show)


def show(request: Request) -> GenerationOut:
    """The latest complete list of a segment's members, and how far it is carried out."""
    segment = _external(request)
    latest = external.latest(segment.segment_id)
    job = jobs.job(latest.job_id) if latest.job_id else None
    return GenerationOut(
        segment_id=segment.segment_id,
        generation=latest.number,
        at=latest.at,
        status=job.status if job else None,
        put_in_or_taken_out=job.done if job else 0,
    )


def replace(request: Request) -> ReplaceOut:
    """Replace who is in an external segment; rows that name nobody are reported, the others count.

    Safe to repeat. An older generation than the latest complete one is refused with 409.
    """
    asked: ReplaceIn = request.body
    segment = _external(request)
    if asked.create_unknown and len(asked.members) > MOST_CREATING:
        raise problems.invalid_field("members", f"create_unknown 为 true 时最多 {MOST_CREATING} 行")
    latest = external.latest(segment.segment_id)
    if asked.generation < latest.number:
        raise _stale(latest.number)
    found, wrong, created = _customers(asked, request)
    job_id = latest.job_id or None
    if asked.generation > latest.number:
        external.name(segment.segment_id, asked.generation, found, request.now)
        job_id = _complete(request, segment, asked, len(found)) if asked.last else None
    return ReplaceOut(
        segment_id=segment.segment_id,
        generation=asked.generation,
        complete=asked.last,
        accepted=len(asked.members) - len(wrong),
        created=created,
        problems=wrong,
        job_id=job_id,
    )


def _external(request: Request) -> Segment:
    segment = stored.segment(request.params["segment_id"], consistent=True)
    if segment is None:
        raise problems.not_found("没有这个分层")
    if segment.kind != "external":
        raise problems.conflict("not_external", "只有外部分层由其他系统维护成员")
    if not segment.held:
        raise problems.conflict("segment_not_active", "分层未启用")
    return segment


def _stale(latest: int) -> problems.Problem:
    return problems.conflict("stale_generation", f"已有更新的名单：{latest}", latest_generation=latest)


def _customers(asked: ReplaceIn, request: Request) -> tuple[list[str], list[MemberRowOut], int]:
    """Return whom the rows name, the rows that name nobody, and how many customers were created."""
    named, found, wrong = Named(request.now), dict[str, None](), []
    for place, row in enumerate(asked.members):
        good = judged(AboutIn, row, request.now)
        if isinstance(good, list):
            wrong.append(MemberRowOut(row=place, status="invalid", errors=good))
            continue
        try:
            customer_id = named.customer(good, create=asked.create_unknown)
        except InvalidIdentity:
            errors = [RowError(field=good.about()[0], message="格式不正确")]
            wrong.append(MemberRowOut(row=place, status="invalid", errors=errors))
            continue
        if customer_id is None:
            wrong.append(MemberRowOut(row=place, status="unknown_customer"))
        else:
            found[customer_id] = None
    return list(found), wrong, len(named.created)


def _complete(request: Request, segment: Segment, asked: ReplaceIn, rows: int) -> str:
    """Make the generation the latest and start the job that carries it out, with a line in the audit log."""
    segment_id, generation = segment.segment_id, asked.generation
    job = NewJob(
        f"{segment_id}-g{generation}",
        HOLD,
        request.who,
        params={"segment_id": segment_id, "generation": generation},
        reason=segment.name,
        starts=[place_text(named=generation), place_text(not_named=generation)],
    )
    jobs.put_chunks(job, request.now)
    told: dict[str, Any] = {"generation": generation, "rows_of_last_request": rows}
    writes = [
        external.complete_step(segment_id, generation, job.job_id, request.now),
        *jobs.steps(job, request.now),
    ]
    try:
        record(
            request.who, "segment_members_replaced", f"SEGMENT#{segment_id}", None, told,
            request.request_id, request.now, writes=writes,
        )  # fmt: skip
    except WriteRefused:
        latest = external.latest(segment_id)
        if latest.number != generation:
            raise _stale(latest.number) from None
    except AuditBusy:
        raise problems.unavailable("操作较多，请稍后重试") from None
    return job.job_id
