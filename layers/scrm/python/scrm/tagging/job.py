"""The kind of job `tag`: put tags on relations and take others off, one by one (TAG-04, SEG-17).

params: `add`, `remove`: tag ids. Items are relations as `scrm.tagging.pairs` names them.
"""

from scrm import telemetry
from scrm.customers.model import VersionConflict
from scrm.jobs.model import Outcome, Result, Work
from scrm.sidebar.edits import Edit
from scrm.tagging.marking import mark
from scrm.wecom.deployed import wecom
from scrm.wecom.errors import Busy, Throttled, UnknownOutcome

# WeCom said that it is busy, or nothing: how long it is left alone.
PAUSE = 30


def run(work: Work) -> Outcome:
    """Tag the chunk's relations; those that WeCom is too busy for are tried again later. Safe to repeat."""
    wanted = Edit(add_tags=tuple(work.job.params["add"]), remove_tags=tuple(work.job.params["remove"]))
    results: list[Result] = []
    again: list[str] = []
    for place, pair in enumerate(work.items):
        if not work.has_time():
            rest = (*again, *work.items[place:])
            return Outcome(tuple(results), again=rest, delay=PAUSE if again else 0)
        try:
            results.append(mark(wecom(), pair, wanted, work.now))
        except Throttled as throttled:
            rest = (*again, *work.items[place:])
            return _later(work, results, rest, throttled.retry_after)
        except (Busy, UnknownOutcome, VersionConflict):
            again.append(pair)
    return _later(work, results, tuple(again), PAUSE) if again else Outcome(tuple(results))


def _later(work: Work, results: list[Result], rest: tuple[str, ...], delay: float) -> Outcome:
    """Try the rest again after a while; after the last attempt it has failed."""
    telemetry.count("tagging_postponed", len(rest))
    if work.last_attempt:
        return Outcome((*results, *(Result(pair, "failed", "busy") for pair in rest)))
    return Outcome(tuple(results), again=rest, delay=delay)
