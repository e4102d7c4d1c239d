"""What a callback says of one relation, and what is to be asked of WeCom because of it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from scrm.customers.model import Intents
from scrm.customers.relation import Fact
from scrm.wecom.events import (
    DeletedByCustomer,
    DeletedByStaff,
    ExternalContactAdded,
    ExternalContactEdited,
    MsgAuditApproved,
    TransferFailed,
    TypedEvent,
)

WELCOME_SECONDS = 20
# Half of the callback's id: enough to tell the events of one relation apart, and half the bytes.
EVENT_ID_KEPT = 32


@dataclass(frozen=True)
class Arrival:
    """An event of one relation. `state` is the channel parameter it carries, "" without one."""

    external_userid: str
    userid: str
    fact: Fact
    state: str = ""
    welcome_code: str = ""

    @property
    def opens(self) -> bool:
        """Return whether it tells of a friendship."""
        return self.fact.kind in {"add", "half"}

    @property
    def asks_detail(self) -> bool:
        """Return whether WeCom knows more of it than the event says."""
        return self.opens or self.fact.kind == "edit"


def arrival_of(event: TypedEvent, event_id: str) -> Arrival | None:
    """Return what the event says of a relation; None when it is of no kind that concerns one."""
    identity = event_id[:EVENT_ID_KEPT]
    match event:
        case ExternalContactAdded(at=at):
            fact = Fact("half" if event.half else "add", at, identity)
            return Arrival(event.external_userid, event.userid, fact, event.state, event.welcome_code)
        case ExternalContactEdited(at=at):
            fact = Fact("edit", at, identity)
        case DeletedByStaff(at=at):
            fact = Fact("transferred" if event.by_transfer else "deleted_by_staff", at, identity)
        case DeletedByCustomer(at=at):
            fact = Fact("deleted_by_customer", at, identity)
        case TransferFailed(at=at):
            fact = Fact("transfer_failed", at, identity, event.reason)
        case MsgAuditApproved(at=at):
            fact = Fact("archive_agreed", at, identity)
            code = event.welcome_code
            return Arrival(event.external_userid, event.userid, fact, welcome_code=code)
        case _:
            return None
    return Arrival(event.external_userid, event.userid, fact)


def wanted(arrival: Arrival, earlier: Intents | None, tag_ids: Iterable[str] = ()) -> Intents | None:
    """Return what is to be asked of WeCom after this arrival, or None when there is nothing.

    `earlier` is what an older event of the relation still has open: its questions are asked along, while
    its welcome code has died in the meantime. `tag_ids` are those of the channel the arrival came through.
    """
    if not (arrival.asks_detail or arrival.welcome_code):
        return earlier
    kept = earlier.tag_ids if earlier else ()
    return Intents(
        event_id=arrival.fact.event_id,
        detail=arrival.asks_detail or bool(earlier and earlier.detail),
        welcome_code=arrival.welcome_code,
        tag_ids=tuple(dict.fromkeys((*kept, *tag_ids))),
    )


def believed_now(readings: Iterable[datetime], at: int) -> datetime:
    """Return the reading nearest to an event of `at`: whoever stamped it followed that clock."""
    return min(readings, key=lambda reading: abs(reading.timestamp() - at))
