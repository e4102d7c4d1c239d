"""Rows of sends: `SEND#<send_id>`, `LINK#<token>`, and what follows from them: `SENDS#…`, `SHARES#…`."""

from datetime import UTC, datetime

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from scrm.sends.model import Event, Place, Send, Sent
from scrm.table import Row, rfc3339

SEND = "SEND"
LINK = "LINK"
OPEN = "OPEN#"
FORWARD = "FORWARD#"
SENDS = "SENDS#"
SHARES = "SHARES#"


class SendRow(Row):
    """One send, with the snapshot of what was handed out."""

    kind = UnicodeAttribute()
    item_id = UnicodeAttribute()
    number = NumberAttribute()
    title = UnicodeAttribute()
    userid = UnicodeAttribute()
    external_userid = UnicodeAttribute()
    customer_id = UnicodeAttribute()
    payloads: JSONAttribute = JSONAttribute()
    groups: JSONAttribute = JSONAttribute(null=True)
    part = NumberAttribute(null=True)
    links: JSONAttribute = JSONAttribute(null=True)
    media: JSONAttribute = JSONAttribute(null=True)
    asked_for = BooleanAttribute(null=True)
    task_id = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    evidence = UnicodeAttribute(null=True)
    prepared_at = UnicodeAttribute()
    sent_at = UnicodeAttribute(null=True)
    opened_at = UnicodeAttribute(null=True)
    forwarded_at = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)

    def entity(self) -> Send:
        """Return the row as the rest of the product knows it."""
        return Send(
            send_id=self.pk.partition("#")[2],
            kind=self.kind,  # type: ignore[arg-type]  # only our own writer fills it
            item_id=self.item_id,
            number=int(self.number),
            title=self.title,
            userid=self.userid,
            external_userid=self.external_userid,
            customer_id=self.customer_id,
            payloads=tuple(self.payloads),
            groups=tuple(Place(*each) for each in self.groups or ()),
            part=None if self.part is None else int(self.part),
            links=tuple(self.links or ()),
            media=self.media or {},
            asked_for=bool(self.asked_for),
            task_id=self.task_id or "",
            status=self.status,  # type: ignore[arg-type]  # only our own writer fills it
            evidence=self.evidence,  # type: ignore[arg-type]  # only our own writer fills it
            prepared_at=datetime.fromisoformat(self.prepared_at),
            sent_at=moment(self.sent_at),
            opened_at=moment(self.opened_at),
            forwarded_at=moment(self.forwarded_at),
            expires_at=datetime.fromtimestamp(int(self.expires_at), UTC) if self.expires_at else None,
        )

    @classmethod
    def of(cls, send: Send) -> "SendRow":
        """Return the row of a send."""
        return cls(
            send_pk(send.send_id),
            SEND,
            kind=send.kind,
            item_id=send.item_id,
            number=send.number,
            title=send.title,
            userid=send.userid,
            external_userid=send.external_userid,
            customer_id=send.customer_id,
            payloads=[dict(each) for each in send.payloads],
            groups=[[each.group_id, each.name] for each in send.groups] or None,
            part=send.part,
            links=list(send.links) or None,
            media=dict(send.media) or None,
            asked_for=send.asked_for or None,
            task_id=send.task_id or None,
            status=send.status,
            evidence=send.evidence,
            prepared_at=text(send.prepared_at),
            sent_at=text(send.sent_at),
            opened_at=text(send.opened_at),
            forwarded_at=text(send.forwarded_at),
            expires_at=int(send.expires_at.timestamp()) if send.expires_at else None,
        )


class LinkRow(Row):
    """Where a short link leads, and of which send it is. It ends with a send that was never sent."""

    send_id = UnicodeAttribute()
    target = UnicodeAttribute()
    expires_at = NumberAttribute(null=True)


