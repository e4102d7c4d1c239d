"""The rules of assignment as stored: `LEADRULES` holds each version, and which is in force; and the turns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from scrm.kept import Kept
from scrm.leads import digits
from scrm.leads.algorithms import Cursor
from scrm.leads.loads_dynamodb import Step
from scrm.leads.plain import plain_rules, rules_of
from scrm.leads.policy import RuleSet, members_of
from scrm.table import Row, in_transaction, rfc3339

RULES = "LEADRULES"
HEAD = "HEAD"
CURSORS = "CURSORS"


class VersionRow(Row):
    """One version of the rules; never changed."""

    rules: JSONAttribute = JSONAttribute()
    by = UnicodeAttribute()
    at = UnicodeAttribute()


class HeadRow(Row):
    """Which version is in force, how many there are, and how often that was changed."""

    number = NumberAttribute()
    latest = NumberAttribute()
    version = NumberAttribute()


@dataclass(frozen=True)
class Head:
    """Which version is in force, which is the latest, and how often that was changed; 0 for none."""

    number: int = 0
    latest: int = 0
    version: int = 0


@dataclass(frozen=True)
class Made:
    """That there is a version: who made it, when."""

    number: int
    by: str
    at: datetime


class CursorRow(Row):
    """Where the turns of one rule stand.

    `gained` is what its members have gathered by weights, in their order in version `rules` of the rules:
    with their names a pool of a hundred would not fit into 1 KB.
    """

    order_no = NumberAttribute(null=True)
    userid = UnicodeAttribute(null=True)
    rules = NumberAttribute(null=True)
    gained: JSONAttribute = JSONAttribute(null=True)
    version = NumberAttribute()

    def entity(self, known: RuleSet) -> Cursor:
        """Return the row as the rules know it; `known` is read again where it is not the row's version."""
        last = None if self.userid is None else (int(self.order_no or 0), self.userid)
        if not self.gained:
            return Cursor(last)
        number = int(self.rules or 0)
        rules = known if known.number == number else version(number) or RuleSet()
        values, told = self.gained
        gained = (values[each] for each in digits.of_text(told, max(2, len(values))))
        return Cursor(last, dict(zip(_names(self.sk, rules), gained, strict=False)))


def version(number: int) -> RuleSet | None:
    """Return one version of the rules; None where there is none. By bytes."""
    try:
        row = VersionRow.get(RULES, _sk(number))
    except VersionRow.DoesNotExist:
        return None
    return rules_of(row.rules, number)


def head() -> Head:
    """Return which version is in force and which is the latest, strongly. 1 RRU."""
    try:
        row = HeadRow.get(RULES, HEAD, consistent_read=True)
    except HeadRow.DoesNotExist:
        return Head()
    return Head(int(row.number), int(row.latest), int(row.version))


def made(limit: int) -> list[Made]:
    """Return the latest versions, the newest first. By bytes: a version is read to tell who made it."""
    rows = VersionRow.query(
        RULES,
        VersionRow.sk.startswith("VERSION#"),
        scan_index_forward=False,
        limit=limit,
        attributes_to_get=["PK", "SK", "by", "at"],
    )
    return [Made(int(row.sk.partition("#")[2]), row.by, datetime.fromisoformat(row.at)) for row in rows]


def add(rules: RuleSet, by: str, now: datetime) -> int:
    """Store a set of rules as the next version, in force from then on; return its number.

    Raises TransactWriteError where somebody was faster.
    """
    before = head()
    with in_transaction() as transaction:
        for step in adding(rules, before, by, now):
            step(transaction)
    in_force.forget()
    return before.latest + 1


def adding(rules: RuleSet, before: Head, by: str, now: datetime) -> list[Step]:
    """Return the steps that store a set of rules as the version after `before`, in force. By bytes, 2 WRU.

    They fail where the head is no longer as it was read.
    """
    number = before.latest + 1
    at = rfc3339(now.astimezone(UTC))
    row = VersionRow(RULES, _sk(number), rules=plain_rules(rules), by=by, at=at)
    return [
        lambda transaction: transaction.save(row, condition=VersionRow.pk.does_not_exist()),
        _head_step(before, number, number),
    ]


def activating(before: Head, number: int) -> Step:
    """Return the step that puts another version in force. 2 WRU."""
    return _head_step(before, number, before.latest)


def _head_step(before: Head, number: int, latest: int) -> Step:
    row = HeadRow(RULES, HEAD, number=number, latest=latest, version=before.version + 1)
    unchanged = HeadRow.version == before.version if before.version else HeadRow.version.does_not_exist()
    return lambda transaction: transaction.save(row, condition=unchanged)


def _load() -> RuleSet:
    number = head().number
    return (version(number) if number else None) or RuleSet()


in_force = Kept(_load)
"""The rules in force, at most a minute old."""


def cursors(rule_ids: Iterable[str], rules: RuleSet | None = None) -> dict[str, tuple[Cursor, int]]:
    """Return where the turns of rules stand, and at which version, strongly: one batch read, 1 RRU a rule.

    Turns by weights that were stored with another version than `rules` take that one's, by bytes.
    """
    known = rules or RuleSet()
    wanted = list(dict.fromkeys(rule_ids))
    found: dict[str, tuple[Cursor, int]] = {each: (Cursor(), 0) for each in wanted}
    rows = CursorRow.batch_get([(CURSORS, each) for each in wanted], consistent_read=True) if wanted else ()
    return found | {row.sk: (row.entity(known), int(row.version)) for row in rows}


def cursor_step(rule_id: str, after: Cursor, version_read: int, rules: RuleSet) -> Step:
    """Return the step that stores whose turn it was by `rules`, over the version read (G4).

    2 WRU for each KB: one is enough for a thousand members and their weights.
    """
    order_no, userid = after.last or (None, None)
    gained = _packed(after.gained, _names(rule_id, rules)) if after.gained else None
    row = CursorRow(
        CURSORS,
        rule_id,
        order_no=order_no,
        userid=userid,
        rules=rules.number if gained else None,
        gained=gained,
        version=version_read + 1,
    )
    unchanged = CursorRow.version == version_read if version_read else CursorRow.version.does_not_exist()
    return lambda transaction: transaction.save(row, condition=unchanged)


def _names(rule_id: str, rules: RuleSet) -> list[str]:
    """Return whom a rule of a set chooses among, in their order; nobody where there is no such rule."""
    rule = next((each for each in rules.rules if each.rule_id == rule_id), None)
    pool = rules.pool(rule.pool_id) if rule else None
    return [each.userid for each in members_of(rule, pool)] if rule and pool else []


def _packed(gained: Mapping[str, int], names: Sequence[str]) -> list[Any]:
    """Return what members have gathered: the values that occur, and which of them each has."""
    each_has = [gained.get(name, 0) for name in names]
    values = sorted(set(each_has))
    places = {value: place for place, value in enumerate(values)}
    # To the base of one there would be nothing to read.
    return [values, digits.as_text([places[each] for each in each_has], max(2, len(values)))]


def _sk(number: int) -> str:
    return f"VERSION#{number:06d}"
