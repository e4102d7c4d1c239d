"""/admin/segments/{id}/members, /count, /sample: who is in a segment, and who is put there by name."""

from typing import Any

from scrm.admin.audited import audited, no_effect
from scrm.admin.rights import EDIT_SEGMENTS, SEE_SEGMENTS
from scrm.customers.dynamodb import Customers
from scrm.http import paging, problems
from scrm.http.fields import Page, PageQuery
from scrm.http.routing import Api, Request
from scrm.segments import members_dynamodb as stored
from scrm.segments.console_routes import existing
from scrm.segments.model import Segment
from scrm.segments.models import CountOut, MemberOut, MembersIn, MembersOut, SampleOut, SampleQuery
from scrm.segments.sampling import sample
from scrm.segments.showing import visible_page

customers = Customers()


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": SEE_SEGMENTS, "scope": "customers within the data scope"}
    edit: dict[str, Any] = {"roles": EDIT_SEGMENTS, "scope": "corp"}
    one = "/admin/segments/{segment_id}"
    api.route("GET", f"{one}/members", **see, query=PageQuery, answers=Page[MemberOut])(listed)
    api.route("GET", f"{one}/count", **{**see, "scope": "corp"}, answers=CountOut)(counted)
    api.route("GET", f"{one}/sample", **{**see, "scope": "corp"}, query=SampleQuery, answers=SampleOut)(
        sampled
    )
    api.route("POST", f"{one}/members:add", **edit, body=MembersIn, answers=MembersOut)(add)
    api.route("POST", f"{one}/members:remove", **edit, body=MembersIn, answers=MembersOut)(remove)


def listed(request: Request) -> Page[MemberOut]:
    """The customers in a segment whom the caller may see, by id."""
    segment_id, asked = existing(request).segment_id, request.query
    name, pk = f"MEMBERS#{segment_id}", stored.member_pk(segment_id)
    start = paging.decode(name, asked.cursor, fixed={"PK": pk}, free=("SK",))
    items, last = visible_page(request, segment_id, asked.limit, start)
    return Page(items=items, next_cursor=paging.encode(name, last))


def counted(request: Request) -> CountOut:
    """How many customers are in a segment, counted now."""
    segment_id = existing(request).segment_id
    return CountOut(segment_id=segment_id, count=stored.how_many(segment_id), at=request.now)


def sampled(request: Request) -> SampleOut:
    """A pilot sample (SEG-20): the same customers each time, while they stay in the segment."""
    segment_id, asked = existing(request).segment_id, request.query
    count = stored.how_many(segment_id)
    found = sample(lambda after, limit: stored.ids_after(segment_id, after, limit), asked.size, asked.seed)
    return SampleOut(segment_id=segment_id, seed=asked.seed, count=max(count, len(found)), customer_ids=found)


def add(request: Request) -> MembersOut:
    """Put customers into a target list 目标清单; ids of merged customers stand for whom they are now."""
    segment = active_list(request)
    roots, unknown = _roots(request.body)
    changed = sum(stored.pin(segment, each, request.now) for each in roots)
    return _told(request, segment, "segment_members_added", len(roots), changed, unknown)


def remove(request: Request) -> MembersOut:
    """Take customers out of a target list."""
    segment = active_list(request)
    roots, unknown = _roots(request.body)
    changed = sum(stored.unpin(segment.segment_id, each, request.now) for each in roots)
    return _told(request, segment, "segment_members_removed", len(roots), changed, unknown)


def active_list(request: Request) -> Segment:
    """Return the active target list that the path names; raises 404, and 409 for any other segment."""
    segment = existing(request)
    if segment.kind != "static":
        raise problems.conflict("not_a_list", "只有静态分层（目标清单）可以手动增减客户")
    if not segment.held:
        raise problems.conflict("segment_not_active", "分层未启用，请先启用")
    return segment


def _roots(asked: MembersIn) -> tuple[list[str], list[str]]:
    """Return whom the ids stand for today, and the ids that stand for nobody."""
    given = dict.fromkeys(asked.customer_ids)
    found = {each: customers.root(each) for each in given}
    roots = dict.fromkeys(root.customer_id for root in found.values() if root and not root.erased_at)
    return list(roots), [each for each, root in found.items() if root is None or root.erased_at]


def _told(
    request: Request, segment: Segment, action: str, asked: int, changed: int, unknown: list[str]
) -> MembersOut:
    if changed:
        told = {"asked": asked, "changed": changed}
        audited(request, action, f"SEGMENT#{segment.segment_id}", None, told)
    else:
        no_effect(request)
    return MembersOut(changed=changed, unchanged=asked - changed, unknown=unknown)
