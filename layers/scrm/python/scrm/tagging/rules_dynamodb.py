"""Rows of tag rules: `TAGRULES` holds them, `TAGRULE#<rule_id>` whom each has been applied to."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from scrm.audit.dynamodb import Step
from scrm.kept import Kept
from scrm.settings.model import Hours
from scrm.table import Row, rfc3339
from scrm.tagging.rules import Rule

RULES = "TAGRULES"
_RULE = "RULE#"


class RuleRow(Row):
    """One rule."""

    name = UnicodeAttribute()
    kind = UnicodeAttribute()
    tag_ids: JSONAttribute = JSONAttribute()
    values: JSONAttribute = JSONAttribute()
    hours: JSONAttribute = JSONAttribute(null=True)
    weekdays: JSONAttribute = JSONAttribute()
    enabled = BooleanAttribute()
    version = NumberAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Rule:
        """Return the row as the rest of the product knows it."""
        return Rule(
            self.sk.removeprefix(_RULE),
            self.name,
            self.kind,  # type: ignore[arg-type]  # only our own writer fills it
            tuple(self.tag_ids),
            tuple(self.values),
            Hours(*self.hours) if self.hours else None,
            tuple(self.weekdays),
            bool(self.enabled),
            int(self.version),
            self.updated_at,
        )


class AppliedRow(Row):
    """That a rule has put its tags on a customer."""

    at = UnicodeAttribute()


def all_rules() -> list[Rule]:
    """Return every rule, strongly read: one query, by bytes."""
    return [row.entity() for row in RuleRow.query(RULES, RuleRow.sk.startswith(_RULE), consistent_read=True)]


_kept = Kept(all_rules)


def rules(now: datetime) -> Sequence[Rule]:
    """Return every rule, at most a minute old."""
    return _kept.get(now)


def rule(rule_id: str) -> Rule | None:
    """Return a rule, strongly read, or None. 1 RRU."""
    try:
        return RuleRow.get(RULES, _RULE + rule_id, consistent_read=True).entity()
    except RuleRow.DoesNotExist:
        return None


def save_step(changed: Rule, now: datetime) -> Step:
    """Return the step that stores a rule as the version after the one it was read with (0: it is new)."""
    row = RuleRow(
        RULES,
        _RULE + changed.rule_id,
        name=changed.name,
        kind=changed.kind,
        tag_ids=list(changed.tag_ids),
        values=list(changed.values),
        hours=[changed.hours.start, changed.hours.end] if changed.hours else None,
        weekdays=list(changed.weekdays),
        enabled=changed.enabled,
        version=changed.version + 1,
        updated_at=rfc3339(now),
    )
    unchanged: Any = (
        RuleRow.version == changed.version if changed.version else RuleRow.version.does_not_exist()
    )

    def step(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unchanged)

    return step


def delete_step(gone: Rule) -> Step:
    """Return the step that deletes a rule, unless it was changed since it was read."""

    def step(transaction: TransactWrite) -> None:
        transaction.delete(RuleRow(RULES, _RULE + gone.rule_id), condition=RuleRow.version == gone.version)

    return step


def is_applied(rule_id: str, customer_id: str) -> bool:
    """Return whether a rule has been applied to a customer, strongly read. 1 RRU."""
    try:
        AppliedRow.get(f"TAGRULE#{rule_id}", customer_id, consistent_read=True)
    except AppliedRow.DoesNotExist:
        return False
    return True


def record_applied(rule_id: str, customer_id: str, now: datetime) -> None:
    """Record that a rule has been applied to a customer. Safe to repeat. 1 WRU."""
    AppliedRow(f"TAGRULE#{rule_id}", customer_id, at=rfc3339(now)).save()
