"""What became of a SOP's welcome (SOP-15): told by the relation, noted with the bar's next write. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from scrm.customers.model import Relation, WelcomeOutcome
from scrm.sops.enrollment import Enrollment, Run, RunStatus
from scrm.sops.model import Version

_STATUSES: Mapping[WelcomeOutcome, RunStatus] = {"delivered": "SENT", "nothing_to_send": "SKIPPED"}


def with_welcome(it: Enrollment, version: Version, relation: Relation | None) -> Enrollment:
    """Return the bar with the run of its welcome, where the friendship that made them enter has an outcome.

    The bar itself does not count it: step 0 (O-S1).
    """
    step = next((each for each in version.steps if each.mode == "welcome"), None)
    if step is None or it.trigger != "added" or it.latest(step.key) or relation is None:
        return it
    told = relation.welcome
    named = any(each.kind == "added" and relation.channel_id in each.ids for each in version.triggers)
    if told is None or not named:
        return it
    status = _STATUSES.get(told.outcome, "FAILED")
    run = Run(step.key, 1, status, it.entered_at, told.at, "" if status == "SENT" else told.outcome)
    return replace(it, runs=(run, *it.runs))
