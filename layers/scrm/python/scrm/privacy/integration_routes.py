"""/integrations/consents: another system tells what a customer has agreed to. Signed."""

from typing import Any

from scrm.http import problems
from scrm.http.request import Request
from scrm.http.routing import ANYONE, Api
from scrm.integrations import people
from scrm.privacy.consenting import recorded_by_system
from scrm.privacy.models import ConsentsOut, IntegrationConsentsIn

SIGNED: dict[str, Any] = {"roles": ANYONE, "scope": "the corp; signed by a key", "public": True}


def declare(api: Api) -> None:
    """Add the route."""
    api.route("POST", "/integrations/consents", body=IntegrationConsentsIn, answers=ConsentsOut, **SIGNED)(
        tell
    )


def tell(request: Request) -> ConsentsOut:
    """Record what a customer has said elsewhere on one or more purposes. The latest word on each holds."""
    asked: IntegrationConsentsIn = request.body
    customer_id = _named(asked)
    if customer_id is None:
        raise problems.not_found("没有这位客户")
    return recorded_by_system(request, customer_id, asked.consents)


def _named(asked: IntegrationConsentsIn) -> str | None:
    if asked.customer_id is not None:
        return asked.customer_id
    if asked.external_userid is not None:
        return people.behind_contact(asked.external_userid)
    if asked.crmid is not None:
        return people.owner_of("crmid", asked.crmid)
    if asked.unionid is not None:
        return people.owner_of("unionid", asked.unionid)
    return people.owner_of("phone", asked.phone or "")
