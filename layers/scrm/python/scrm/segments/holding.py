"""The kind of job `segment_hold`: puts many customers into a segment by name, or takes them out.

A walk begins at one or several places, which say what it does: `month` asks the condition in `params` of
everybody's cards and puts in whom it selects; `members_of` puts in the members of another segment (both
freeze a target list 目标清单, SEG-23); `named` puts in whom a generation of an external segment names,
`not_named` takes out its members whom it does not name (SEG-12).
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from scrm.cards import dynamodb as cards
from scrm.conditions.tree import of_plain, selects
from scrm.customers.dynamodb import Customers
from scrm.fields.dynamodb import fields
from scrm.jobs.model import GiveUp, Outcome, Work
from scrm.segments import dynamodb as stored
from scrm.segments import external_dynamodb as external
from scrm.segments.computation import place_text
from scrm.segments.members_dynamodb import members, pin, unpin
from scrm.segments.model import Segment

PAGE = 100

customers = Customers()
Key = Mapping[str, Any] | None
Found = tuple[int, int, Key]
"""How many were met, how many of them were put in or taken out, and the key to go on after."""


def run(work: Work) -> Outcome:
    """Do one page of the walk; `done` counts whom it put in or took out, `skipped` whom it left as they were.

    Safe to repeat. Gives up when the segment is no longer active, or a later generation is complete.
    """
    segment = stored.segment(work.job.params["segment_id"], consistent=True)
    if segment is None or not segment.held:
        raise GiveUp("segment_not_active")
    generation = work.job.params.get("generation")
    if generation and external.latest(segment.segment_id).number != generation:
        raise GiveUp("superseded")
    place = json.loads(work.cursor)
    what, key = next(name for name in _DOES if name in place), place.get("after")
    met, changed, last = _DOES[what](segment, place[what], key, work)
    next_cursor = place_text(**{what: place[what]}, after=dict(last)) if last else None
    return Outcome(done=changed, skipped=met - changed, next_cursor=next_cursor)


def _month(segment: Segment, month: str, key: Any, work: Work) -> Found:
    page = cards.added_in(month, PAGE, key)
    condition = of_plain(work.job.params["condition"], fields(work.now))
    chosen = [each.customer_id for each in page.cards if selects(condition, each, work.now)]
    return len(page.cards), _put(segment, chosen, work), page.last_key


def _members_of(segment: Segment, other: str, key: Any, work: Work) -> Found:
    found, last = members(other, PAGE, key)
    return len(found), _put(segment, (each.customer_id for each in found), work), last


def _named(segment: Segment, generation: int, key: Any, work: Work) -> Found:
    found, last = external.named(segment.segment_id, generation, PAGE, key)
    return len(found), _put(segment, found, work), last


def _not_named(segment: Segment, generation: int, key: Any, work: Work) -> Found:
    found, last = members(segment.segment_id, PAGE, key)
    ids = [each.customer_id for each in found]
    named = external.which_are_named(segment.segment_id, generation, ids) if ids else frozenset()
    gone = [each for each in ids if each not in named and not _named_before_merge(segment, generation, each)]
    changed = sum(unpin(segment.segment_id, part, work.now) for each in gone for part in _parts(each))
    return len(found), min(changed, len(found)), last


def _named_before_merge(segment: Segment, generation: int, customer_id: str) -> bool:
    """Return whether a generation names somebody who was merged into this customer since."""
    parts = [each for each in _parts(customer_id) if each != customer_id]
    return bool(parts and external.which_are_named(segment.segment_id, generation, parts))


def _parts(customer_id: str) -> list[str]:
    return [each.customer_id for each in customers.whole(customer_id, consistent=True)]


def _put(segment: Segment, customer_ids: Iterable[str], work: Work) -> int:
    changed = 0
    for each in dict.fromkeys(customer_ids):
        root = customers.root(each, consistent=True)
        if root and not root.erased_at:
            changed += pin(segment, root.customer_id, work.now)
    return changed


_DOES: Mapping[str, Callable[[Segment, Any, Any, Work], Found]] = {
    "month": _month,
    "members_of": _members_of,
    "named": _named,
    "not_named": _not_named,
}
