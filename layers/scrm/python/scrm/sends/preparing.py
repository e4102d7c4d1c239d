"""Making a send of an item for a customer: payloads and links are stored before anybody has them."""

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from scrm.config import optional
from scrm.customers.model import Customer
from scrm.fields.dynamodb import known as known_fields
from scrm.http import problems
from scrm.http.request import Request
from scrm.privacy.consent import may_market
from scrm.sends import dynamodb as stored
from scrm.sends.files import media_of, pictures_of, wanted
from scrm.sends.model import PREPARED_KEPT, Send
from scrm.sends.payloads import Made, Means, files_of, made
from scrm.sends.subjects import Subject
from scrm.sends.variables import field_values
from scrm.sidebar.access import Seen
from scrm.sidebar.keeping import customer_id_behind
from scrm.staff import dynamodb as staff
from scrm.stages.dynamodb import kept as stages

_PREVIEWED = "preview"


@dataclass(frozen=True)
class Recipient:
    """Whom something is sent to: the contact as the caller sees it, and the customer behind it."""

    there: Seen
    customer: Customer


def preview(request: Request, subject: Subject, to: Recipient) -> Made:
    """Return what would be sent, with all that is in its way; nothing is written, links are their targets."""
    return _made(request, subject, to, _PREVIEWED, lambda target: target)[0]


def prepare(request: Request, subject: Subject, to: Recipient, part: int | None, *, asked_for: bool) -> Send:
    """Store a send with its links and return it; raises 409 and 422 problems for what cannot be sent.

    With an Idempotency-Key a repetition returns the send that was stored first.
    """
    send_id, targets = new_send_id(request), dict[str, str]()

    def short(target: str) -> str:
        token = secrets.token_urlsafe(24)
        targets[token] = target
        return f"{optional('PUBLIC_URL') or ''}/h5/r/{token}"

    found, media = _made(request, subject, to, send_id, short)
    wanted(found.cold, request.now)
    _refuse_incomplete(found)
    now = request.now.replace(microsecond=0)
    send = replace(
        _send(request, subject, to, send_id),
        payloads=tuple(found.payloads),
        part=part,
        links=tuple(targets),
        media={media_id: file_id for file_id, media_id in media.items()},
        asked_for=asked_for,
        expires_at=now + PREPARED_KEPT,
    )
    if stored.put(send, targets):
        return send
    return _first(request, send_id)


def log(request: Request, subject: Subject, to: Recipient, part: int | None, *, asked_for: bool) -> Send:
    """Record that an item was sent without having been prepared; a repetition of the request changes nothing.

    Its snapshot holds no links of ours, since none was handed out.
    """
    send_id = new_send_id(request)
    found, _ = _made(request, subject, to, send_id, lambda target: target)
    now = request.now.replace(microsecond=0)
    send = replace(
        _send(request, subject, to, send_id),
        payloads=tuple(found.payloads),
        part=part,
        asked_for=asked_for,
        status="sent",
        evidence="told",
        sent_at=now,
    )
    return send if stored.put(send, {}) else _first(request, send_id)


def refuse_unfit(request: Request, to: Recipient, *, asked_for: bool) -> None:
    """Raise 409 not_a_friend or opted_out where nothing may be sent to the customer (OAE-13).

    What the customer has asked for is a reply and no marketing.
    """
    if to.there.own is None or to.there.own.status != "active":
        raise problems.conflict("not_a_friend", "你与该客户不是好友，不能发送")
    if to.customer.erased_at is not None or not (asked_for or may_market(to.customer, request.now)):
        raise problems.conflict("opted_out", "客户已拒绝营销信息；如客户主动索取，请选择“客户索取”后发送")


def new_send_id(request: Request) -> str:
    """Return an id that nobody guesses; the same one for a repetition with the same Idempotency-Key.

    A repetition says the same: another customer's send is never the answer, though first answers are lost.
    """
    key = request.headers.get("idempotency-key")
    asked = "\n".join((request.who, request.path, key or "")).encode() + b"\n" + request.raw_body
    told = asked if key else secrets.token_bytes(32)
    return base64.b32encode(hashlib.sha256(told).digest()[:15]).decode().lower()


def _first(request: Request, send_id: str) -> Send:
    found = stored.send(send_id)
    if found is None:
        raise problems.unavailable()
    if found.is_over(request.now):
        raise problems.conflict("idempotency_conflict", "这个 Idempotency-Key 的发送已过期")
    return found


def _send(request: Request, subject: Subject, to: Recipient, send_id: str) -> Send:
    return Send(
        send_id=send_id,
        kind=subject.kind,
        item_id=subject.item_id,
        number=subject.number,
        title=subject.title,
        userid=request.staff.userid,
        external_userid=to.there.external_userid,
        customer_id=customer_id_behind(to.there),
        payloads=(),
        prepared_at=request.now.replace(microsecond=0),
        groups=subject.groups,
        task_id=subject.task_id,
    )


def _made(
    request: Request, subject: Subject, to: Recipient, send_id: str, short: Callable[[str], str]
) -> tuple[Made, dict[str, str]]:
    """Return the payloads, and the media ids that they use, by file."""
    wanted, covers = files_of(subject.pieces)
    media = media_of(wanted, request.now)
    means = Means(
        values=_values(request, subject, to),
        names={
            "share_id": send_id,
            "userid": request.staff.userid,
            "external_userid": to.there.external_userid,
        },
        media=media,
        pictures=pictures_of(covers),
        short=short,
    )
    return made(subject.pieces, means), media


def _values(request: Request, subject: Subject, to: Recipient) -> dict[str, str]:
    """Return the variables of texts by name."""
    own, contact, now = to.there.own, to.there.contact, request.now
    remark = own.remark if own else ""
    stage = to.customer.stage
    return {
        "customer": remark or (contact.name if contact else ""),
        "remark": remark,
        "staff": staff.directory(now).name_of(request.staff.userid),
        "stage": stages.get(now).name_of(stage) if stage else "",
        "product": subject.product,
        **field_values(to.customer.custom_fields, known_fields(now), request.staff.role),
        **subject.values,
    }


def _refuse_incomplete(found: Made) -> None:
    if found.faults:
        raise problems.invalid(
            *(problems.FieldError(each.field, each.message) for each in found.faults),
            detail="有内容无法填写，不能发送",
        )
    if found.cold:
        raise problems.conflict(
            "media_not_ready", "素材正在准备，请稍后再试", file_ids=list(dict.fromkeys(found.cold))
        )
