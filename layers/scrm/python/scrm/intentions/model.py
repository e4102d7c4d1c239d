"""Intention rules: so many acts of a kind within so many days give a score (CUS-11). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from scrm.facts.model import Score
from scrm.timeline.model import Entry

ActKind = Literal["visit", "click", "scan", "share", "link_open", "menu", "comment", "check_in", "referral"]

PLACES: Mapping[str, str] = {
    "visit": "page",
    "click": "target",
    "scan": "code",
    "share": "target",
    "link_open": "target",
    "menu": "item",
    "comment": "target",
    "check_in": "place",
    "referral": "campaign",
}
"""What of an act a rule's `match` is compared with."""

MOST_RULES = 100
MODEL = "rule:"


@dataclass(frozen=True)
class Rule:
    """At least `count` acts of `kind` within `days` times 24 hours give the score `score` = `value`.

    `match` is how the page or target begins, of an address its path too; "" takes every act of the kind.
    """

    rule_id: str
    name: str
    kind: ActKind
    count: int
    days: int
    match: str = ""
    score: str = "intention"
    value: float | str = "high"
    active: bool = True
    version: int = 0
    created_by: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def model(self) -> str:
        """Return what a score of this rule names as its model."""
        return MODEL + self.rule_id

    @property
    def window(self) -> timedelta:
        """Return how long an act counts."""
        return timedelta(days=self.days)

    def takes(self, entry: Entry) -> bool:
        """Return whether an entry of the trace is such an act."""
        return entry.kind == self.kind and begins(str(entry.facts.get(PLACES[self.kind], "")), self.match)


def begins(place: str, match: str) -> bool:
    """Return whether a page or target begins with `match`, of an address its path too."""
    return place.startswith(match) or ("://" in place and _path(place).startswith(match))


def score_of(rule: Rule, entries: Iterable[Entry], now: datetime) -> Score | None:
    """Return the score that a customer's trace gives by a rule at `now`, None when the rule does not hold.

    An act counts until it is `days` times 24 hours old, then no longer. The same acts give the same score in
    whatever order they arrive; it expires when the act leaves that makes the number full.
    """
    acts = [each.at for each in entries if rule.takes(each) and each.at > now - rule.window]
    if len(acts) < rule.count:
        return None
    latest = sorted(acts, reverse=True)
    reason = f"{rule.name}：{rule.days} 天内 {len(acts)} 次，达到 {rule.count} 次（规则 {rule.rule_id}）"
    expires_at = latest[rule.count - 1] + rule.window
    return Score(rule.score, rule.value, rule.model, latest[0], reason, expires_at)


def settled(known: Iterable[Score], given: Iterable[Score], now: datetime) -> tuple[Score, ...]:
    """Return the scores of a customer once rules gave theirs; one for each name.

    A rule's later word replaces its earlier one. Of two rules' the one that lasts longer stands, and between
    a rule and another source the later word. Expired scores give way to any.
    """
    found = {each.name: each for each in known}
    for score in given:
        present = found.get(score.name)
        if present is None or _replaces(score, present, now):
            found[score.name] = score
    return tuple(found.values())


def _replaces(score: Score, present: Score, now: datetime) -> bool:
    if present.model == score.model or (present.expires_at and present.expires_at <= now):
        return True
    if present.model.startswith(MODEL):
        return (_end(score), score.model) > (_end(present), present.model)
    return score.at > present.at


def _end(score: Score) -> float:
    return score.expires_at.timestamp() if score.expires_at else float("inf")


def _path(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:
        return ""
