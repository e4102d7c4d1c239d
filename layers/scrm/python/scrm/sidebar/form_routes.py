"""POST /sidebar/customers/{external_userid}/form-links: a link by which this customer fills in a form."""

from typing import Annotated

from pydantic import Field

from scrm.h5 import forms_dynamodb as forms
from scrm.h5.links import address_of, fresh_link, token_of
from scrm.http import problems
from scrm.http.fields import In, Moment, Out
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.sidebar.customer_routes import CUSTOMER, SCOPE, found
from scrm.sidebar.edit_routes import EDITORS


class FormLinkIn(In):
    """Which form."""

    form_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]


class FormLinkOut(Out):
    """A link for this customer alone, and until when it may be used."""

    url: str
    token: str
    expires_at: Moment


def declare(api: Api) -> None:
    """Add the route."""
    api.route(
        "POST",
        f"{CUSTOMER}/form-links",
        roles=EDITORS,
        scope=SCOPE,
        body=FormLinkIn,
        answers=FormLinkOut,
    )(make_link)


def make_link(request: Request) -> FormLinkOut:
    """Make a link by which this customer, and nobody else, fills in a form; nothing is sent to them."""
    there = found(request)
    form = forms.form(request.body.form_id)
    if form is None or not form.active:
        raise problems.invalid_field("form_id", "没有这个表单，或表单已停用")
    link = fresh_link(form.form_id, there.external_userid, request.now)
    return FormLinkOut(url=address_of(link), token=token_of(link), expires_at=link.expires_at)
