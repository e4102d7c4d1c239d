"""What follows from a send and from what happens to it: statistics, attribution, the customer's trace.

Carried out from the table's stream; repeating, in whatever order, leaves the same rows.
"""

from datetime import datetime

from scrm.customers.model import VersionConflict
from scrm.facts.news import News
from scrm.facts.recording import Happened, record
from scrm.library.personal_dynamodb import used as used_lately
from scrm.sends import dynamodb as stored
from scrm.sends.counting_dynamodb import count_event, count_send, list_share
from scrm.sends.model import Event, Send
from scrm.timeline.dynamodb import Timeline
from scrm.timeline.model import Entry, EntryKind

ATTEMPTS = 5

timeline = Timeline()


def was_sent(send_id: str) -> None:
    """Count a send, list it for attribution, put it into the customer's trace and the member's recent items.

    Nothing for a send that is gone, with its customer. 1 RRU for each 4 KB and 11 WRU.
    """
    send = stored.send(send_id)
    if send is None or send.sent_at is None:
        return
    count_send(send)
    list_share(send)
    entry = Entry(
        f"sent#{send.send_id}", "sent", send.sent_at, send.userid, send.external_userid, _facts(send)
    )
    timeline.append(send.customer_id, entry)
    if send.kind != "sop":
        used_lately(send.userid, send.kind, send.item_id, send.sent_at)


def was_used(send_id: str, place: str, now: datetime) -> None:
    """Count an open or a forward of a send, in its statistics and in the customer's trace and facts.

    Raises VersionConflict when others kept writing. Nothing follows where event or send are gone, with
    their customer.
    """
    event = stored.event(send_id, place)
    send = _counted(event) if event else None
    if event is None or send is None:
        return
    if event.kind == "open":
        list_share(send, event)
    kind: EntryKind = "link_open" if event.kind == "open" else "share"
    facts = {"target": event.target[:200] or send.title, **_facts(send), "by": event.via}
    entry = Entry(f"{send.send_id}#{event.place}", kind, event.at, send.userid, send.external_userid, facts)
    record(send.customer_id, [Happened(entry, News(kind, event.at, send.userid))], now)


def _counted(event: Event) -> Send | None:
    for _ in range(ATTEMPTS):
        send = stored.send(event.send_id)
        if send is None or event.counted or count_event(event, send) != "again":
            return send
    raise VersionConflict(event.send_id)


def _facts(send: Send) -> dict[str, str]:
    return {"title": send.title, "item": send.kind, "item_id": send.item_id, "send_id": send.send_id}
