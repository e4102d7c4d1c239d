"""Asking new or changed conditions of everybody, month by month, as a job (docs/decisions/0019-segments.md).

Each card is asked in memory, for the changed segments alone; whoever is in one and should not be, or the
other way round, is queued to be made anew. What refresh_cards then finds is the truth, whatever changed
meanwhile. The members of a segment that is no longer active are queued to leave.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scrm.cards import dynamodb as cards
from scrm.cards.asking import ask
from scrm.cards.model import Card
from scrm.conditions.tree import Node, of_plain, selects
from scrm.fields.dynamodb import fields
from scrm.jobs.model import GiveUp, Outcome, Work
from scrm.segments import dynamodb as stored
from scrm.segments.computation import place_text
from scrm.segments.members_dynamodb import members

PAGE = 500
MOST_PAGES = 4
"""Of one chunk: 2,000 cards."""


def run(work: Work) -> Outcome:
    """Ask the next cards; `done` counts those that differ, `skipped` those that are right already.

    Gives up when each of its segments has changed again since: another job asks for that.
    """
    found = (stored.segment(each, consistent=True) for each in work.job.params["segment_ids"])
    present = [each for each in found if each and each.computation == work.job.job_id]
    if not present:
        raise GiveUp("superseded")
    place = json.loads(work.cursor)
    if "segment" in place:
        return _leave(place, work.now)
    custom = fields(work.now)
    return _ask(
        {each.segment_id: of_plain(each.condition, custom) for each in present if each.evaluated}, place, work
    )


def _ask(conditions: Mapping[str, Node], place: dict[str, Any], work: Work) -> Outcome:
    asked, differing, key = 0, dict[str, None](), place.get("after")
    for _ in range(MOST_PAGES):
        page = cards.added_in(place["month"], PAGE, key)
        asked += len(page.cards)
        differing |= dict.fromkeys(
            each.customer_id for each in page.cards if differs(conditions, each, work.now)
        )
        key = page.last_key
        if key is None or not work.has_time():
            break
    ask(differing, work.now)
    return Outcome(
        done=len(differing),
        skipped=asked - len(differing),
        next_cursor=place_text(month=place["month"], after=key) if key else None,
    )


def differs(conditions: Mapping[str, Node], card: Card, now: datetime) -> bool:
    """Return whether one of the segments holds the card's customer wrongly, as far as this card says."""
    return any(
        selects(condition, card, now) is not (segment_id in card.segments)
        for segment_id, condition in conditions.items()
    )


def _leave(place: dict[str, Any], now: datetime) -> Outcome:
    found, key = members(place["segment"], PAGE, place.get("after"))
    ask((each.customer_id for each in found), now)
    return Outcome(
        done=len(found), next_cursor=place_text(segment=place["segment"], after=key) if key else None
    )