class EventRow(Row):
    """That a send was opened or forwarded, once for each minute of its links or each event of a feed."""

    at = UnicodeAttribute()
    via = UnicodeAttribute()
    target = UnicodeAttribute(null=True)
    counted = BooleanAttribute(null=True)

    def entity(self) -> Event:
        """Return the row as the rest of the product knows it."""
        return Event(
            self.pk.partition("#")[2],
            self.sk,
            "open" if self.sk.startswith(OPEN) else "forward",
            datetime.fromisoformat(self.at),
            self.via,  # type: ignore[arg-type]  # only our own writer fills it
            self.target or "",
            bool(self.counted),
        )


class SentRow(Row):
    """That an item was sent, for its statistics: `SENDS#<kind>#<item_id>`/`<time>#<send_id>`.

    It may be there with nothing but counts for the moment between an open and what follows from the send.
    """

    title = UnicodeAttribute(null=True)
    userid = UnicodeAttribute(null=True)
    external_userid = UnicodeAttribute(null=True)
    customer_id = UnicodeAttribute(null=True)
    group_id = UnicodeAttribute(null=True)
    group_name = UnicodeAttribute(null=True)
    opens = NumberAttribute(null=True)
    forwards = NumberAttribute(null=True)
    opened_at = UnicodeAttribute(null=True)
    forwarded_at = UnicodeAttribute(null=True)
    counted = BooleanAttribute(null=True)

    def entity(self) -> Sent:
        """Return the row as the rest of the product knows it."""
        _, kind, item_id = self.pk.split("#", 2)
        at, _, send_id = self.sk.partition("#")
        return Sent(
            kind,  # type: ignore[arg-type]  # only our own writer fills it
            item_id,
            send_id,
            datetime.fromisoformat(at),
            self.title or "",
            self.userid or "",
            self.customer_id or "",
            Place(self.group_id or "", self.group_name or ""),
            int(self.opens or 0),
            int(self.forwards or 0),
            moment(self.opened_at),
            moment(self.forwarded_at),
        )


class ShareRow(Row):
    """What attribution asks of a customer: `SHARES#<customer_id>`/`<time>#<send_id>#<sent or opened>`.

    A send that is only prepared is listed before all times, as `#<send_id>`: by it an erasure finds the send.
    """

    what = UnicodeAttribute()
    userid = UnicodeAttribute()
    external_userid = UnicodeAttribute()
    kind = UnicodeAttribute()
    item_id = UnicodeAttribute()
    expires_at = NumberAttribute(null=True)

    @property
    def send_id(self) -> str:
        """Return which send it is of."""
        return str(self.sk.split("#")[1])


def send_pk(send_id: str) -> str:
    """Return the item collection of a send."""
    return f"SEND#{send_id}"


def link_pk(token: str) -> str:
    """Return the item collection of a short link."""
    return f"LINK#{token}"


def sent_key(send: Send, sent_at: datetime) -> tuple[str, str]:
    """Return where the statistics of a send's item keep it."""
    return f"{SENDS}{send.kind}#{send.item_id}", f"{rfc3339(sent_at.astimezone(UTC))}#{send.send_id}"


def share_row(send: Send, what: str, at: datetime | None = None) -> ShareRow:
    """Return the row that lists a send under its customer: as prepared without a time, else as of then."""
    time = rfc3339(at.astimezone(UTC)) if at else ""
    return ShareRow(
        SHARES + send.customer_id,
        f"{time}#{send.send_id}#{what}" if at else f"#{send.send_id}",
        what=what,
        userid=send.userid,
        external_userid=send.external_userid,
        kind=send.kind,
        item_id=send.item_id,
        expires_at=int(send.expires_at.timestamp()) if send.expires_at and not at else None,
    )


def moment(value: str | None) -> datetime | None:
    """Return a stored time."""
    return datetime.fromisoformat(value) if value else None


def text(at: datetime | None) -> str | None:
    """Return a time as stored."""
    return rfc3339(at.astimezone(UTC)) if at else None
