"""The relations that reports count, as cards show them: by bytes, without a read of any relation."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from scrm.cards import dynamodb as cards
from scrm.cards.model import Card
from scrm.customers.stays import ASSIGNED_WAYS, Stay, stay_of
from scrm.reports.happenings import Known
from scrm.staff.model import key

PAGE = 1000
MOST = 30_000
"""So many cards are read within a request's time."""


class TooMany(Exception):
    """There are more relations than a request may read."""


def known(since: str = "", most: int | None = None) -> Iterator[Known]:
    """Yield the relations whose latest add is of the moment `since` (RFC 3339) or later, or all of them.

    A query a page of the index `by_added`. Raises TooMany beyond `most` cards.
    """
    met = 0
    for month in cards.months():
        if month < since[:7]:
            continue
        after: dict[str, Any] | None = None
        while True:
            page = cards.added_in(month, PAGE, after, before=since or None, newest_first=False)
            met, after = met + len(page.cards), page.last_key
            if most is not None and met > most:
                raise TooMany
            yield from (_known(each) for each in page.cards if each.userid)
            if after is None:
                break


def _known(card: Card) -> Known:
    return Known(key(card.userid), stays_of_card(card))


def stays_of_card(card: Card) -> tuple[Stay, ...]:
    """Return the stretches of a card's relation, oldest first."""
    if card.stays:
        return tuple(stay_of(each) for each in card.stays)
    start, end = _unix(card.added_at), _unix(card.deleted_at)
    if start is None and end is None:
        return ()
    left = end if card.status == "deleted_by_customer" else None
    removed = end if card.status == "deleted_by_staff" else None
    moved = end if card.status == "transferred_out" else None
    assigned = start is not None and card.add_way in ASSIGNED_WAYS
    return (Stay(start, card.channel_id or "", left, removed, moved, assigned),)


def _unix(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp())
