"""Scores of customers as models and rules elsewhere tell them (spec CUS-09)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from scrm.customers.model import VersionConflict
from scrm.facts import dynamodb as facts
from scrm.facts.model import Score
from scrm.facts.scoring import TooManyScores, scored
from scrm.identities.normalise import InvalidIdentity
from scrm.integrations.models import RowError
from scrm.integrations.naming import Named
from scrm.integrations.rows import judged, said, whole
from scrm.integrations.score_models import ScoreIn, ScoreRowOut, ScoresOut

ATTEMPTS = 4


def take_in(rows: Sequence[Any], now: datetime) -> ScoresOut:
    """Record scores; return what became of each. Safe to repeat, in any order."""
    named, results = Named(now), dict[int, ScoreRowOut]()
    of_customer: dict[str, dict[int, Score]] = {}
    for place, row in enumerate(rows):
        good = judged(ScoreIn, row, now, ("at",))
        if isinstance(good, list):
            results[place] = ScoreRowOut(name=said(row, "name"), status="invalid", errors=good)
        elif customer_id := _customer(good, named):
            of_customer.setdefault(customer_id, {})[place] = _score(good)
        else:
            results[place] = ScoreRowOut(name=good.name, status="unknown_customer")
    for customer_id, scores in of_customer.items():
        results |= _recorded(customer_id, scores, now)
    answered = [results[place] for place in sorted(results)]
    return ScoresOut(recorded=sum(each.status == "recorded" for each in answered), results=answered)


def _customer(row: ScoreIn, named: Named) -> str | None:
    try:
        return named.customer(row)
    except InvalidIdentity:
        return None


def _score(row: ScoreIn) -> Score:
    expires_at = whole(row.expires_at) if row.expires_at else None
    return Score(row.name, row.value, row.model, whole(row.at), row.reason, expires_at)


def _recorded(customer_id: str, scores: Mapping[int, Score], now: datetime) -> dict[int, ScoreRowOut]:
    """Store a customer's scores with one write; return what became of each."""
    for _ in range(ATTEMPTS):
        before = tally = facts.tally_of(customer_id)
        found: dict[int, ScoreRowOut] = {}
        for place, score in scores.items():
            try:
                after = scored(tally, score, now)
            except TooManyScores:
                error = RowError(field="name", message="这位客户的评分种类过多")
                found[place] = ScoreRowOut(name=score.name, status="invalid", errors=[error])
                continue
            status: Any = "unchanged" if after == tally else "recorded"
            found[place] = ScoreRowOut(name=score.name, status=status, customer_id=customer_id)
            tally = after
        try:
            if tally != before:
                facts.save(customer_id, tally, now)
        except VersionConflict:
            continue
        return found
    return {place: ScoreRowOut(name=each.name, status="busy") for place, each in scores.items()}
