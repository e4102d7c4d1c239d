"""Storing and reading sends and their links. What follows from them is written by `scrm.sends.following`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pynamodb.exceptions import PutError, TransactWriteError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from scrm.audit.dynamodb import Step
from scrm.sends.model import SEND_ID, TOKEN, Event, Evidence, Happening, Send, Via
from scrm.sends.rows_dynamodb import (
    FORWARD,
    LINK,
    OPEN,
    SEND,
    SHARES,
    EventRow,
    LinkRow,
    SendRow,
    ShareRow,
    link_pk,
    send_pk,
    share_row,
    text,
)
from scrm.table import in_transaction, rfc3339

FIRST = "0"
"""Before every time, and after what is listed before them."""
_PREFIX: Mapping[Happening, str] = {"open": OPEN, "forward": FORWARD}


@dataclass(frozen=True)
class Link:
    """A short link: of which send, and where it leads."""

    send_id: str
    target: str


def put(send: Send, targets: Mapping[str, str]) -> bool:
    """Store a new send with its links (token → target), all at once; False when there is one of its id.

    2 WRU for each KB of each row; one that is only prepared is listed under its customer as well.
    """
    expires_at = int(send.expires_at.timestamp()) if send.expires_at else None
    try:
        with in_transaction() as transaction:
            transaction.save(SendRow.of(send), condition=SendRow.pk.does_not_exist())
            if send.status == "prepared":
                transaction.save(share_row(send, "prepared"))
            for token, target in targets.items():
                row = LinkRow(
                    link_pk(token), LINK, send_id=send.send_id, target=target, expires_at=expires_at
                )
                transaction.save(row)
    except TransactWriteError as error:
        if _refused(error):
            return False
        raise
    return True


def send(send_id: str, *, consistent: bool = True) -> Send | None:
    """Return a send, None for an id that is none. 1 RRU for each 4 KB, half of it when not consistent."""
    if not SEND_ID.fullmatch(send_id):
        return None
    try:
        return SendRow.get(send_pk(send_id), SEND, consistent_read=consistent).entity()
    except SendRow.DoesNotExist:
        return None


def sends(send_ids: Iterable[str]) -> dict[str, Send]:
    """Return sends by id, those there are: one batch read for each 100, by bytes."""
    keys = [(send_pk(each), SEND) for each in dict.fromkeys(send_ids)]
    found = (row.entity() for row in SendRow.batch_get(keys))
    return {each.send_id: each for each in found}


def link(token: str, now: datetime) -> Link | None:
    """Return a short link, None for a token that is none or whose send was never sent in time. 0.5 RRU."""
    if not TOKEN.fullmatch(token):
        return None
    try:
        row = LinkRow.get(link_pk(token), LINK)
    except LinkRow.DoesNotExist:
        return None
    if row.expires_at is not None and row.expires_at <= now.timestamp():
        return None
    return Link(row.send_id, row.target)


def sent_step(known: Send, at: datetime, evidence: Evidence, *more: Action) -> Step:
    """Return the transaction step that marks a prepared send as sent, for good, with its links.

    Refused when it is not prepared any more. `more` changes its row besides.
    """
    actions: Sequence[Action] = (
        SendRow.status.set("sent"),
        SendRow.sent_at.set(rfc3339(at.astimezone(UTC))),
        SendRow.evidence.set(evidence),
        SendRow.expires_at.remove(),
        *more,
    )

    def step(transaction: TransactWrite) -> None:
        row = SendRow(send_pk(known.send_id), SEND)
        transaction.update(row, actions=list(actions), condition=SendRow.status == "prepared")
        for token in known.links:
            kept = LinkRow(link_pk(token), LINK)
            transaction.update(kept, actions=[LinkRow.expires_at.remove()], condition=LinkRow.pk.exists())

    return step


def mark_sent(known: Send, at: datetime) -> bool:
    """Record that a prepared send was sent, as its client tells; False when it is prepared no more."""
    try:
        with in_transaction() as transaction:
            sent_step(known, at, "told")(transaction)
    except TransactWriteError as error:
        if _refused(error):
            return False
        raise
    return True


def happened(send_id: str, kind: Happening, name: str, at: datetime, via: Via, target: str = "") -> bool:
    """Record that a send was opened or forwarded; False when an event of this name is known. 1 WRU."""
    row = EventRow(
        send_pk(send_id), _PREFIX[kind] + name, at=text(at) or "", via=via, target=target[:2048] or None
    )
    try:
        row.save(EventRow.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def event(send_id: str, place: str) -> Event | None:
    """Return one event of a send. 1 RRU."""
    try:
        return EventRow.get(send_pk(send_id), place, consistent_read=True).entity()
    except EventRow.DoesNotExist:
        return None


def of_customers(
    customer_ids: Sequence[str], limit: int, start_after: Mapping[str, Any] | None = None
) -> tuple[list[str], dict[str, Any] | None]:
    """Return ids of up to `limit` sends that reached these customers, newest first, and where to go on.

    A query for each id, by bytes. The place is one in time, so that it stays good when customers are merged.
    """
    found: list[tuple[str, str, str]] = []
    for pk in (SHARES + each for each in customer_ids):
        rows = ShareRow.query(
            pk, _before(pk, start_after), ShareRow.what == "sent", scan_index_forward=False, limit=limit + 1
        )
        found += [(row.sk, pk, row.send_id) for row in rows]
    page = sorted(found, reverse=True)[:limit]
    last = {"PK": page[-1][1], "SK": page[-1][0]} if len(found) > limit else None
    return [send_id for *_, send_id in page], last


def _before(pk: str, place: Mapping[str, Any] | None) -> Any:
    """Return what holds of the rows of a collection that come after a place, newest first."""
    sk: Any = ShareRow.sk
    if place is None:
        return sk >= FIRST
    last = place["SK"] if pk < place["PK"] else place["SK"][:-1]
    return sk.between(FIRST, max(FIRST, last))


def _refused(error: TransactWriteError) -> bool:
    reasons = {reason.code for reason in error.cancellation_reasons if reason}
    return reasons == {"ConditionalCheckFailed"}
