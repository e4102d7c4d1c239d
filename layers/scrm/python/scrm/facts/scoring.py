"""Scores that models, rules and people give a customer (CUS-09, CUS-11). Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from scrm.facts.model import Score
from scrm.facts.tally import Tally

MOST_SCORES = 50


class TooManyScores(Exception):
    """The customer has as many scores, of different names, as one may have."""


def scored(tally: Tally, score: Score, now: datetime) -> Tally:
    """Return the tally with a score, or unchanged when one as new is known under its name.

    One that expired stays known, so that an older one never takes its place; only for want of room do
    expired ones go. Raises TooManyScores.
    """
    known = {each.name: each for each in tally.scores}
    if score.name in known and known[score.name].at >= score.at:
        return tally
    if score.name not in known and len(known) >= MOST_SCORES:
        known = {each.name: each for each in current(tally.scores, now)}
        if len(known) >= MOST_SCORES:
            raise TooManyScores
    known[score.name] = score
    return replace(tally, scores=tuple(known[name] for name in sorted(known)))


def current(scores: Iterable[Score], now: datetime) -> tuple[Score, ...]:
    """Return the scores that hold at `now`."""
    return tuple(each for each in scores if each.expires_at is None or each.expires_at > now)
