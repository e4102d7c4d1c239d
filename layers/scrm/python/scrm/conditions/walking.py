"""Streams of one lane put together, and the places between their keys."""

from collections.abc import Sequence

from scrm.conditions.choosing import Lane
from scrm.conditions.dynamodb import Found, Stream
from scrm.conditions.plan import Plan

SHORTEST = len("2026-03-02T02:15:00Z")


class Walk:
    """Streams of one lane as one, each place once."""

    def __init__(self, streams: Sequence[Stream], lane: Lane) -> None:
        self._streams = list(streams)
        self.lane = lane

    @property
    def ended(self) -> bool:
        """Return whether nothing is left, as far as is known without reading on."""
        return all(each.ended for each in self._streams)

    def take(self, most: int) -> list[Found]:
        """Return the next `most` in order, fewer at the end."""
        taken: list[Found] = []
        while len(taken) < most and (found := self.head()):
            taken.append(found)
            for stream in self._streams:
                if (other := stream.buffered) and other.place == found.place:
                    stream.pop()
        return taken

    def head(self) -> Found | None:
        """Return the next one without going on, None at the end; the one that holds its card, if any."""
        heads = [found for each in self._streams if (found := each.head())]
        if not heads:
            return None
        places = [each.place for each in heads]
        first = max(places) if self.lane.descending else min(places)
        same = [each for each in heads if each.place == first]
        return next((each for each in same if each.card), same[0])

    def next_of(self, last: Found, plan: Plan) -> Found | None:
        """Return the one after `last`, read only when `last` must not be named to the caller."""
        waiting = [each for each in self._streams if not each.ended]
        if all(each.buffered for each in waiting) or not plan.reaches(last.card_id):
            return self.head()
        return None

    def between(self, last: Found, following: Found | None) -> str:
        """Return the shortest text that parts the two; without the second one, the first one's own."""
        if self.lane.descending:
            return parting(following.place, last.place) if following else last.place
        return parting(last.place, following.place) if following else f"{last.place}!"


def parting(lower: str, higher: str) -> str:
    """Return the shortest beginning of `higher` that sorts behind `lower`, a whole time at least."""
    for length in range(SHORTEST, len(higher)):
        if higher[:length] > lower:
            return higher[:length]
    return higher
