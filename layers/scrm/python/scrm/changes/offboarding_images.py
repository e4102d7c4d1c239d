"""Stream records of members who are gone: once it is counted what they leave, people are told."""

from scrm.changes.departures import departure_counted
from scrm.changes.effects import Effect
from scrm.changes.images import Change
from scrm.offboarding.departures_dynamodb import DepartureRow
from scrm.staff.dynamodb import load_directory


def of_departure(change: Change) -> list[Effect]:
    """Return whom to tell that a member is gone, and what they leave behind."""
    before, after = (each.entity() if each else None for each in change.images(DepartureRow))
    if after is None or not after.counted_as or (before and before.counted_as == after.counted_as):
        return []
    return [*departure_counted(before, after, load_directory())]
