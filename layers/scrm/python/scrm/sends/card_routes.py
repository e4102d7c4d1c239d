"""POST /integrations/card-events: cards that customers viewed and passed on (spec INT-09)."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import Field, SkipValidation, model_validator

from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.integrations import happenings
from scrm.integrations.event_models import EventIn, EventsOut, LinkOpenIn, RowOut, ShareIn
from scrm.integrations.models import ABOUT, Line, RowError
from scrm.integrations.order_models import MOST_ROWS, Rows
from scrm.integrations.routes import SIGNED
from scrm.integrations.rows import judged, said, whole
from scrm.sends import dynamodb as stored
from scrm.sends.models import SendId


class CardEventIn(EventIn):
    """That a card was passed on 转发 or viewed: of a send, by its `share_id`, or by somebody who is named.

    A forward weighs 8 in the interaction index and a view 2. With a share id that we know, it counts for the
    send too.
    """

    kind: Literal["forward", "view"]
    share_id: SendId | None = None
    card: Line = ""
    title: Line = ""

    @model_validator(mode="after")
    def _names_somebody(self) -> "CardEventIn":
        named = sum(getattr(self, name) is not None for name in ABOUT)
        if named > 1 or (self.share_id is None and not named):
            raise ValueError("须给出 share_id，或一个且只有一个客户标识")
        return self

    @property
    def is_named(self) -> bool:
        """Return whether it names a customer beside the share."""
        return any(getattr(self, name) is not None for name in ABOUT)


class CardEventsIn(Rows):
    """Events of cards, 1 to 100; or one by itself. Each is judged by itself."""

    ROW = CardEventIn

    events: Annotated[list[SkipValidation[CardEventIn]], Field(min_length=1, max_length=MOST_ROWS)]


def declare(api: Api) -> None:
    """Add the route."""
    api.route("POST", "/integrations/card-events", body=CardEventsIn, answers=EventsOut, **SIGNED)(take_in)


def take_in(request: Request) -> EventsOut:
    """Put forwards and views of cards into customers' traces, and count them for what was sent."""
    rows: Sequence[Any] = request.body.events
    source, now = request.headers["x-scrm-key"], request.now
    read = [judged(CardEventIn, row, now, times=("at",)) for row in rows]
    results: dict[int, RowOut] = {}
    others: dict[int, EventIn | list[RowError]] = {}
    for place, event in enumerate(read):
        if isinstance(event, list):
            results[place] = RowOut(source_id=said(rows[place], "source_id"), status="invalid", errors=event)
        elif event.share_id and _of_send(event, event.share_id, source, now):
            results[place] = RowOut(source_id=event.source_id, status="recorded")
        elif not event.is_named:
            results[place] = RowOut(source_id=event.source_id, status="unknown_customer")
        else:
            others[place] = _as_told(event)
    taken = happenings.take_in(list(others.values()), f"{source}#card", now, lambda row, _: row)
    results |= dict(zip(others, taken.results, strict=True))
    answered = [results[place] for place in sorted(results)]
    return EventsOut(recorded=sum(each.status == "recorded" for each in answered), results=answered)


def _of_send(event: CardEventIn, share_id: str, source: str, now: datetime) -> bool:
    """Record what happened to a send, once for a source's id; False for a share that nobody knows."""
    send = stored.send(share_id)
    if send is None or send.is_over(now):
        return False
    name = sha256("\0".join((source, event.source_id)).encode()).hexdigest()[:32]
    kind: Literal["open", "forward"] = "open" if event.kind == "view" else "forward"
    stored.happened(share_id, kind, name, whole(event.at), "card", event.card)
    return True


def _as_told(event: CardEventIn) -> EventIn:
    """Return an event of a card as the feed of events tells it."""
    common = event.model_dump(include={*ABOUT, "source_id", "at", "userid"}, exclude_none=True)
    told = {**common, "target": event.card, "title": event.title}
    if event.kind == "forward":
        return ShareIn.model_validate({**told, "kind": "share"})
    return LinkOpenIn.model_validate({**told, "kind": "link_open"})
