"""Ready-made segments: installing them, and reading them as sets (SEG-13, 14, 15, 21, 22)."""

from collections.abc import Iterable
from typing import Any

from scrm.admin.audited import no_effect
from scrm.admin.rights import EDIT_SEGMENTS, SEE_SEGMENTS
from scrm.http import paging, problems
from scrm.http.fields import In, Limit, Out, PageQuery
from scrm.http.routing import Api, Request
from scrm.segments import dynamodb as stored
from scrm.segments import members_dynamodb as memberships
from scrm.segments import saving
from scrm.segments.console_routes import out
from scrm.segments.model import Segment
from scrm.segments.models import MemberOut, SegmentOut
from scrm.segments.presets import FINDERS, PRESETS, Group, Preset, of_group
from scrm.segments.showing import visible_page


class InstalledOut(Out):
    """Every ready-made segment; `installed` says how many are new."""

    installed: int
    items: list[SegmentOut]


class GroupQuery(In):
    """How many customers of each group are shown."""

    limit: Limit = 50


class GroupOut(Out):
    """One ready-made segment with its first customers whom the caller may see.

    The rest of them are in `/admin/segments/{segment_id}/members`. `segment_id` is null before the
    installation.
    """

    key: str
    title: str
    segment_id: str | None
    count: int
    customers: list[MemberOut]


class GroupsOut(Out):
    """The ready-made segments of one kind."""

    items: list[GroupOut]


class FinderOut(Out):
    """One finder's customers, by page."""

    key: str
    title: str
    segment_id: str
    count: int
    items: list[MemberOut]
    next_cursor: str | None = None


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": SEE_SEGMENTS, "scope": "customers within the data scope"}
    edit: dict[str, Any] = {"roles": EDIT_SEGMENTS, "scope": "corp"}
    api.route("POST", "/admin/segments:install-presets", **edit, answers=InstalledOut)(install)
    groups: dict[str, Any] = {**see, "query": GroupQuery, "answers": GroupsOut}
    api.route("GET", "/admin/segments/brand", **groups)(brand)
    api.route("GET", "/admin/segments/loyalty", **groups)(loyalty)
    api.route("GET", "/admin/segments/rfm", **groups)(rfm)
    api.route("GET", "/admin/segments/presets/{preset}", **see, query=PageQuery, answers=FinderOut)(finder)


def install(request: Request) -> InstalledOut:
    """Make the ready-made segments that are not there yet, active; one walk over everybody computes them."""
    known = saving.known()
    there = _installed(known.segments.values())
    missing = [each for each in PRESETS if each.preset not in there]
    new = [_segment(each, request) for each in missing]
    if new:
        saved = saving.save(request, "preset_segments_installed", new, known)
        there |= _installed(saved)
    else:
        no_effect(request)
    return InstalledOut(installed=len(new), items=[out(there[each.preset]) for each in PRESETS])


def _segment(preset: Preset, request: Request) -> Segment:
    return Segment(
        f"seg_{preset.group}_{preset.key.lower()}",
        preset.title,
        condition=preset.condition,
        status="active",
        description=preset.description,
        preset=preset.preset,
        created_by=request.staff.userid,
    )


def _installed(segments: Iterable[Segment]) -> dict[str, Segment]:
    """Return the segments that were installed, by preset."""
    return {each.preset: each for each in segments if each.preset}


def brand(request: Request) -> GroupsOut:
    """The four brand groups 品牌无感者, 关注者, 互动者, 追随者 (SEG-13)."""
    return _groups(request, "brand")


def loyalty(request: Request) -> GroupsOut:
    """The loyalty ladder 潜在, 一般, 忠实, 会员客户 (SEG-14)."""
    return _groups(request, "loyalty")


def rfm(request: Request) -> GroupsOut:
    """The eight RFM groups 重要价值 … 一般挽留 (SEG-21)."""
    return _groups(request, "rfm")


def _groups(request: Request, group: Group) -> GroupsOut:
    there = _installed(stored.segments().values())
    return GroupsOut(items=[_group(request, each, there.get(each.preset)) for each in of_group(group)])


def _group(request: Request, preset: Preset, segment: Segment | None) -> GroupOut:
    if segment is None:
        return GroupOut(key=preset.key, title=preset.title, segment_id=None, count=0, customers=[])
    customers, _ = visible_page(request, segment.segment_id, request.query.limit, None)
    return GroupOut(
        key=preset.key,
        title=preset.title,
        segment_id=segment.segment_id,
        count=memberships.how_many(segment.segment_id),
        customers=customers,
    )


def finder(request: Request) -> FinderOut:
    """Opinion leaders, active repeat buyers, co-creators, frequent sharers (SEG-15), the silent (SEG-22)."""
    key = request.params["preset"]
    preset = next(
        (each for each in PRESETS if each.key == key and each.group in {"finder", "lifecycle"}), None
    )
    if preset is None:
        raise problems.not_found(f"没有这个预设分层，可选 {'、'.join((*FINDERS, 'silent'))}")
    segment = _installed(stored.segments().values()).get(preset.preset)
    if segment is None:
        raise problems.not_found("预设分层尚未安装：POST /admin/segments:install-presets")
    name, pk = f"MEMBERS#{segment.segment_id}", memberships.member_pk(segment.segment_id)
    start = paging.decode(name, request.query.cursor, fixed={"PK": pk}, free=("SK",))
    items, last = visible_page(request, segment.segment_id, request.query.limit, start)
    return FinderOut(
        key=preset.key,
        title=preset.title,
        segment_id=segment.segment_id,
        count=memberships.how_many(segment.segment_id),
        items=items,
        next_cursor=paging.encode(name, last),
    )
