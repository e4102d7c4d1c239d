"""Signatures seen lately, in the volatile table, so that none is accepted twice."""

from datetime import datetime, timedelta

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PutError

from scrm.integrations.signing import WINDOW, Signature
from scrm.table import VolatileRow

# Twice the window, since a sender's clock may run ahead by one; and a margin for our own.
KEPT = 2 * WINDOW + timedelta(minutes=1)


class NonceRow(VolatileRow):
    """One signature that was accepted, with the Idempotency-Key it came with."""

    idempotency_key = UnicodeAttribute(null=True)


def may_pass(claim: Signature, idempotency_key: str | None, now: datetime) -> bool:
    """Return whether the signature was not accepted before, and remember it. 1 WRU.

    It passes again with the Idempotency-Key of its first use: that gets the first answer, not a second
    effect. The key is not signed, hence another one does not open the door. A signature is remembered by
    its own time as well as ours, so that a moved clock lets nothing be replayed.
    """
    last = max(now, datetime.fromtimestamp(claim.timestamp, now.tzinfo))
    row = NonceRow(
        f"NONCE#{claim.key_id}#{claim.value}",
        expires_at=int((last + KEPT).timestamp()),
        idempotency_key=idempotency_key,
    )
    try:
        row.save(condition=NonceRow.key.does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        first = NonceRow.get(row.key, consistent_read=True)
        return bool(idempotency_key) and first.idempotency_key == idempotency_key
    return True
