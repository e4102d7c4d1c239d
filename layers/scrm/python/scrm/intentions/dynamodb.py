"""Rows of intention rules: `INTENTIONS` holds one for each."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from scrm.audit.dynamodb import Step
from scrm.intentions.model import Rule
from scrm.kept import Kept
from scrm.table import Row, rfc3339

INTENTIONS = "INTENTIONS"
PREFIX = "RULE#"


class RuleRow(Row):
    """One rule."""

    name = UnicodeAttribute()
    kind = UnicodeAttribute()
    count_ = NumberAttribute(attr_name="count")
    days = NumberAttribute()
    match = UnicodeAttribute(null=True)
    score = UnicodeAttribute()
    value: JSONAttribute = JSONAttribute()
    active = BooleanAttribute(default=True)
    version = NumberAttribute()
    created_by = UnicodeAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()

    def entity(self) -> Rule:
        """Return the row as the rest of the product knows it."""
        return Rule(
            rule_id=self.sk.removeprefix(PREFIX),
            name=self.name,
            kind=self.kind,  # type: ignore[arg-type]  # only our own writer fills it
            count=int(self.count_),
            days=int(self.days),
            match=self.match or "",
            score=self.score,
            value=self.value,
            active=self.active,
            version=int(self.version),
            created_by=self.created_by,
            created_at=datetime.fromisoformat(self.created_at),
            updated_at=datetime.fromisoformat(self.updated_at),
        )

    @classmethod
    def of(cls, rule: Rule) -> "RuleRow":
        """Return the row of a rule whose times are known."""
        created = rule.created_at or rule.updated_at or datetime.fromtimestamp(0, UTC)
        return cls(
            INTENTIONS,
            PREFIX + rule.rule_id,
            name=rule.name,
            kind=rule.kind,
            count_=rule.count,
            days=rule.days,
            match=rule.match or None,
            score=rule.score,
            value=rule.value,
            active=rule.active,
            version=rule.version,
            created_by=rule.created_by,
            created_at=rfc3339(created.astimezone(UTC)),
            updated_at=rfc3339((rule.updated_at or created).astimezone(UTC)),
        )


def rules() -> Mapping[str, Rule]:
    """Return every rule by id, as stored now: one query, by bytes."""
    rows = RuleRow.query(INTENTIONS, RuleRow.sk.startswith(PREFIX), consistent_read=True)
    return {each.rule_id: each for each in (row.entity() for row in rows)}


def rule(rule_id: str) -> Rule | None:
    """Return a rule, None when there is none. 1 RRU."""
    try:
        return RuleRow.get(INTENTIONS, PREFIX + rule_id, consistent_read=True).entity()
    except RuleRow.DoesNotExist:
        return None


kept = Kept(rules)
"""What judges events: a changed rule counts within a minute."""


def put_step(wanted: Rule, now: datetime) -> tuple[Rule, Step]:
    """Return a rule as stored then, and the step that stores it over the version read (0: a new one)."""
    at = now.astimezone(UTC).replace(microsecond=0)
    changed = replace(wanted, version=wanted.version + 1, created_at=wanted.created_at or at, updated_at=at)
    row = RuleRow.of(changed)
    unchanged = RuleRow.version == wanted.version if wanted.version else RuleRow.version.does_not_exist()

    def step(transaction: TransactWrite) -> None:
        transaction.save(row, condition=unchanged)

    return changed, step


def remove_step(known: Rule) -> Step:
    """Return the step that deletes a rule in the version read; the scores it gave stand until they expire."""
    row, unchanged = RuleRow(INTENTIONS, PREFIX + known.rule_id), RuleRow.version == known.version

    def step(transaction: TransactWrite) -> None:
        transaction.delete(row, condition=unchanged)

    return step
