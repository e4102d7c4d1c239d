"""/admin/fields: the custom fields of customers (spec CUS-13)."""

from dataclasses import replace
from typing import Annotated, Any

from pydantic import Field, model_validator

from scrm.admin.audited import audited, no_effect
from scrm.admin.lists import page_of
from scrm.admin.rights import OPERATIONS, SEE_FIELDS
from scrm.audit.dynamodb import Step
from scrm.cards.renewal import renewal
from scrm.fields import dynamodb as stored
from scrm.fields.model import MOST_FIELDS, MOST_FILTERABLE, MOST_OPTIONS, CustomField, FieldType
from scrm.http import problems
from scrm.http.caller import Role
from scrm.http.fields import In, Moment, Out, Page, PageQuery
from scrm.http.routing import Api, Request
from scrm.jobs.dynamodb import Jobs
from scrm.segments.dynamodb import Definitions
from scrm.sidebar.models import FieldKey

Title = Annotated[str, Field(min_length=1, max_length=30)]
Option = Annotated[str, Field(min_length=1, max_length=50)]
jobs = Jobs()
_ABOUT = frozenset({"title", "group", "options", "roles", "masked", "mastered_by_crm", "filterable"})


class FieldEdit(In):
    """What is to change of a field; what is left out stays. Its type stays for good."""

    version: Annotated[int, Field(ge=1)] | None = None
    title: Title | None = None
    group: Title | None = None
    options: Annotated[list[Option], Field(max_length=MOST_OPTIONS)] | None = None
    roles: Annotated[list[Role], Field(max_length=9)] | None = None
    masked: bool | None = None
    mastered_by_crm: bool | None = None
    filterable: bool | None = None


class FieldIn(In):
    """A new field. `group` is one of ours (identity, location, family, interest, social,
    enterprise_interaction, other) or one of your own, in plain words."""

    key: FieldKey
    title: Title
    type: FieldType
    group: Title = "other"
    options: Annotated[list[Option], Field(max_length=MOST_OPTIONS)] = Field(default_factory=list)
    roles: Annotated[list[Role], Field(max_length=9)] = Field(default_factory=list)
    masked: bool = False
    mastered_by_crm: bool = False
    filterable: bool = False

    @model_validator(mode="after")
    def _fits(self) -> "FieldIn":
        if wrong := _wrong_options(self.type, self.options):
            raise ValueError(wrong)
        return self


class FieldOut(Out):
    """One custom field; `roles` empty: everybody may see it."""

    key: str
    title: str
    type: FieldType
    group: str
    group_title: str
    options: list[str]
    roles: list[Role]
    masked: bool
    mastered_by_crm: bool
    filterable: bool
    renewal: str | None = Field(
        description="The job that lets lists and segments follow the latest change of `filterable`;"
        " they do a minute and a half after it."
    )
    version: int
    created_at: Moment
    updated_at: Moment


def declare(api: Api) -> None:
    """Add the routes. What staff see of fields comes with the customer, by the field's own roles."""
    edit: dict[str, Any] = {"roles": OPERATIONS, "scope": "corp"}
    api.route(
        "GET", "/admin/fields", roles=SEE_FIELDS, scope="corp", query=PageQuery, answers=Page[FieldOut]
    )(listed)
    api.route("POST", "/admin/fields", **edit, body=FieldIn, answers=FieldOut, status=201)(create)
    api.route("PUT", "/admin/fields/{key}", **edit, body=FieldEdit, answers=FieldOut)(change)
    api.route("DELETE", "/admin/fields/{key}", **edit, status=204)(remove)


def listed(request: Request) -> Page[FieldOut]:
    """The custom fields, by group."""
    asked: PageQuery = request.query
    rows = list(stored.load().values())
    page, cursor = page_of("FIELDS", rows, lambda each: f"{each.group}#{each.key}", asked.limit, asked.cursor)
    return Page(items=[_out(each) for each in page], next_cursor=cursor)


