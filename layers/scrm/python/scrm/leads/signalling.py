"""Making a lead of what a customer did, when it is enough (LED-02, LED-03, LED-09, IDN-13)."""

from collections.abc import Sequence
from datetime import UTC, datetime

from scrm.conditions.tree import of_plain, selects
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Customer
from scrm.customers.whole import united
from scrm.fields.dynamodb import fields
from scrm.leads import kinds_dynamodb, last_dynamodb, lists_dynamodb, signals_dynamodb
from scrm.leads.intake import Told, take_in
from scrm.leads.kinds import as_kind
from scrm.leads.model import Key, Lead
from scrm.leads.saying import SHORT, contact_type
from scrm.leads.signals import Signal, acts_of
from scrm.leads.whose import keys_of
from scrm.moments import BEIJING, rfc3339
from scrm.profile.reading import whole_profile
from scrm.telemetry import count
from scrm.timeline.dynamodb import Timeline
from scrm.timeline.model import Entry

MOST_ENTRIES = 500
"""Of the trace, the latest within the longest window are counted."""
MOST_KEYS = 20

Enough = tuple[Signal, list[Entry]]
"""A signal with the acts that are enough for it."""

customers = Customers()
timeline = Timeline()


def consider(customer_id: str, entry: Entry, now: datetime) -> None:
    """Make a lead, or a touch on the open one, where a signal takes this entry and has enough of them.

    Safe to repeat, in any order: what is made is named by the latest act in the trace, a touch by signal and
    day. Acts from before the person's latest lead was closed make none (LED-03). Reads nothing where no
    signal takes the entry. Raises KeyTaken when others kept taking the keys; trying again helps.
    """
    signals = [each for each in signals_dynamodb.kept.get(now).values() if each.active and each.takes(entry)]
    signals = [each for each in signals if entry.at > now - each.window]
    parts = customers.whole(customer_id, consistent=True) if signals else ()
    keys = tuple(keys_of(parts))[:MOST_KEYS]
    if not keys or parts[0].erased_at:
        return
    trace = _trace(parts, signals, now)
    found = [(each, acts) for each in signals if (acts := acts_of(each, trace, now))]
    found = _of_whom(found, parts, now)
    if not found or _is_blacklisted(keys, now):
        return
    closed = max((each.closed_at for each in last_dynamodb.last(keys)), default="")
    for signal, acts in found:
        if rfc3339(acts[0].at.astimezone(UTC)) > closed:
            count("lead_signal", source=signal.source)
            take_in(_told(signal, acts, parts[0], keys, now), now)


def _trace(parts: Sequence[Customer], signals: Sequence[Signal], now: datetime) -> list[Entry]:
    start = now - max(each.window for each in signals)
    return [entry for part in parts for entry in timeline.since(part.customer_id, start, MOST_ENTRIES)]


def _of_whom(found: list[Enough], parts: Sequence[Customer], now: datetime) -> list[Enough]:
    """Return those whose condition selects the customer as they are now: one of their cards, made for it.

    Reads what cards are made of, where one has a condition.
    """
    if not any(signal.condition for signal, _ in found):
        return found
    custom = fields(now)
    cards = whole_profile(united(parts), consistent=True).cards(now, custom)
    return [
        (signal, acts)
        for signal, acts in found
        if not signal.condition
        or any(selects(of_plain(signal.condition, custom), each, now) for each in cards)
    ]


def _is_blacklisted(keys: Sequence[Key], now: datetime) -> bool:
    colours = lists_dynamodb.colours(keys, now)
    return "black" in colours and "white" not in colours


def _told(
    signal: Signal, acts: Sequence[Entry], root: Customer, keys: tuple[Key, ...], now: datetime
) -> Told:
    latest = acts[0]
    place = signal.place(latest)
    lead = Lead(
        "",
        "NEW",
        signal.source,
        name=_name(root, latest)[:SHORT],
        customer_id=root.customer_id,
        channel_id=place if signal.kind == "customer_added" else "",
        product=signal.product,
        campaign=signal.campaign_of(latest)[:SHORT],
        prelabels=signal.prelabels,
    )
    kind = kinds_dynamodb.kept.get(now)[signal.source]  # type: ignore[index]  # sources of signals are kinds
    day = latest.at.astimezone(BEIJING).date().isoformat()
    return Told(
        signal.source,
        f"{signal.signal_id}#{root.customer_id}#{rfc3339(latest.at.astimezone(UTC))}#{latest.entry_id}",
        keys,
        as_kind(lead, kind),
        {
            "note": f"{signal.name}：{signal.days} 天内 {len(acts)} 次（规则 {signal.signal_id}）",
            "contacts": [{"type": contact_type(*each), "value": each[1]} for each in keys],
        },
        touch_id=f"{signal.signal_id}#{root.customer_id}#{day}",
    )


def _name(root: Customer, entry: Entry) -> str:
    """Return what the customer is called: by the company, else by themselves."""
    if root.name:
        return root.name
    contact = customers.contact(entry.external_userid) if entry.external_userid else None
    return contact.name if contact else ""
