"""/sidebar: what would be sent, what is to be sent, and what was (spec CON-13)."""

from functools import partial
from typing import Any

from scrm.customers.dynamodb import Customers
from scrm.http import paging, problems
from scrm.http.fields import Page
from scrm.http.request import Request
from scrm.http.routing import ANY_STAFF, Api
from scrm.sends import dynamodb as stored
from scrm.sends import preparing
from scrm.sends.files import refused
from scrm.sends.model import SEND_KINDS, Send, SendKind
from scrm.sends.models import (
    FaultOut,
    GroupOut,
    LoggedOut,
    PreparedOut,
    PrepareIn,
    PreviewOut,
    PreviewQuery,
    SendOut,
    SendsQuery,
    SentIn,
    SnapshotOut,
)
from scrm.sends.showing import part_out, recipient_of, there_of
from scrm.sends.subjects import subject_of
from scrm.sidebar.edit_routes import EDITORS
from scrm.sidebar.keeping import customer_id_behind
from scrm.staff import dynamodb as staff
from scrm.staff.model import key
from scrm.telemetry import count

SCOPE = "own relation, or data scope; items the caller may see"
_MEDIA_REFUSED = ("40007", "invalid media")

customers = Customers()


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": ANY_STAFF, "scope": SCOPE}
    send: dict[str, Any] = {"roles": EDITORS, "scope": SCOPE}
    for kind in SEND_KINDS:
        item = f"/sidebar/{kind}s/{{item_id}}"
        api.route("GET", f"{item}/preview", query=PreviewQuery, answers=PreviewOut, **see)(
            _of(kind, show_preview)
        )
        api.route("POST", f"{item}:prepare", body=PrepareIn, answers=PreparedOut, status=201, **send)(
            _of(kind, prepare)
        )
    api.route("POST", "/sidebar/sends", body=SentIn, answers=LoggedOut, status=201, **send)(log)
    api.route("GET", "/sidebar/sends", query=SendsQuery, answers=Page[SendOut], **see)(list_sends)
    api.route("GET", "/sidebar/sends/{send_id}", answers=SnapshotOut, **see)(show)


def _of(kind: SendKind, handler: Any) -> Any:
    bound = partial(handler, kind)
    bound.__doc__ = handler.__doc__
    return bound


def show_preview(kind: SendKind, request: Request) -> PreviewOut:
    """What an item would be for this customer, with everything that cannot be filled; writes nothing."""
    asked: PreviewQuery = request.query
    to = recipient_of(request, asked.external_userid)
    subject = subject_of(kind, request.params["item_id"], request.staff, asked.part)
    found = preparing.preview(request, subject, to)
    return PreviewOut(
        kind=kind,
        item_id=subject.item_id,
        number=subject.number,
        title=subject.title,
        parts=[part_out(*each) for each in found.parts],
        payloads=found.payloads,
        problems=[FaultOut.model_validate(each) for each in found.faults],
        media_ready=not found.cold,
        ready=not found.cold and not found.faults,
    )


def prepare(kind: SendKind, request: Request) -> PreparedOut:
    """Make what the SDK is given; its share id and links are good from now on."""
    asked: PrepareIn = request.body
    to = recipient_of(request, asked.external_userid)
    subject = subject_of(kind, request.params["item_id"], request.staff, asked.part)
    preparing.refuse_unfit(request, to, asked_for=asked.asked_for)
    return PreparedOut.model_validate(
        preparing.prepare(request, subject, to, asked.part, asked_for=asked.asked_for)
    )


def log(request: Request) -> LoggedOut:
    """Record what the SDK answered. Telling it again changes nothing; a failure records nothing."""
    asked: SentIn = request.body
    if asked.send_id is not None:
        return _told(request, asked, asked.send_id)
    if asked.item is None or asked.external_userid is None:
        raise problems.invalid_field("item", "必须给出")
    to = recipient_of(request, asked.external_userid)
    subject = subject_of(asked.item.kind, asked.item.id, request.staff, asked.part)
    if not asked.ok:
        return _failed(request, None)
    preparing.refuse_unfit(request, to, asked_for=asked.asked_for)
    send = preparing.log(request, subject, to, asked.part, asked_for=asked.asked_for)
    return LoggedOut(send_id=send.send_id, status="sent")


def list_sends(request: Request) -> Page[SendOut]:
    """What a customer was sent and by whom, newest first, with what became of it."""
    asked: SendsQuery = request.query
    there = there_of(request, asked.external_userid)
    parts = customers.whole(customer_id_behind(there))
    ids = [each.customer_id for each in parts] or [customer_id_behind(there)]
    place = f"SENDS#{there.external_userid}"
    start = paging.decode(place, asked.cursor, free=("PK", "SK"))
    place_of = {name: str(each) for name, each in start.items()} if start else None
    send_ids, more = stored.of_customers(ids, asked.limit, place_of)
    found = stored.sends(send_ids)
    return Page(
        items=[SendOut.model_validate(_shown(found[each], request)) for each in send_ids if each in found],
        next_cursor=paging.encode(place, more),
    )


def show(request: Request) -> SnapshotOut:
    """One send with what was handed to the SDK, whatever became of the item since.

    Whoever may not see its customer is told that there is none.
    """
    send = stored.send(request.params["send_id"])
    if send is None or send.is_over(request.now):
        raise _no_send()
    if key(send.userid) != key(request.staff.userid):
        try:
            there_of(request, send.external_userid)
        except problems.Problem:
            raise _no_send() from None
    return SnapshotOut.model_validate(_shown(send, request))


def _told(request: Request, asked: SentIn, send_id: str) -> LoggedOut:
    send = stored.send(send_id)
    if send is None or key(send.userid) != key(request.staff.userid) or send.is_over(request.now):
        raise _no_send()
    if asked.external_userid not in {None, send.external_userid}:
        raise problems.invalid_field("external_userid", "这次发送是准备给另一位客户的")
    if not asked.ok:
        return _failed(request, send)
    if send.status == "prepared" and not stored.mark_sent(send, request.now.replace(microsecond=0)):
        # Opened or told meanwhile, or gone with its customer.
        send = stored.send(send_id)
        if send is None or send.status != "sent":
            raise problems.unavailable() if send else _no_send()
    return LoggedOut(send_id=send_id, status="sent")


def _failed(request: Request, send: Send | None) -> LoggedOut:
    count("send_failed")
    error = request.body.error.lower()
    if send and any(each in error for each in _MEDIA_REFUSED):
        refused(send.media, request.now)
    return LoggedOut(send_id=send.send_id if send else None, status="not_sent")


def _shown(send: Send, request: Request) -> dict[str, Any]:
    groups = [GroupOut(group_id=each.group_id, name=each.name) for each in send.groups]
    name = staff.directory(request.now).name_of(send.userid)
    return {**vars(send), "groups": groups, "name": name, "payloads": list(send.payloads)}


def _no_send() -> problems.Problem:
    return problems.not_found("没有这次发送，或它已过期")