def create(request: Request) -> FieldOut:
    """Make a custom field; the key is its name for good."""
    asked: FieldIn = request.body
    there = stored.load()
    wanted = CustomField(**{**asked.model_dump(), **_tuples(asked)})
    if (known := there.get(asked.key)) is not None:
        if _same(known, wanted):
            no_effect(request)
            return _out(known)
        raise problems.conflict("field_exists", "已有同名字段")
    if len(there) >= MOST_FIELDS:
        raise problems.invalid_field("key", f"最多 {MOST_FIELDS} 个字段")
    _refuse_too_many(there.values(), wanted)
    return _stored(request, "field_created", None, wanted)


def change(request: Request) -> FieldOut:
    """Change a custom field; values that are stored already stay."""
    asked: FieldEdit = request.body
    there = stored.load()
    known = _found(there.get(request.params["key"]))
    if asked.version is not None and asked.version != known.version:
        raise problems.version_conflict()
    given = {name: getattr(asked, name) for name in asked.model_fields_set & _ABOUT}
    if empty := sorted(name for name, value in given.items() if value is None):
        raise problems.invalid(*(problems.FieldError(name, "不能为空") for name in empty))
    wanted = replace(known, **{**given, **_tuples(asked)})
    if wrong := _wrong_options(wanted.type, wanted.options):
        raise problems.invalid_field("options", wrong)
    _refuse_too_many(there.values(), wanted)
    if wanted == known:
        no_effect(request)
        return _out(known)
    return _stored(request, "field_changed", known, wanted)


def remove(request: Request) -> None:
    """Delete a custom field; customers keep what they have under its key, as plain text."""
    known = _found(stored.load().get(request.params["key"]))
    steps = [stored.remove_step(known)]
    if known.filterable:
        steps += _renewal_steps(request, replace(known, filterable=False), request.new_id("job"))
    audited(request, "field_deleted", _subject(known), _plain(known), None, steps)
    stored.forget()


def _stored(request: Request, action: str, known: CustomField | None, wanted: CustomField) -> FieldOut:
    """Store the field; where conditions may ask for it now, or no longer, everybody's cards follow."""
    steps: list[Step] = []
    if wanted.filterable is not (known is not None and known.filterable):
        wanted = replace(wanted, renewal=request.new_id("job"))
        steps = _renewal_steps(request, wanted, wanted.renewal)
    after, step = stored.put_step(wanted, request.now)
    told = (_plain(known) if known else None, _plain(after))
    audited(request, action, _subject(wanted), *told, [step, *steps])
    stored.forget()
    return _out(after)


def _renewal_steps(request: Request, wanted: CustomField, job_id: str) -> list[Step]:
    _, segments = Definitions().current()
    by = request.staff.userid
    job = renewal(job_id, by, wanted.key, wanted.title, segments, added=wanted.filterable)
    jobs.put_chunks(job, request.now)
    return jobs.steps(job, request.now)


def _found(known: CustomField | None) -> CustomField:
    if known is None:
        raise problems.not_found("没有这个字段")
    return known


def _refuse_too_many(there: Any, wanted: CustomField) -> None:
    others = sum(each.filterable for each in there if each.key != wanted.key)
    if wanted.filterable and others >= MOST_FILTERABLE:
        raise problems.invalid_field("filterable", f"最多 {MOST_FILTERABLE} 个字段可用于筛选")


def _wrong_options(kind: str, options: Any) -> str:
    if kind in {"option", "options"}:
        return "" if options else "选项字段须给出 options"
    return "只有选项字段才有 options" if options else ""


def _tuples(asked: FieldIn | FieldEdit) -> dict[str, tuple[Any, ...]]:
    names = ("options", "roles")
    return {
        name: tuple(dict.fromkeys(given)) for name in names if (given := getattr(asked, name)) is not None
    }


def _same(known: CustomField, wanted: CustomField) -> bool:
    names = ("renewal", "version", "created_at", "updated_at")
    return replace(wanted, **{name: getattr(known, name) for name in names}) == known


def _subject(custom: CustomField) -> str:
    return f"FIELD#{custom.key}"


def _plain(custom: CustomField) -> dict[str, Any]:
    return {
        **{name: getattr(custom, name) for name in ("title", "type", "group", "masked", "mastered_by_crm")},
        "filterable": custom.filterable,
        "options": list(custom.options),
        "roles": list(custom.roles),
    }


def _out(custom: CustomField) -> FieldOut:
    return FieldOut.model_validate(
        {**vars(custom), "group_title": custom.group_title, "renewal": custom.renewal or None}
    )
