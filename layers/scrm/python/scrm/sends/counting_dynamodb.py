"""Counting sends, and what happens to them, each once: the counters change with what says that they did."""

from datetime import UTC
from typing import Literal

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from scrm.library.model import Uses
from scrm.moments import BEIJING
from scrm.sends.dynamodb import sent_step
from scrm.sends.model import Event, Send
from scrm.sends.rows_dynamodb import SEND, EventRow, SendRow, SentRow, send_pk, sent_key, share_row
from scrm.sends.uses_dynamodb import used_step
from scrm.table import in_transaction, rfc3339

Outcome = Literal["counted", "known", "again"]


def count_send(send: Send) -> bool:
    """Put a send that was sent into its item's statistics and count it; False when that was done. 8 WRU."""
    if send.sent_at is None:
        return False
    told = {
        "title": send.title,
        "userid": send.userid,
        "external_userid": send.external_userid,
        "customer_id": send.customer_id,
        "group_id": send.group.group_id,
        "group_name": send.group.name,
    }
    day = send.sent_at.astimezone(BEIJING).date()
    try:
        with in_transaction() as transaction:
            transaction.update(
                SentRow(*sent_key(send, send.sent_at)),
                actions=[
                    *(getattr(SentRow, name).set(value) for name, value in told.items() if value),
                    SentRow.counted.set(True),
                ],
                condition=SentRow.counted.does_not_exist(),
            )
            used_step(send.kind, send.item_id, send.userid, day, Uses(sends=1))(transaction)
    except TransactWriteError as error:
        if _codes(error)[0] == "ConditionalCheckFailed":
            return False
        raise
    return True


def count_event(event: Event, send: Send) -> Outcome:
    """Count what happened to a send as it was read; a prepared one turns out to have been sent.

    again: the send changed meanwhile, nothing was written. 8 WRU, and 2 for each KB of the send at the first
    event of its kind.
    """
    day = event.at.astimezone(BEIJING).date()
    more = Uses(opens=1) if event.kind == "open" else Uses(forwards=1)
    try:
        with in_transaction() as transaction:
            transaction.update(
                EventRow(send_pk(send.send_id), event.place),
                actions=[EventRow.counted.set(True)],
                condition=EventRow.pk.exists() & EventRow.counted.does_not_exist(),
            )
            used_step(send.kind, send.item_id, send.userid, day, more)(transaction)
            _in_statistics(transaction, event, send)
            _on_the_send(transaction, event, send)
    except TransactWriteError as error:
        codes = _codes(error)
        if codes[0] == "ConditionalCheckFailed":
            return "known"
        if "ConditionalCheckFailed" in codes:
            return "again"
        raise
    return "counted"


def list_share(send: Send, event: Event | None = None) -> None:
    """Let attribution find a send, or an open of it, by its time. Repeating writes the same row. 1 WRU."""
    if event is not None:
        share_row(send, "opened", event.at).save()
    elif send.sent_at is not None:
        share_row(send, "sent", send.sent_at).save()


def _in_statistics(transaction: TransactWrite, event: Event, send: Send) -> None:
    many, first = (
        (SentRow.opens, SentRow.opened_at)
        if event.kind == "open"
        else (SentRow.forwards, SentRow.forwarded_at)
    )
    row = SentRow(*sent_key(send, send.sent_at or event.at))
    transaction.update(row, actions=[many.add(1), first.set(first | _at(event))])


def _on_the_send(transaction: TransactWrite, event: Event, send: Send) -> None:
    first = SendRow.opened_at if event.kind == "open" else SendRow.forwarded_at
    known = send.opened_at if event.kind == "open" else send.forwarded_at
    if send.status == "prepared":
        sent_step(send, event.at, "opened", first.set(_at(event)))(transaction)
    elif known is None:
        row = SendRow(send_pk(send.send_id), SEND)
        once = first.set(first | _at(event))
        transaction.update(row, actions=[once], condition=SendRow.pk.exists())


def _at(event: Event) -> str:
    return rfc3339(event.at.astimezone(UTC))


def _codes(error: TransactWriteError) -> list[str]:
    return [reason.code if reason else "" for reason in error.cancellation_reasons] or [""]
