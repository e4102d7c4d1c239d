"""Events that other systems tell, put into the traces of the customers they speak of (spec CUS-07, D5)."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from scrm.http import validation
from scrm.integrations import people
from scrm.integrations.models import AnyEvent, EventIn, EventsOut, RowError, RowOut, facts_of
from scrm.timeline.dynamodb import Timeline
from scrm.timeline.model import Entry

# A source's clock may run a little ahead of ours.
AHEAD = timedelta(minutes=10)
# Whatever is older is a source without a clock; and its year would not sort as text.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)

timeline = Timeline()


@cache
def _judge() -> TypeAdapter[EventIn]:
    return TypeAdapter(AnyEvent)


def take_in(rows: Sequence[Any], source: str, now: datetime) -> EventsOut:
    """Record each event that can be; return what became of each, in order.

    Safe to repeat: the same source, id and time write the same entry. `source` tells the systems apart.
    """
    known: dict[tuple[str, str], str | None] = {}
    results = [_take_in(row, source, now, known) for row in rows]
    return EventsOut(recorded=sum(each.status == "recorded" for each in results), results=results)


def _take_in(row: Any, source: str, now: datetime, known: dict[tuple[str, str], str | None]) -> RowOut:
    source_id = str(row.get("source_id", ""))[:128] if isinstance(row, dict) else ""
    try:
        event = _judge().validate_python(row)
    except ValidationError as error:
        return RowOut(source_id=source_id, status="invalid", errors=_errors(row, error))
    if wrong := _wrong_time(event.at, now):
        errors = [RowError(field="at", message=wrong)]
        return RowOut(source_id=source_id, status="invalid", errors=errors)
    customer_id = _customer(event, known)
    if customer_id is None:
        return RowOut(source_id=source_id, status="unknown_customer")
    timeline.append(customer_id, _entry(event, source))
    return RowOut(source_id=source_id, status="recorded")


def _wrong_time(at: datetime, now: datetime) -> str:
    if at < EARLIEST:
        return "时间早于 2000 年"
    return "时间在将来" if at > now + AHEAD else ""


def _errors(row: Any, error: ValidationError) -> list[RowError]:
    """Return what is wrong with a row; pydantic puts the kind before a field's name."""
    kind = row.get("kind") if isinstance(row, dict) else None
    return [
        RowError(field=each.field.removeprefix(f"{kind}."), message=each.message)
        for each in validation.field_errors(error, "event")
    ]


def _customer(event: EventIn, known: dict[tuple[str, str], str | None]) -> str | None:
    """Return whom an event speaks of; each person is looked up once for a batch."""
    ((by, value),) = (
        (name, getattr(event, name))
        for name in ("external_userid", "customer_id", "crmid", "unionid", "phone")
        if getattr(event, name) is not None
    )
    if (by, value) not in known:
        known[by, value] = _found(by, value)
    return known[by, value]


def _found(by: str, value: str) -> str | None:
    if by == "external_userid":
        return people.behind_contact(value)
    if by == "customer_id":
        found = people.customers.customer(value)
        return found.customer_id if found else None
    return people.owner_of(by, value)  # type: ignore[arg-type]  # the remaining names are kinds of identity


def _entry(event: EventIn, source: str) -> Entry:
    identity = hashlib.sha256(f"{source}\0{event.source_id}".encode()).hexdigest()[:32]
    return Entry(
        entry_id=identity,
        kind=event.kind,  # type: ignore[attr-defined]  # every event of AnyEvent has one
        at=event.at.replace(microsecond=0),
        userid=event.userid,
        external_userid=event.external_userid,
        facts=facts_of(event),
    )
