"""Judging a customer's intention when something happened with them (CUS-11)."""

from dataclasses import replace
from datetime import datetime

from scrm.customers.dynamodb import Customers
from scrm.customers.model import VersionConflict
from scrm.facts import dynamodb as facts
from scrm.facts.model import Score
from scrm.intentions import dynamodb as stored
from scrm.intentions.model import Rule, score_of, settled
from scrm.timeline.dynamodb import Timeline
from scrm.timeline.model import Entry

MOST_ENTRIES = 500
"""Of the trace, the latest within the longest window are counted."""
ATTEMPTS = 10

customers = Customers()
timeline = Timeline()


def judge(customer_id: str, entry: Entry, now: datetime) -> None:
    """Give the customer the scores that hold at `now` by the rules that take this entry.

    Safe to repeat, in any order: a score follows from the trace as it is stored now. Reads nothing where no
    rule takes the entry; else the trace of the rules' longest window. Raises VersionConflict when others
    kept changing the facts; trying again helps.
    """
    rules = [each for each in stored.kept.get(now).values() if each.active and each.takes(entry)]
    if not any(entry.at > now - each.window for each in rules):
        return
    given = _scores(customer_id, rules, now)
    for _ in range(ATTEMPTS):
        tally = facts.tally_of(customer_id)
        after = replace(tally, scores=settled(tally.scores, given, now))
        if after == tally:
            return
        try:
            facts.save(customer_id, after, now)
        except VersionConflict:
            continue
        return
    raise VersionConflict


def _scores(customer_id: str, rules: list[Rule], now: datetime) -> list[Score]:
    start = now - max(each.window for each in rules)
    parts = [each.customer_id for each in customers.whole(customer_id)] or [customer_id]
    trace = [entry for each in parts for entry in timeline.since(each, start, MOST_ENTRIES)]
    given = (score_of(each, trace, now) for each in rules)
    return [each for each in given if each]
