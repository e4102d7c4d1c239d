"""/admin/demand-kinds: the schemas of what customers need (CUS-17)."""

from dataclasses import asdict
from typing import Any

from scrm.admin.audited import audited
from scrm.demands import dynamodb as stored
from scrm.demands.model import MOST_KINDS, DemandField, DemandKind
from scrm.demands.models import DemandFieldIn, DemandKindIn, DemandKindOut, DemandKindsOut
from scrm.http import problems
from scrm.http.caller import Role
from scrm.http.request import Request
from scrm.http.routing import Api

SEE: frozenset[Role] = frozenset({"operations_admin", "marketing", "auditor"})
EDIT: frozenset[Role] = frozenset({"operations_admin"})
KINDS = "/admin/demand-kinds"


def declare(api: Api) -> None:
    """Add the routes."""
    api.route("GET", KINDS, roles=SEE, scope="corp", answers=DemandKindsOut)(listed)
    api.route(
        "PUT", KINDS + "/{demand_kind}", roles=EDIT, scope="corp", body=DemandKindIn, answers=DemandKindOut
    )(change)


def listed(_: Request) -> DemandKindsOut:
    """Every kind of demand, by key."""
    return DemandKindsOut(items=[DemandKindOut.model_validate(each) for each in stored.kinds().values()])


def change(request: Request) -> DemandKindOut:
    """Make or change a kind of demand; what was recorded under it stays as it is."""
    asked: DemandKindIn = request.body
    key, known = request.params["demand_kind"], stored.kinds()
    before = known.get(key)
    _refuse(asked, key, before, len(known))
    fields = tuple(_field(each, place) for place, each in enumerate(asked.fields))
    wanted = DemandKind(key, asked.name, fields, asked.active, asked.version)
    changed, step = stored.kind_step(wanted, request.now)
    shown = _shown(before) if before else None
    audited(request, "demand_kind_changed", f"KIND#{key}", shown, _shown(changed), [step])
    return DemandKindOut.model_validate(changed)


def _refuse(asked: DemandKindIn, key: str, before: DemandKind | None, count: int) -> None:
    if before is None and asked.version:
        raise problems.not_found("没有这种需求")
    if before is not None and asked.version != before.version:
        raise problems.version_conflict()
    if not (key.isascii() and key.replace("_", "a").isalnum() and key[0].isalpha() and len(key) <= 32):
        raise problems.invalid_field("demand_kind", "应为小写英文字母开头，最多 32 个字母、数字或下划线")
    if before is None and count >= MOST_KINDS:
        raise problems.conflict("too_many_kinds", f"最多 {MOST_KINDS} 种需求")
    keys = [each.key for each in asked.fields]
    for place, each in enumerate(keys):
        if each in keys[:place]:
            raise problems.invalid_field(f"fields.{place}.key", "与另一个字段重复")


def _field(given: DemandFieldIn, place: int) -> DemandField:
    if (given.type in {"option", "options"}) is not bool(given.options):
        raise problems.invalid_field(f"fields.{place}.options", "选项类型必须且只有它可以列出选项")
    options = tuple(dict.fromkeys(given.options))
    return DemandField(given.key, given.title, given.type, options, given.required)


def _shown(kind: DemandKind) -> dict[str, Any]:
    return {"name": kind.name, "active": kind.active, "fields": [asdict(each) for each in kind.fields]}
