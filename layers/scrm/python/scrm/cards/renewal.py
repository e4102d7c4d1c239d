"""The job that brings a changed custom field to everybody's cards, as it is started (scrm.cards.renewing)."""

from collections.abc import Mapping

from scrm.cards import dynamodb as cards
from scrm.jobs.model import NewJob
from scrm.segments.computation import expected, place_text
from scrm.segments.model import Segment

RENEW = "cards_renew"


def renewal(
    job_id: str, requested_by: str, key: str, title: str, segments: Mapping[str, Segment], *, added: bool
) -> NewJob:
    """Return the job that lets cards carry the field `key` (`added`), or carry it no longer.

    Who has a value under the key is known of no card that does not carry it: a field that is added is asked
    of everybody, one that is taken off only of those whose cards carry it. `segments` tell how many cards
    there may be (scrm.segments.computation.expected).
    """
    return NewJob(
        job_id,
        RENEW,
        requested_by,
        params={"field": key, "added": added},
        reason=title,
        starts=[place_text(month=month) for month in cards.months() or ["0000-00"]],
        expected=expected(segments),
    )
