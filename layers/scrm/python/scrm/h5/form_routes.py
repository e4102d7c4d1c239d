"""/admin/forms: what customers are asked (spec IDN-13)."""

from dataclasses import asdict, replace
from typing import Annotated, Any

from pydantic import Field, model_validator

from scrm.admin.audited import audited
from scrm.admin.lists import page_of
from scrm.admin.rights import EDIT_CHANNELS, SEE_CHANNELS
from scrm.h5 import forms_dynamodb as stored
from scrm.h5.forms import FieldType, Form, FormField
from scrm.http import problems
from scrm.http.fields import In, Out, Page, PageQuery
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.identities.normalise import IdentityKind
from scrm.identities.scheme import refuse_others
from scrm.table import rfc3339

RESERVED = frozenset({"token", "consent"})
Key = Annotated[str, Field(pattern=r"^[a-z][0-9a-z_]{0,39}$", examples=["phone"])]
Text = Annotated[str, Field(min_length=1, max_length=60)]


class FieldIn(In):
    """One question; `identity` says which kind of identity the answer is."""

    key: Key
    label: Text
    type: FieldType = "text"
    required: bool = True
    options: Annotated[list[Text], Field(max_length=50)] = Field(default_factory=list)
    identity: IdentityKind | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> "FieldIn":
        if self.key in RESERVED:
            raise ValueError("token、consent 不能作为字段名")
        if (self.type == "choice") != bool(self.options):
            raise ValueError("仅选择题需要 options")
        fitting = {"phone": "phone", "email": "email"}.get(self.type, self.identity)
        if self.identity and (self.type in {"number", "date", "choice"} or self.identity != fitting):
            raise ValueError("字段类型与标识种类不符")
        return self


class FormIn(In):
    """A form; `consent` is the text that whoever sends it in agrees to."""

    name: Text
    fields: Annotated[list[FieldIn], Field(min_length=1, max_length=30)]
    consent: Annotated[str, Field(max_length=2000)] = ""
    active: bool = True

    @model_validator(mode="after")
    def _each_key_once(self) -> "FormIn":
        keys = [each.key for each in self.fields]
        kinds = [each.identity for each in self.fields if each.identity]
        if len(set(keys)) < len(keys) or len(set(kinds)) < len(kinds):
            raise ValueError("字段名和标识种类不能重复")
        return self


class FormEdit(FormIn):
    """A form over the version that was read."""

    version: Annotated[int, Field(ge=1)]


class FieldOut(Out):
    """One question."""

    key: str
    label: str
    type: FieldType
    required: bool
    options: list[str]
    identity: IdentityKind | None


class FormOut(Out):
    """A form as it is now."""

    form_id: str
    name: str
    fields: list[FieldOut]
    consent: str
    active: bool
    version: int
    created_at: str
    updated_at: str


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": SEE_CHANNELS, "scope": "the corp"}
    edit: dict[str, Any] = {"roles": EDIT_CHANNELS, "scope": "the corp"}
    api.route("GET", "/admin/forms", query=PageQuery, answers=Page[FormOut], **see)(show_all)
    api.route("POST", "/admin/forms", body=FormIn, answers=FormOut, status=201, **edit)(make)
    api.route("GET", "/admin/forms/{form_id}", answers=FormOut, **see)(show)
    api.route("PUT", "/admin/forms/{form_id}", body=FormEdit, answers=FormOut, **edit)(change)


def show_all(request: Request) -> Page[FormOut]:
    """The forms that customers may be sent."""
    asked: PageQuery = request.query
    page, cursor = page_of("FORMS", stored.forms(), lambda each: each.form_id, asked.limit, asked.cursor)
    return Page(items=[_out(each) for each in page], next_cursor=cursor)


def show(request: Request) -> FormOut:
    """One form."""
    return _out(_found(request))


def make(request: Request) -> FormOut:
    """Make a form."""
    form_id, at = request.new_id("fm"), rfc3339(request.now)
    if known := stored.form(form_id):
        return _out(known)
    form = replace(_form(form_id, request.body), created_at=at, updated_at=at)
    _store(request, "form_made", None, form)
    return _out(form)


def change(request: Request) -> FormOut:
    """Change a form; what was sent in before stays as it was sent."""
    known = _found(request)
    if request.body.version != known.version:
        raise problems.version_conflict()
    form = replace(
        _form(known.form_id, request.body),
        version=known.version + 1,
        created_at=known.created_at,
        updated_at=rfc3339(request.now),
    )
    _store(request, "form_changed", known, form)
    return _out(form)


def _found(request: Request) -> Form:
    found = stored.form(request.params["form_id"])
    if found is None:
        raise problems.not_found("没有这个表单")
    return found


def _form(form_id: str, asked: FormIn) -> Form:
    refuse_others((each.identity for each in asked.fields if each.identity), "fields.")
    fields = tuple(
        FormField(each.key, each.label, each.type, each.required, tuple(each.options), each.identity)
        for each in asked.fields
    )
    return Form(form_id, asked.name, fields, asked.consent, asked.active)


def _store(request: Request, action: str, before: Form | None, after: Form) -> None:
    known = _summary(before) if before else None
    audited(request, action, f"FORM#{after.form_id}", known, _summary(after), [stored.form_step(after)])


def _summary(form: Form) -> dict[str, Any]:
    asked = [{**asdict(each), "options": list(each.options)} for each in form.fields]
    return {"name": form.name, "active": form.active, "consent": form.consent, "fields": asked}


def _out(form: Form) -> FormOut:
    fields = [{**vars(each), "options": list(each.options)} for each in form.fields]
    return FormOut.model_validate({**vars(form), "fields": fields})
