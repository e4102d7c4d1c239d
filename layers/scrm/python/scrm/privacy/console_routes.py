"""/admin/customers/{customer}/consents: what a customer has agreed to, with every word that led there."""

from typing import Any

from scrm.admin.rights import OPERATIONS, SEE_SETTINGS
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.privacy.consenting import recorded_by_staff, shown
from scrm.privacy.consents_dynamodb import history
from scrm.privacy.finding import parts_of
from scrm.privacy.models import ConsentEventOut, ConsentHistoryOut, ConsentsIn, ConsentsOut

CONSENTS = "/admin/customers/{customer}/consents"


def declare(api: Api) -> None:
    """Add the routes."""
    everybody: dict[str, Any] = {"scope": "every customer"}
    api.route("GET", CONSENTS, roles=SEE_SETTINGS, answers=ConsentHistoryOut, **everybody)(show)
    api.route("PUT", CONSENTS, roles=OPERATIONS, body=ConsentsIn, answers=ConsentsOut, **everybody)(change)


def show(request: Request) -> ConsentHistoryOut:
    """What a customer has agreed to, and every word that led there, newest first."""
    parts = parts_of(request.params["customer"], consistent=False)
    words = [
        ConsentEventOut.model_validate({**row.attribute_values, "at": at})
        for at, row in history([each.customer_id for each in parts])
    ]
    return ConsentHistoryOut(**dict(shown(parts, request)), history=words)


def change(request: Request) -> ConsentsOut:
    """Record what a customer has said on one or more purposes."""
    asked: ConsentsIn = request.body
    named = request.params["customer"]
    return recorded_by_staff(request, parts_of(named), asked, named)
