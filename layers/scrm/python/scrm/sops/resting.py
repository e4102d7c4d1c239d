"""What of a bar goes no further although the bar does: marketing after an opt-out (spec 3.13). Pure."""

from datetime import datetime

from scrm.settings.model import Settings
from scrm.sops.enrollment import Enrollment
from scrm.sops.model import TO_DOS, Mode, Version
from scrm.sops.moving import ended

TARGETED: frozenset[Mode] = TO_DOS | {"mass"}
"""Modes by which one customer is meant."""


def without_marketing(
    was: Enrollment, version: Version, corp: Settings, now: datetime, *, opted_out: bool
) -> Enrollment:
    """Return the bar of who has opted out in a SOP that serves them: open marketing is skipped.

    A mass send that was not asked for yet leaves them out then; what WeCom has cannot be taken back from one
    customer, nor what is for a group or for all. As it was for everybody else.
    """
    if not opted_out or was.status != "ACTIVE":
        return was
    for run in was.dispatched:
        step = version.step(run.step_key)
        if step and step.marketing and step.mode in TARGETED and was.is_live:
            was = ended(was, step, "SKIPPED", now, version, corp, why="optout")
    return was
