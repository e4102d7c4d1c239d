"""What follows from an erasure: its next stop. Pure."""

from scrm.changes.effects import ErasureGoesOn
from scrm.privacy.erasure import CHECK_AFTER_SECONDS


def erasure_moved(erasure_id: str, old: str | None, new: str) -> list[ErasureGoesOn]:
    """Return what asks for the next stop: at once for a new erasure, a little later once it was swept."""
    if new == old or new == "done":
        return []
    return [ErasureGoesOn(erasure_id, CHECK_AFTER_SECONDS if new == "checking" else 0)]
