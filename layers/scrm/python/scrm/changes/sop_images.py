"""Stream records of progress bars, read into what changed, and what follows from it."""

from typing import TYPE_CHECKING

from scrm.changes.effects import Effect
from scrm.changes.sops import progressed
from scrm.sops.dynamodb import EnrollmentRow

if TYPE_CHECKING:
    from scrm.changes.images import Change


def follows(change: "Change") -> list[Effect]:
    """Return what follows from a bar; a cycle that was only put aside moves nothing."""
    before, after = (each.entity() if each else None for each in change.images(EnrollmentRow))
    if change.place.count("#") > 1:
        return []
    return progressed(before, after)
