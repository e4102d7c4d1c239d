"""What follows when a customer enters or leaves a segment (SEG-11, TAG-10). Pure.

One record of `CARD#<customer_id>`/`STATE` tells of everything that changed at once. What follows is named by
the segment and the version of the state, so that a repeated record writes the same entries.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from scrm.changes.effects import Effect, Noted, TagsToShow
from scrm.changes.sop_effects import SegmentsMoved
from scrm.customers.model import Relation
from scrm.segments.model import Segment, State
from scrm.timeline.model import Entry, EntryKind


def segments_moved(
    customer_id: str, old: State, new: State, at: datetime, segments: Mapping[str, Segment]
) -> list[Effect]:
    """Return an entry for each segment entered or left, and the tags to show when one of them has a tag."""
    entered = sorted(new.entered.keys() - old.entered.keys())
    left = sorted(old.entered.keys() - new.entered.keys())
    effects: list[Effect] = [
        SegmentsMoved(customer_id, tuple(entered), tuple(left), new.version, at),
        *_entries(customer_id, "segment_left", left, new.version, at, segments),
        *_entries(customer_id, "segment_entered", entered, new.version, at, segments),
    ]
    if any(each in segments and segments[each].tag_id for each in (*entered, *left)):
        effects.append(TagsToShow((customer_id,)))
    return effects


def _entries(
    customer_id: str,
    kind: EntryKind,
    segment_ids: list[str],
    version: int,
    at: datetime,
    segments: Mapping[str, Segment],
) -> Iterator[Noted]:
    for each in segment_ids:
        known = segments.get(each)
        facts = {"segment_id": each, "name": known.name if known else ""}
        # Within a second the trace is in the order of the ids: who leaves one segment for another left first.
        place = f"segment#{version:09d}#{kind == 'segment_entered':d}#{each}"
        yield Noted(customer_id, Entry(place, kind, at, facts=facts))


def friendship_began(old: Relation | None, new: Relation | None) -> bool:
    """Return whether a relation became one that tags can be put on."""
    return _taggable(new) and not _taggable(old)


def _taggable(relation: Relation | None) -> bool:
    return relation is not None and relation.status == "active" and not relation.intents
