"""The rules of assignment as stored: `LEADRULES` holds each version, and which is in force; and the turns."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from pydantic import TypeAdapter
from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from scrm.kept import Kept
from scrm.leads.algorithms import Cursor
from scrm.leads.loads_dynamodb import Step
from scrm.leads.policy import RuleSet
from scrm.table import Row, in_transaction, rfc3339

RULES = "LEADRULES"
HEAD = "HEAD"
CURSORS = "CURSORS"

_RULE_SET = TypeAdapter(RuleSet)


class VersionRow(Row):
    """One version of the rules; never changed."""

    rules: JSONAttribute = JSONAttribute()
    by = UnicodeAttribute()
    at = UnicodeAttribute()


class HeadRow(Row):
    """Which version is in force, and how many there are."""

    number = NumberAttribute()
    latest = NumberAttribute()


class CursorRow(Row):
    """Where the turns of one rule stand."""

    order_no = NumberAttribute(null=True)
    userid = UnicodeAttribute(null=True)
    gained: JSONAttribute = JSONAttribute(null=True)
    version = NumberAttribute()

    def entity(self) -> Cursor:
        """Return the row as the rules know it."""
        last = None if self.userid is None else (int(self.order_no or 0), self.userid)
        return Cursor(last, {name: int(each) for name, each in (self.gained or {}).items()})


def version(number: int) -> RuleSet | None:
    """Return one version of the rules; None where there is none. By bytes."""
    try:
        row = VersionRow.get(RULES, _sk(number))
    except VersionRow.DoesNotExist:
        return None
    return rules_of(row.rules, number)


def head() -> tuple[int, int]:
    """Return which version is in force and which is the latest, strongly; 0 for none. 1 RRU."""
    try:
        row = HeadRow.get(RULES, HEAD, consistent_read=True)
    except HeadRow.DoesNotExist:
        return 0, 0
    return int(row.number), int(row.latest)


def add(rules: RuleSet, by: str, now: datetime, steps: Iterable[Step] = ()) -> int:
    """Store a set of rules as the next version, in force from then on with `steps`; return its number.

    Raises TransactWriteError where somebody was faster.
    """
    before = head()
    number = before[1] + 1
    row = VersionRow(RULES, _sk(number), rules=plain_rules(rules), by=by, at=rfc3339(now.astimezone(UTC)))
    unchanged = HeadRow.latest == before[1] if before[1] else HeadRow.latest.does_not_exist()
    with in_transaction() as transaction:
        transaction.save(row, condition=VersionRow.pk.does_not_exist())
        transaction.save(HeadRow(RULES, HEAD, number=number, latest=number), condition=unchanged)
        for step in steps:
            step(transaction)
    in_force.forget()
    return number


def _load() -> RuleSet:
    number, _ = head()
    return (version(number) if number else None) or RuleSet()


in_force = Kept(_load)
"""The rules in force, at most a minute old."""


def cursors(rule_ids: Iterable[str]) -> dict[str, tuple[Cursor, int]]:
    """Return where the turns of rules stand, and at which version, strongly: one batch read, 1 RRU a rule."""
    wanted = list(dict.fromkeys(rule_ids))
    found: dict[str, tuple[Cursor, int]] = {each: (Cursor(), 0) for each in wanted}
    rows = CursorRow.batch_get([(CURSORS, each) for each in wanted], consistent_read=True) if wanted else ()
    return found | {row.sk: (row.entity(), int(row.version)) for row in rows}


def cursor_step(rule_id: str, after: Cursor, version_read: int) -> Step:
    """Return the step that stores whose turn it was, over the version read (G4). 2 WRU for each KB."""
    order_no, userid = after.last or (None, None)
    row = CursorRow(
        CURSORS,
        rule_id,
        order_no=order_no,
        userid=userid,
        gained=dict(after.gained) or None,
        version=version_read + 1,
    )
    unchanged = CursorRow.version == version_read if version_read else CursorRow.version.does_not_exist()
    return lambda transaction: transaction.save(row, condition=unchanged)


def rules_of(plain: object, number: int) -> RuleSet:
    """Return a set of rules from its plain values."""
    found: RuleSet = _RULE_SET.validate_python({**dict(plain), "number": number})  # type: ignore[call-overload]
    return found


def plain_rules(rules: RuleSet) -> dict[str, object]:
    """Return a set of rules as plain values, without its number."""
    plain: dict[str, object] = json.loads(_RULE_SET.dump_json(rules, exclude_defaults=True))
    plain.pop("number", None)
    return plain


def _sk(number: int) -> str:
    return f"VERSION#{number:06d}"
