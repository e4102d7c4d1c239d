"""Routes under /h5, for customers: nobody has a session, and whoever fills in a form brings a signed link."""

import secrets
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from scrm.channel_codes.dynamodb import channel_by_state
from scrm.customers.dynamodb import Customers
from scrm.customers.model import VersionConflict
from scrm.h5 import forms_dynamodb as stored
from scrm.h5.dynamodb import KEPT, DynamicCode, put_dynamic_code
from scrm.h5.forms import FieldType, Form, judged
from scrm.h5.limits_dynamodb import at_most
from scrm.h5.links import Link, link_of
from scrm.h5.submitting import follow_up
from scrm.http import problems
from scrm.http.fields import In, Moment, Out
from scrm.http.request import Request
from scrm.http.routing import ANYONE, Api

CODES_A_MINUTE = 60
FORMS_A_MINUTE = 30

Word = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\s<>]+$")]
Param = Annotated[str, Field(max_length=100)]

api = Api("h5")
api.group("r", "scrm.sends.h5_routes")
api.group("files", "scrm.materials.h5_routes")
OPEN: dict[str, Any] = {"roles": ANYONE, "public": True}


class CodeQuery(In):
    """What the page carries: its campaign or session `cid`, its channel, and where the visit came from."""

    cid: Word
    channel_id: Word | None = None
    session: Param | None = None
    page: Param | None = None
    source: Param | None = None
    medium: Param | None = None
    campaign: Param | None = None
    keyword: Param | None = None
    referrer: Param | None = None


class CodeOut(Out):
    """A dynamic code 动态活码: its state goes on an acquisition link (customer_channel) or contact way."""

    state: str
    cid: str
    expires_at: Moment


class FieldOut(Out):
    """One question of a form."""

    key: str
    label: str
    type: FieldType
    required: bool
    options: list[str]


class FormPageOut(Out):
    """What a customer is asked, and what they agree to by sending it in."""

    form_id: str
    name: str
    fields: list[FieldOut]
    consent: str


class TokenQuery(In):
    """The signed text of the link."""

    token: Annotated[str, Field(min_length=1, max_length=1000)]


class SentIn(In):
    """The signed text of the link, and the answers by the keys of the form's fields."""

    model_config = ConfigDict(extra="allow")

    token: Annotated[str, Field(min_length=1, max_length=1000)]
    consent: bool = False


class SentOut(Out):
    """It was taken in."""

    status: Literal["received"] = "received"


@api.route("GET", "/h5/code", scope="nobody's objects", query=CodeQuery, answers=CodeOut, **OPEN)
def issue_code(request: Request) -> CodeOut:
    """A new state for this visit; whoever adds a member through it came from this campaign or session."""
    asked: CodeQuery = request.query
    at_most(CODES_A_MINUTE, "code", request)
    if asked.channel_id and channel_by_state(asked.channel_id) is None:
        raise problems.invalid_field("channel_id", "没有这个渠道活码")
    params = asked.model_dump(exclude={"cid", "channel_id"}, exclude_none=True)
    state = f"dy_{secrets.token_hex(10)}"
    put_dynamic_code(DynamicCode(state, asked.cid, params, asked.channel_id or "", request.now))
    return CodeOut(state=state, cid=asked.cid, expires_at=request.now + KEPT)


@api.route("GET", "/h5/forms/{form_id}", scope="a form", query=TokenQuery, answers=FormPageOut, **OPEN)
def show_form(request: Request) -> FormPageOut:
    """The questions of a form, for whoever has a link to it."""
    at_most(FORMS_A_MINUTE, "form", request)
    form, _ = _linked(request, request.query.token)
    return FormPageOut.model_validate({**vars(form), "fields": [_question(each) for each in form.fields]})


@api.route("POST", "/h5/forms/{form_id}", scope="the linked contact", body=SentIn, answers=SentOut, **OPEN)
def send_form(request: Request) -> SentOut:
    """Send a form in. What came first through a link counts; sending again changes nothing."""
    at_most(FORMS_A_MINUTE, "form", request)
    asked: SentIn = request.body
    form, link = _linked(request, asked.token)
    answers, wrong = judged(form, asked.model_extra or {})
    if form.consent and not asked.consent:
        wrong["consent"] = "请先阅读并同意"
    if wrong:
        raise problems.invalid(*(problems.FieldError(name, told) for name, told in wrong.items()))
    contact = Customers().contact(link.external_userid, consistent=True)
    if contact is None:
        raise _ended()
    given = stored.Sent(contact.customer_id, answers, form.consent, request.now.replace(microsecond=0))
    kept = stored.sent(form, link.link_id, link.external_userid, given)
    try:
        follow_up(form, link, kept, request.now)
    except VersionConflict:
        raise problems.unavailable() from None
    return SentOut()


def _linked(request: Request, token: str) -> tuple[Form, Link]:
    """Return the form and the link that a signed text names; one and the same refusal for all others."""
    form_id = request.params["form_id"]
    link = link_of(token, form_id, request.now)
    form = stored.form(form_id) if link else None
    if link is None or form is None or not form.active:
        raise _ended()
    return form, link


def _ended() -> problems.Problem:
    return problems.forbidden("链接无效或已过期，请联系您的专属顾问", code="link_ended")


def _question(field: Any) -> dict[str, Any]:
    return {**vars(field), "options": list(field.options)}
