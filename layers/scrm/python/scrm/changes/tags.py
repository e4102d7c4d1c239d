"""What follows for tags: from a relation, when each was last used; from what a customer does, rules. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

from scrm.changes.effects import RuleMet, TagsUsed
from scrm.customers.model import Relation
from scrm.tagging.rules import Rule, met
from scrm.timeline.model import Entry


def tags_used(old: Relation | None, new: Relation | None) -> list[TagsUsed]:
    """Return the tags that a relation has and had not."""
    if new is None:
        return []
    more = sorted(set(new.tags) - set(old.tags if old else ()))
    at = new.updated_at or datetime.fromtimestamp(0, UTC)
    return [TagsUsed(tuple(more), at)] if more else []


def rules_met(customer_id: str, entry: Entry, rules: Sequence[Rule]) -> list[RuleMet]:
    """Return the rules that an entry of a customer's trace meets."""
    return [RuleMet(each, customer_id) for each in met(rules, entry.kind, entry.at, entry.facts)]
