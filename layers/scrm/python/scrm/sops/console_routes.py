"""/admin/sops: what each SOP is; what was published never changes (SOP-01)."""

from dataclasses import replace
from typing import Any

from scrm.admin.audited import no_effect
from scrm.admin.lists import page_of
from scrm.admin.rights import EDIT_SOPS, SEE_SOPS
from scrm.http import problems
from scrm.http.fields import Page, PageQuery
from scrm.http.routing import Api, Request
from scrm.sops import editing
from scrm.sops import sops_dynamodb as stored
from scrm.sops.console_models import (
    ChangedSopIn,
    FromTemplateIn,
    MadeSopIn,
    NewSopIn,
    SopDetail,
    SopOut,
    SopVersionMadeOut,
    SopVersionOut,
    SopVersionsOut,
)
from scrm.sops.definition_models import parts_asked, version_asked
from scrm.sops.model import Sop, Version
from scrm.sops.presets import TEMPLATES
from scrm.sops.views import definition_out, detail, sop_out, state_of

SOPS = "/admin/sops"
ONE = SOPS + "/{sop_id}"
NUMBER = ONE + "/versions/{number}"
MOST_SOPS = 200


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": SEE_SOPS, "scope": "corp"}
    edit: dict[str, Any] = {"roles": EDIT_SOPS, "scope": "corp", "answers": SopDetail}
    api.route("GET", SOPS, **see, query=PageQuery, answers=Page[SopOut])(listed)
    api.route("POST", SOPS, **edit, body=MadeSopIn, status=201)(create)
    api.route("GET", ONE, **see, answers=SopDetail)(show)
    api.route("PUT", ONE, **edit, body=ChangedSopIn)(change)
    api.route("GET", f"{ONE}/versions", **see, answers=SopVersionsOut)(versions)
    api.route("GET", NUMBER, **see, answers=SopVersionOut)(show_version)
    api.route("PUT", NUMBER, **edit, body=ChangedSopIn)(change_version)


def listed(request: Request) -> Page[SopOut]:
    """The SOPs by id, stopped ones too."""
    asked: PageQuery = request.query
    rows = list(stored.defined.sops().values())
    page, cursor = page_of("SOPS", rows, lambda each: each.sop_id, asked.limit, asked.cursor)
    return Page(items=[sop_out(each) for each in page], next_cursor=cursor)


def create(request: Request) -> SopDetail:
    """Make a SOP, of a template where one is named; nobody enters it until it is published."""
    asked: NewSopIn | FromTemplateIn = request.body.root
    sop_id = asked.sop_id or request.new_id("sop")
    if not asked.sop_id and (made := stored.sop(sop_id)):
        no_effect(request)
        return shown(request, made)
    if isinstance(asked, FromTemplateIn):
        template = TEMPLATES[asked.template]
        version = template.drafted(sop_id, asked.name or template.version.name)
        return _made(request, version, template.parts, {"template": asked.template})
    version, parts = version_asked(asked, sop_id, 1), parts_asked(asked)
    editing.refuse_wrong(version, parts, editing.known_to(request, request.staff.role), None)
    return _made(request, version, parts, {})


def _made(request: Request, version: Version, parts: editing.Parts, told: dict[str, Any]) -> SopDetail:
    there = stored.defined.sops()
    if version.sop_id in there:
        raise problems.conflict("sop_exists", "已有这个编号的 SOP")
    if sum(each.status != "stopped" for each in there.values()) >= MOST_SOPS:
        raise problems.conflict("too_many_sops", f"最多 {MOST_SOPS} 个 SOP，请先停止不用的")
    steps = _draft_steps(request, version, editing.contents_of(parts, {}), 0)
    new = Sop(version.sop_id, version.name)
    return shown(request, editing.store(request, "sop_created", None, new, told, steps))


def show(request: Request) -> SopDetail:
    """One SOP with its latest version, as it is edited, and what stands in the way of publishing it."""
    return shown(request, editing.existing(request))


def change(request: Request) -> SopDetail:
    """Edit a SOP: its draft, or where there is none the next version, which holds once it is published."""
    return _changed(request, editing.existing(request))


def change_version(request: Request) -> SopDetail:
    """Edit a version that is a draft; 409 for one that was published: that never changes."""
    sop, number = editing.existing(request), numbered(request)
    if not 0 < number <= sop.draft:
        raise problems.not_found("没有这个版本")
    if number <= sop.published:
        raise problems.conflict("version_published", "版本已发布，不能再修改；修改 SOP 会产生下一个版本")
    return _changed(request, sop)


def versions(request: Request) -> SopVersionsOut:
    """The versions, the latest first."""
    sop = editing.existing(request)
    made = [
        SopVersionMadeOut(number=number, state=state_of(sop, number), by=by, at=at)
        for number, by, at in stored.made(sop.sop_id)
    ]
    return SopVersionsOut(items=made)


def show_version(request: Request) -> SopVersionOut:
    """One version, whole, with the materials and products that were taken into what it sends."""
    sop = editing.existing(request)
    version, contents, _ = version_of(sop, numbered(request))
    return definition_out(version, contents, state_of(sop, version.number), written=False)


def shown(request: Request, sop: Sop) -> SopDetail:
    """Return a SOP with its latest version, and what stands in the way of publishing a draft."""
    version, contents, _ = version_of(sop, sop.draft)
    is_draft = sop.draft > sop.published and sop.status != "stopped"
    wrong = editing.lacking(version, contents, editing.known_to(request)) if is_draft else ()
    return detail(sop, version, contents, wrong)


def version_of(sop: Sop, number: int) -> tuple[Version, stored.Contents, int]:
    """Return a version with what it sends and how often that was changed; raises a 404 problem."""
    try:
        found = stored.version(sop.sop_id, number)
    except LookupError:
        raise problems.not_found("没有这个版本") from None
    return found, *stored.contents(sop.sop_id, number)


def _changed(request: Request, sop: Sop) -> SopDetail:
    asked: ChangedSopIn = request.body
    editing.refuse_stopped(sop)
    if asked.version != sop.version:
        raise problems.version_conflict()
    number = sop.draft if sop.draft > sop.published else sop.draft + 1
    version, parts = version_asked(asked, sop.sop_id, number), parts_asked(asked)
    in_force = stored.version(sop.sop_id, sop.published) if sop.published else None
    editing.refuse_wrong(version, parts, editing.known_to(request, request.staff.role), in_force)
    before, revision = stored.contents(sop.sop_id, number)
    steps = _draft_steps(request, version, editing.contents_of(parts, before), revision)
    after = replace(sop, draft=number, name=sop.name if sop.published else version.name)
    return shown(request, editing.store(request, "sop_changed", sop, after, {"number": number}, steps))


def _draft_steps(request: Request, version: Version, contents: stored.Contents, revision: int) -> list[Any]:
    by, now = request.staff.userid, request.now
    return [
        stored.version_step(version, by, now),
        stored.content_step(version.sop_id, version.number, contents, revision),
    ]


def numbered(request: Request) -> int:
    """Return the number of the version that the path names; raises a 404 problem."""
    text = request.params["number"]
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise problems.not_found("没有这个版本")
    return int(text)
