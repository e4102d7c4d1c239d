"""The kind of job `segment_retag`: a segment has another corp tag; its members' tags follow."""

import json

from scrm.jobs.model import Outcome, Work
from scrm.segments.computation import place_text
from scrm.segments.members_dynamodb import members
from scrm.segments.queueing import queue_customers

PAGE = 500


def run(work: Work) -> Outcome:
    """Queue the next members of the segment to have their tags shown (scrm.segments.projecting)."""
    place = json.loads(work.cursor)
    found, last = members(place["segment"], PAGE, place.get("after"))
    queue_customers(each.customer_id for each in found)
    return Outcome(
        done=len(found), next_cursor=place_text(segment=place["segment"], after=last) if last else None
    )
