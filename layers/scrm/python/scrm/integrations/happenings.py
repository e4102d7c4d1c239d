"""Events that other systems tell: put into customers' traces and counted, each once (spec CUS-07, OAE-15)."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from scrm.customers.model import VersionConflict
from scrm.facts.news import News
from scrm.facts.recording import Happened, record
from scrm.http import validation
from scrm.identities.normalise import InvalidIdentity
from scrm.integrations.event_models import AnyEvent, EventIn, EventsOut, RowOut, facts_of
from scrm.integrations.models import RowError
from scrm.integrations.naming import Named
from scrm.integrations.rows import said, whole, wrong_time
from scrm.timeline.dynamodb import Timeline
from scrm.timeline.model import Entry, EntryKind

timeline = Timeline()


@cache
def _judge() -> TypeAdapter[EventIn]:
    return TypeAdapter(AnyEvent)


Judge = Callable[[Any, datetime], EventIn | list[RowError]]


def take_in(
    rows: Sequence[Any],
    source: str,
    now: datetime,
    judge: Judge | None = None,
    *,
    kind: EntryKind | None = None,
    create: bool = False,
) -> EventsOut:
    """Record each event that can be; return what became of each, in order.

    Safe to repeat: the same source, id and time are one event and count once. `source` tells the systems
    apart. `kind` is that of the entries, else each event's own; `create` makes customers of unknown
    identities, but for what names a to-do. Events of one customer are written together.
    """
    named, results, judge = Named(now), dict[int, RowOut](), judge or judged_event
    of_customer: dict[str, dict[int, EventIn]] = {}
    for place, row in enumerate(rows):
        event = judge(row, now)
        if isinstance(event, list):
            results[place] = RowOut(source_id=said(row, "source_id"), status="invalid", errors=event)
        elif customer_id := _customer(event, named, create=create and not getattr(event, "task_id", None)):
            of_customer.setdefault(customer_id, {})[place] = event
        else:
            results[place] = RowOut(source_id=event.source_id, status="unknown_customer")
    for customer_id, events in of_customer.items():
        status = _recorded(customer_id, [_happened(each, source, kind) for each in events.values()], now)
        results |= {place: RowOut(source_id=each.source_id, status=status) for place, each in events.items()}
    answered = [results[place] for place in sorted(results)]
    return EventsOut(recorded=sum(each.status == "recorded" for each in answered), results=answered)


def judged_event(row: Any, now: datetime) -> EventIn | list[RowError]:
    """Return a row of the feed of events as its kind's model, or what is wrong with it."""
    try:
        event = _judge().validate_python(row)
    except ValidationError as error:
        return _errors(row, error)
    wrong = wrong_time(event.at, now)
    return [RowError(field="at", message=wrong)] if wrong else event


def _errors(row: Any, error: ValidationError) -> list[RowError]:
    """Return what is wrong with a row; pydantic puts the kind before a field's name."""
    kind = row.get("kind") if isinstance(row, dict) else None
    return [
        RowError(field=each.field.removeprefix(f"{kind}."), message=each.message)
        for each in validation.field_errors(error, "event")
    ]


def _customer(event: EventIn, named: Named, *, create: bool) -> str | None:
    try:
        return named.customer(event, create=create)
    except InvalidIdentity:
        return None


def _recorded(customer_id: str, happened: Sequence[Happened], now: datetime) -> Any:
    """Write a customer's events: those that count with what they count for, the others by themselves."""
    for each in happened:
        if not each.news.counts:
            timeline.append(customer_id, each.entry)
    try:
        record(customer_id, [each for each in happened if each.news.counts], now)
    except VersionConflict:
        return "busy"
    return "recorded"


def _happened(event: EventIn, source: str, kind: EntryKind | None) -> Happened:
    own: EntryKind = event.kind  # type: ignore[attr-defined]  # every event has one
    facts: dict[str, Any] = facts_of(event)
    identity = hashlib.sha256("\0".join((source, *([kind] if kind else []), event.source_id)).encode())
    entry = Entry(
        entry_id=identity.hexdigest()[:32],
        kind=kind or own,
        at=whole(event.at),
        userid=event.userid,
        external_userid=event.external_userid,
        facts=facts | ({"by": own} if kind else {}),
    )
    news = News(
        entry.kind,
        entry.at,
        event.userid,
        outbound=facts.get("direction") == "outbound",
        lasting=timedelta(seconds=facts.get("seconds", 0)),
        marketing=bool(facts.get("marketing")),
    )
    return Happened(entry, news)
