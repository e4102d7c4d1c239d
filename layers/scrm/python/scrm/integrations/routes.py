"""Routes under /integrations. Every request is signed; what a key may do is not divided further."""

from typing import Any

from scrm.channel_codes import serial
from scrm.channel_codes.serial import Serial
from scrm.http import problems
from scrm.http.dynamodb import DynamoFirstAnswers
from scrm.http.request import Request
from scrm.http.routing import ANYONE, Api
from scrm.integrations import people
from scrm.integrations.gate import admit
from scrm.integrations.models import (
    IDENTITY_FIELDS,
    IdentitiesIn,
    IdentitiesOut,
    SerialIn,
    SerialOut,
)

api = Api("integrations", gate=admit, first_answers=DynamoFirstAnswers())
api.group("oa-events", "scrm.integrations.follower_routes")
api.group("consents", "scrm.privacy.integration_routes")
api.group("segments", "scrm.segments.integration_routes")

api.group("conversation-events", "scrm.integrations.event_routes")
api.group("customers", "scrm.integrations.customer_routes")
api.group("scores", "scrm.integrations.score_routes")
api.group("feeds", "scrm.integrations.feed_routes")
api.group("accounts-opened", "scrm.integrations.account_routes")
api.group("card-events", "scrm.sends.card_routes")
api.group("offboarding", "scrm.offboarding.integration_routes")
api.group("leads", "scrm.leads.feed_routes")
api.group("touches", "scrm.integrations.touch_routes")
api.group("touch-results", "scrm.integrations.touch_routes")
for root in ("orders", "payments", "refunds", "products"):
    api.group(root, "scrm.integrations.order_routes")

SIGNED: dict[str, Any] = {"roles": ANYONE, "scope": "the corp; signed by a key", "public": True}


@api.route("POST", "/integrations/serial-codes", body=SerialIn, answers=SerialOut, status=201, **SIGNED)
def issue_serial_code(request: Request) -> SerialOut:
    """The code of one CRM record: whoever adds a member through it is bound to that record.

    One code for one record: asking again returns the first. Its QR code is made within seconds; read it
    from the code's own address.
    """
    asked: SerialIn = request.body
    crmid = people.normal({"crmid": asked.crmid})["crmid"]
    return _serial(serial.issue(crmid, request.now, userids=asked.userids))


@api.route("GET", "/integrations/serial-codes/{state}", answers=SerialOut, **SIGNED)
def show_serial_code(request: Request) -> SerialOut:
    """One serial code, with its QR code once that is made."""
    found = serial.serial(request.params["state"])
    if found is None:
        raise problems.not_found("没有这个串码")
    return _serial(found)


@api.route("POST", "/integrations/identities", body=IdentitiesIn, answers=IdentitiesOut, **SIGNED)
def bind_identities(request: Request) -> IdentitiesOut:
    """Say that these values belong to one person; a new customer when nobody is known by any of them."""
    asked: IdentitiesIn = request.body
    given = {kind: value for kind in IDENTITY_FIELDS if (value := getattr(asked, kind)) is not None}
    bound = people.bind(request, given, asked.external_userid, asked.customer_id)
    return IdentitiesOut(customer_id=bound.customer_id, kinds=list(bound.kinds), created=bound.created)


def source_of(request: Request) -> str:
    """Return what tells the sending system apart where its rows name no source: its key, in lower case."""
    return request.headers["x-scrm-key"].lower()[:32].lstrip("_-") or "key"


def _serial(found: Serial) -> SerialOut:
    return SerialOut.model_validate({**found.__dict__, "userids": list(found.userids)})
