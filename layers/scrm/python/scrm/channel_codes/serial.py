"""Serial codes 串码 一客一码: a code that belongs to one CRM id; whoever adds through it is that id."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pynamodb.exceptions import PutError

from scrm.channel_codes.dynamodb import SerialRow
from scrm.table import rfc3339

SerialStatus = Literal["creating", "active", "state_only", "failed"]

_PREFIX = "sc_"


@dataclass(frozen=True)
class Serial:
    """A serial code. `state` comes back with the add; `qr_code` is "" until the code is made.

    state_only: no members were named, so there is no QR code; the state serves as the customer_channel
    of an acquisition link.
    """

    state: str
    crmid: str
    userids: tuple[str, ...]
    status: SerialStatus
    qr_code: str
    failure: str
    created_at: str


def is_serial(state: str) -> bool:
    """Return whether a state can be a serial code's."""
    return state.startswith(_PREFIX)


def issue(crmid: str, now: datetime, *, userids: Sequence[str] = ()) -> Serial:
    """Return the serial code of a CRM id, made known now if it was not. Safe to repeat: one code for one id.

    Writes the row only; its QR code is made by handle_corp_event, which the row's insertion calls for.
    """
    state = f"{_PREFIX}{uuid.uuid5(uuid.NAMESPACE_URL, f'serial-code/{crmid}').hex[:20]}"
    standing = serial(state)
    if standing:
        return standing
    row = SerialRow(
        f"SERIAL#{state}",
        "SERIAL",
        crmid=crmid,
        userids=list(userids),
        status="creating" if userids else "state_only",
        created_at=rfc3339(now),
    )
    try:
        row.save(condition=SerialRow.crmid.does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return serial(state) or _entity(row)
    return _entity(row)


def serial(state: str) -> Serial | None:
    """Return the serial code of a state, or None."""
    try:
        return _entity(SerialRow.get(f"SERIAL#{state}", "SERIAL", consistent_read=True))
    except SerialRow.DoesNotExist:
        return None


def _entity(row: SerialRow) -> Serial:
    return Serial(
        state=row.pk.partition("#")[2],
        crmid=row.crmid,
        userids=tuple(row.userids),
        status=row.status,  # type: ignore[arg-type]  # only our own writer fills it
        qr_code=row.qr_code or "",
        failure=row.failure or "",
        created_at=row.created_at,
    )
