"""/admin/mappings: how the payloads of member, billing and ERP systems are read (spec INT-03)."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, Field

from scrm.admin.audited import audited, no_effect
from scrm.admin.lists import page_of
from scrm.admin.rights import OPERATIONS, SEE_SETTINGS
from scrm.fields import dynamodb as fields
from scrm.http import problems
from scrm.http.fields import In, Moment, Out, Page, PageQuery
from scrm.http.routing import Api, Request
from scrm.integrations.customer_models import CustomerRowIn
from scrm.integrations.order_models import LineIn, OrderPartIn, PaymentIn, ProductIn, RefundIn, Source
from scrm.integrations.score_models import ScoreIn
from scrm.integrations.touch_models import TouchIn
from scrm.mappings import dynamodb as stored
from scrm.mappings.converting import Kind
from scrm.mappings.model import FeedMapping, Target
from scrm.sidebar.models import FieldValue

MODELS: dict[str, type[BaseModel]] = {
    "customers": CustomerRowIn,
    "orders": OrderPartIn,
    "payments": PaymentIn,
    "refunds": RefundIn,
    "products": ProductIn,
    "scores": ScoreIn,
    "touches": TouchIn,
}
Path = Annotated[str, Field(pattern=r"^[^.\s]+(\.[^.\s]+){0,7}$", max_length=200, examples=["member.level"])]
Name = Annotated[str, Field(min_length=1, max_length=60)]


class ItemPartIn(In):
    """Where one field of a list's item comes from."""

    path: Path | None = None
    kind: Kind = "as_is"
    constant: FieldValue = None
    values: Annotated[dict[Name, FieldValue], Field(max_length=100)] = Field(default_factory=dict)


class PartIn(ItemPartIn):
    """Where one field comes from: `path`, or a `constant`. `rows` reads a list, item by item."""

    rows: Annotated[dict[Name, ItemPartIn], Field(max_length=20)] = Field(default_factory=dict)


class MappingIn(In):
    """How a feed is read. `fields.<key>` is a custom field, `lines` the lines of an order.

    `version` is the one that was read, null for a new mapping. `source` names the system in our rows, the
    feed's own name where it is left out.
    """

    version: Annotated[int, Field(ge=1)] | None = None
    target: Target
    rows: Path | None = None
    parts: Annotated[dict[Name, PartIn], Field(min_length=1, max_length=100)]
    ignored: Annotated[list[Path], Field(max_length=200)] = Field(default_factory=list)
    source: Source | None = None


class MappingOut(Out):
    """How a feed is read."""

    feed: str
    target: Target
    rows: str
    parts: dict[str, Any]
    ignored: list[str]
    source: str
    version: int
    updated_at: Moment


def declare(api: Api) -> None:
    """Add the routes."""
    edit: dict[str, Any] = {"roles": OPERATIONS, "scope": "corp"}
    see: dict[str, Any] = {"roles": SEE_SETTINGS, "scope": "corp"}
    api.route("GET", "/admin/mappings", **see, query=PageQuery, answers=Page[MappingOut])(listed)
    api.route("PUT", "/admin/mappings/{feed}", **edit, body=MappingIn, answers=MappingOut)(put)
    api.route("DELETE", "/admin/mappings/{feed}", **edit, status=204)(remove)


def listed(request: Request) -> Page[MappingOut]:
    """The mappings, by feed."""
    asked: PageQuery = request.query
    rows = stored.mappings()
    page, cursor = page_of("MAPPINGS", rows, lambda each: each.feed, asked.limit, asked.cursor)
    return Page(items=[_out(each) for each in page], next_cursor=cursor)


def put(request: Request) -> MappingOut:
    """Say how a feed is read; the payloads that arrive from then on are read so."""
    asked: MappingIn = request.body
    feed = _feed(request.params["feed"])
    known = stored.mapping(feed)
    if (known.version if known else None) != asked.version and asked.version is not None:
        raise problems.version_conflict()
    _refuse_unknown(asked, request)
    plain = asked.model_dump(exclude_defaults=True)
    wanted = FeedMapping(
        feed=feed,
        target=asked.target,
        parts=stored.parts_of(plain["parts"]),
        rows=asked.rows or "",
        ignored=tuple(dict.fromkeys(asked.ignored)),
        source=asked.source or feed,
        version=known.version if known else 0,
        updated_at=known.updated_at if known else None,
    )
    if wanted == known:
        no_effect(request)
        return _out(known)
    after, step = stored.put_step(wanted, request.now)
    audited(request, "mapping_changed", f"MAPPING#{feed}", _shown(known), _shown(after), [step])
    return _out(after)


def remove(request: Request) -> None:
    """Forget how a feed is read; its payloads are refused from then on."""
    known = stored.mapping(request.params["feed"])
    if known is None:
        raise problems.not_found("没有这个映射")
    step = stored.remove_step(known)
    audited(request, "mapping_deleted", f"MAPPING#{known.feed}", _shown(known), None, [step])


def _feed(feed: str) -> str:
    allowed = all(each.isascii() and (each.islower() or each.isdigit() or each in "-_") for each in feed)
    if not allowed or len(feed) > 32 or not feed[:1].isalnum():
        raise problems.invalid_field("feed", "应为小写字母、数字、- 或 _，最多 32 个字符")
    return feed


def _refuse_unknown(asked: MappingIn, request: Request) -> None:
    """Raise a 422 problem naming each part that fills no field of the target, or fills it from nowhere."""
    known = MODELS[asked.target].model_fields.keys()
    custom = fields.known(request.now) if asked.target == "customers" else {}
    wrong: dict[str, str] = {}
    for name, part in asked.parts.items():
        outer, dot, key = name.partition(".")
        if dot and (outer != "fields" or key not in custom):
            wrong[f"parts.{name}"] = "没有这个自定义字段"
        elif not dot and name not in known - {"fields"}:
            wrong[f"parts.{name}"] = "目标没有这个字段"
        elif part.path is None and part.constant is None:
            wrong[f"parts.{name}.path"] = "须给出 path 或 constant"
        if part.rows and name != "lines":
            wrong[f"parts.{name}.rows"] = "只有 lines 是列表"
        for inner in part.rows.keys() - LineIn.model_fields.keys():
            wrong[f"parts.{name}.rows.{inner}"] = "目标没有这个字段"
    if wrong:
        raise problems.invalid(*(problems.FieldError(each[:100], text) for each, text in wrong.items()))


def _shown(known: FeedMapping | None) -> dict[str, Any] | None:
    if known is None:
        return None
    return {"target": known.target, "rows": known.rows, "parts": sorted(known.parts), "source": known.source}


def _out(known: FeedMapping) -> MappingOut:
    plain = {**vars(replace(known)), "parts": stored.plain_parts(known.parts)}
    return MappingOut.model_validate(plain)
