"""What it takes for a member's step to be done, and until when it may be put off (spec 3.6, 3.9). Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scrm.sops.enrollment import Run
from scrm.sops.model import DAY, Step, Version

RESULTS: Mapping[str, str] = {
    "connected": "接通",
    "no_answer": "未接",
    "refused": "拒绝",
    "agreed": "同意加微",
}
"""What may come of every call, and how it is called; a step's branches may name more, in either word."""

FAILED = frozenset({"no_answer", "refused"})
"""Results of calls in which nothing can be learnt."""

_STANDARD = {word: name for name, word in RESULTS.items()}
_OF_TOUCH = {"answered": "connected", "failed": "no_answer", "added": "agreed", "replied": "connected"}


def results_of(step: Step) -> tuple[str, ...]:
    """Return the results that a member may give, in the words of the step's branches where it has them."""
    if step.mode != "call":
        return tuple(step.branches)
    named = {_STANDARD.get(each, each) for each in step.branches}
    return (*step.branches, *(each for each in RESULTS if each not in named))


def result_of(step: Step, given: str) -> str | None:
    """Return a result in the words of the step, None for one that it has not.

    A phone system may say it in the words of touches: answered, failed, added.
    """
    for each in (given, _OF_TOUCH.get(given, "")):
        for name in (each, RESULTS.get(each, ""), _STANDARD.get(each, "")):
            if name and name in results_of(step):
                return name
    return None


def told_results(step: Step) -> str:
    """Return the results that a member may give as people say them."""
    return "、".join(RESULTS.get(each, each) for each in results_of(step))


def either_word(result: str) -> frozenset[str]:
    """Return a result by its name and its word, as far as it has both: whoever asks for it may say either."""
    return frozenset({result, RESULTS.get(result, ""), _STANDARD.get(result, "")} - {""})


def needs_fields(step: Step, result: str | None) -> bool:
    """Return whether the step's fields have to be known: not where nobody was reached."""
    if not step.requires:
        return False
    if step.mode != "call" or not result:
        return True
    branch = step.branches.get(result)
    goes_on = branch is None or not (branch.again_days or branch.exit)
    return goes_on and _STANDARD.get(result, result) not in FAILED


def missing(step: Step, result: str | None, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields of a customer that the step still needs, by key."""
    if not needs_fields(step, result):
        return ()
    return tuple(each for each in step.requires if values.get(each) in (None, "", []))


def postponable_until(run: Run, step: Step, version: Version) -> datetime:
    """Return until when a dispatched step may be put off: its late window, or as long as it waits."""
    if version.strategy == "timed":
        return run.due + version.late(step)
    return run.at + version.policies.max_wait_days * DAY
