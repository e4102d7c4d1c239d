"""What attribution asks of sends: what reached a customer in a window, and whose send a share id names."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal

from scrm.attribution.model import Shared
from scrm.sends.rows_dynamodb import SEND, SHARES, SendRow, ShareRow, send_pk
from scrm.table import rfc3339


def shares(customer_id: str, since: datetime, until: datetime) -> Iterator[Shared]:
    """Yield what was sent to a customer id, or opened by them, between two times, both included.

    One strong query, by bytes.
    """
    first, last = rfc3339(since.astimezone(UTC)), f"{rfc3339(until.astimezone(UTC))}#~"
    for row in ShareRow.query(SHARES + customer_id, ShareRow.sk.between(first, last), consistent_read=True):
        at = datetime.fromisoformat(row.sk.partition("#")[0])
        done: Literal["sent", "opened"] = "opened" if row.what == "opened" else "sent"
        yield Shared(at, row.userid, row.send_id, done, row.kind, row.item_id)


def ordered(share_id: str, at: datetime) -> Shared | None:
    """Return a share id that an order carried, as a click at that time; None where nobody sent it. 1 RRU.

    One that was prepared and not sent in time is nobody's, whether its row is deleted yet or not.
    """
    try:
        send = SendRow.get(send_pk(share_id), SEND, consistent_read=True)
    except SendRow.DoesNotExist:
        return None
    if send.entity().is_over(at):
        return None
    return Shared(at, send.userid, share_id, "ordered", send.kind, send.item_id)


def known_shares(named: Sequence[tuple[str, datetime]]) -> set[str]:
    """Return which share ids, each with its order's time, somebody sent: a batch read for each 100."""
    keys = [(send_pk(each), SEND) for each in dict.fromkeys(share_id for share_id, _ in named)]
    found = {row.pk.partition("#")[2]: row.entity() for row in SendRow.batch_get(keys)} if keys else {}
    return {share_id for share_id, at in named if share_id in found and not found[share_id].is_over(at)}
