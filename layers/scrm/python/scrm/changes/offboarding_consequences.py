"""Carrying out what follows for offboarding; imported when the first of it comes."""

from collections.abc import Callable, Mapping
from typing import Any

from scrm import clock
from scrm.changes.carrying_out import Consequences
from scrm.changes.offboarding_effects import HandedOver, MemberMoved
from scrm.offboarding import departures_dynamodb as departures
from scrm.offboarding import job
from scrm.offboarding.departing import follow


def done_by(_: Consequences) -> Mapping[type[Any], Callable[[Any, Any], None]]:
    """Return how each effect is carried out."""
    return {
        MemberMoved: lambda effect, _: follow(effect.userid, clock.now(), with_contact=effect.with_contact),
        HandedOver: lambda effect, _: _count_anew(effect),
    }


def _count_anew(effect: HandedOver) -> None:
    """Count anew what is left of those who are gone, each time a plan is over. 0.5 RRU each."""
    gone = [each for each in effect.userids if departures.departure(each)]
    job.start(f"{effect.plan_id}-{effect.version}", gone, clock.now(), begins_after=job.BEGINS_AFTER)
