"""Facts as plain data, as their row holds them. What is empty is left out."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from scrm.facts.model import Bought, Interaction, Orders, Score
from scrm.facts.tally import Chats
from scrm.moments import rfc3339


def moment(text: str | None) -> datetime | None:
    """Return a stored time."""
    return datetime.fromisoformat(text) if text else None


def text(at: datetime | None) -> str | None:
    """Return a time as stored."""
    return rfc3339(at.astimezone(UTC)) if at else None


def orders(plain: Mapping[str, Any]) -> Orders:
    """Return stored orders."""
    bought = tuple(
        Bought(code, title, quantity, amount, moment(at))
        for code, title, quantity, amount, at in plain.get("bought", ())
    )
    return Orders(
        count=plain.get("count", 0),
        amount_fen=plain.get("amount_fen", 0),
        first_at=moment(plain.get("first_at")),
        last_at=moment(plain.get("last_at")),
        window=tuple((date, count, net) for date, count, net in plain.get("window", ())),
        products=tuple(each.product_code for each in bought),
        bought=bought,
        paid=plain.get("paid", False),
    )


def plain_orders(known: Orders) -> dict[str, Any]:
    """Return orders as stored; the codes of products are those of what was bought."""
    return _kept(
        {
            "count": known.count,
            "amount_fen": known.amount_fen,
            "first_at": text(known.first_at),
            "last_at": text(known.last_at),
            "window": [list(each) for each in known.window],
            "bought": [
                [each.product_code, each.title, each.quantity, each.amount_fen, text(each.last_at)]
                for each in known.bought
            ],
            "paid": known.paid,
        }
    )


def interaction(plain: Mapping[str, Any]) -> Interaction:
    """Return a stored part of the interaction index."""
    return Interaction(
        index=plain.get("index", 0.0),
        at=moment(plain.get("at")),
        inbound_at=moment(plain.get("inbound_at")),
        acts={
            kind: tuple((date, count) for date, count in days) for kind, days in plain.get("acts", {}).items()
        },
    )


def plain_interaction(known: Interaction) -> dict[str, Any]:
    """Return a part of the interaction index as stored."""
    return _kept(
        {
            "index": known.index,
            "at": text(known.at),
            "inbound_at": text(known.inbound_at),
            "acts": {kind: [list(each) for each in days] for kind, days in known.acts.items()},
        }
    )


def chats(plain: Mapping[str, Any]) -> Chats:
    """Return stored sessions."""
    return Chats(
        latest=tuple((start, end) for start, end in plain.get("latest", ())),
        count=plain.get("count", 0),
        seconds=plain.get("seconds", 0),
        until=plain.get("until", 0),
    )


def plain_chats(known: Chats) -> dict[str, Any]:
    """Return sessions as stored."""
    return _kept({**vars(known), "latest": [list(each) for each in known.latest]})


def score(plain: Mapping[str, Any]) -> Score:
    """Return a stored score."""
    return Score(
        plain["name"],
        plain["value"],
        plain["model"],
        datetime.fromisoformat(plain["at"]),
        plain.get("reason", ""),
        moment(plain.get("expires_at")),
    )


def plain_score(known: Score) -> dict[str, Any]:
    """Return a score as stored."""
    value = {"value": known.value}
    return value | _kept(
        {**vars(known), "value": None, "at": text(known.at), "expires_at": text(known.expires_at)}
    )


def _kept(plain: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in plain.items() if value not in (None, "", 0, [], {}, False)}
