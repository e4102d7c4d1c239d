"""What a member has of a library for themselves: pinned items, and those sent lately (spec CON-13). Pure."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from scrm.moments import rfc3339

MOST_PINNED = 50
MOST_RECENT = 20


class TooManyPinned(Exception):
    """One has to go before another is pinned."""


@dataclass(frozen=True)
class Personal:
    """A member's own of one library.

    `pinned` are item ids in their order, `sent` the latest `<time>#<item id>` of each item, the latest first.
    """

    pinned: tuple[str, ...] = ()
    sent: tuple[str, ...] = ()
    version: int = 0

    @property
    def recent(self) -> tuple[str, ...]:
        """Return the ids of what was sent lately, the latest first."""
        return tuple(each.partition("#")[2] for each in self.sent)


def with_pin(before: Personal, item_id: str, seen: Collection[str]) -> Personal:
    """Return it with an item pinned behind the others; the same where it is pinned already.

    What of the others the member sees no longer makes room. Raises TooManyPinned at 50.
    """
    if item_id in before.pinned:
        return before
    pinned = before.pinned
    if len(pinned) >= MOST_PINNED:
        pinned = tuple(each for each in pinned if each in seen)
    if len(pinned) >= MOST_PINNED:
        raise TooManyPinned
    return replace(before, pinned=(*pinned, item_id))


def without_pin(before: Personal, item_id: str) -> Personal:
    """Return it without a pin; the same where there is none."""
    if item_id not in before.pinned:
        return before
    return replace(before, pinned=tuple(each for each in before.pinned if each != item_id))


def with_use(before: Personal, item_id: str, at: datetime) -> Personal:
    """Return it with an item sent at a time; the same where that is known, or older than what is.

    Whatever order sends are told in, and however often, the last twenty items remain.
    """
    told = f"{rfc3339(at.astimezone(UTC))}#{item_id}"
    known = next((each for each in before.sent if each.partition("#")[2] == item_id), "")
    if told <= known:
        return before
    others = [each for each in before.sent if each != known]
    sent = tuple(sorted([*others, told], reverse=True)[:MOST_RECENT])
    return before if sent == before.sent else replace(before, sent=sent)
