"""Rules that put tags on customers for what they do (TAG-05). Pure.

A rule names one kind of event and, where it likes, the values, hours and weekdays it looks for: an entry of a
menu, what a chat spoke of, where and when the customer was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from scrm.settings.model import BEIJING, Hours

EventKind = Literal["menu", "click", "link_open", "scan", "check_in", "visit", "share", "keyword"]
KINDS: frozenset[str] = frozenset(get_args(EventKind))
_VALUE: Mapping[str, str] = {
    "menu": "item",
    "click": "target",
    "link_open": "target",
    "scan": "code",
    "check_in": "place",
    "visit": "page",
    "share": "target",
    "keyword": "word_class",
}
"""What of an event of a kind a rule's values are held against."""


@dataclass(frozen=True)
class Rule:
    """A rule. Empty `values`, `hours` and `weekdays` (1 Monday .. 7 Sunday) look for nothing special."""

    rule_id: str
    name: str
    kind: EventKind
    tag_ids: tuple[str, ...]
    values: tuple[str, ...] = ()
    hours: Hours | None = None
    weekdays: tuple[int, ...] = ()
    enabled: bool = True
    version: int = 0
    updated_at: str = ""

    def met_by(self, kind: str, at: datetime, facts: Mapping[str, Any]) -> bool:
        """Return whether an event is one that the rule waits for; capitals make no difference."""
        if not self.enabled or kind != self.kind:
            return False
        value = str(facts.get(_VALUE[kind], "")).strip().casefold()
        if self.values and value not in {each.strip().casefold() for each in self.values}:
            return False
        if self.weekdays and at.astimezone(BEIJING).isoweekday() not in self.weekdays:
            return False
        return self.hours is None or self.hours.contains(at)


def met(rules: Sequence[Rule], kind: str, at: datetime, facts: Mapping[str, Any]) -> list[str]:
    """Return the ids of the rules that an event meets."""
    return [rule.rule_id for rule in rules if rule.met_by(kind, at, facts)]
