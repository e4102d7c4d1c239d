"""The latest closed leads of a hard key (spec 4.3)."""

from collections.abc import Iterable
from datetime import UTC

from pynamodb.attributes import JSONAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from scrm.leads.dedupe import Match
from scrm.leads.dynamodb import Step
from scrm.leads.model import Key, Lead
from scrm.table import Row, rfc3339

LAST = "LAST"


class LastRow(Row):
    """The latest lead of a key that was won, and the latest that was closed otherwise."""

    won: JSONAttribute = JSONAttribute(null=True)
    lost: JSONAttribute = JSONAttribute(null=True)


def closed_step(lead: Lead, key: Key) -> Step:
    """Return the step that notes a lead that closes as the latest of a key. 2 WRU."""
    row = LastRow(f"{LAST}#{'#'.join(key)}", LAST)
    place = LastRow.won if lead.status == "WON" else LastRow.lost
    return lambda transaction: transaction.update(row, actions=[place.set(_told(lead))])


def refunded_steps(lead: Lead) -> list[Step]:
    """Return the steps that note a lead that was won as lost, and no longer as won. 1 RRU and 2 WRU a key."""
    return [_refunded_step(lead, key) for key in lead.keys]


def passed_on_steps(lead: Lead) -> list[Step]:
    """Return the steps that note the owner whom a won lead has now, where it is the latest. As above."""
    return [_passed_on_step(key, lead, won) for key in lead.keys if (won := _won(key)) and _is_of(lead, won)]


def _passed_on_step(key: Key, lead: Lead, won: Match) -> Step:
    row = LastRow(f"{LAST}#{'#'.join(key)}", LAST)
    actions: list[Action] = [LastRow.won.set(_told(lead))]
    return lambda transaction: transaction.update(row, actions=actions, condition=_as_read(won))


def _won(key: Key) -> Match | None:
    return next((each for each in last([key]) if each.status == "WON"), None)


def _is_of(lead: Lead, won: Match) -> bool:
    return won.lead_id == lead.lead_id


def _as_read(won: Match) -> Condition:
    return LastRow.won == [won.lead_id, won.status, won.owner, won.closed_at]


def _refunded_step(lead: Lead, key: Key) -> Step:
    """Return the step of one key: what was won is forgotten where it is this lead, and as it was read."""
    won = _won(key)
    row = LastRow(f"{LAST}#{'#'.join(key)}", LAST)
    actions: list[Action] = [LastRow.lost.set(_told(lead))]
    if won is None or not _is_of(lead, won):
        return lambda transaction: transaction.update(row, actions=actions)
    actions += [LastRow.won.remove()]
    return lambda transaction: transaction.update(row, actions=actions, condition=_as_read(won))


def _told(lead: Lead) -> list[str]:
    at = rfc3339(lead.closed_at.astimezone(UTC)) if lead.closed_at else ""
    return [lead.lead_id, lead.status, lead.owner, at]


def last(keys: Iterable[Key]) -> list[Match]:
    """Return the latest closed leads of keys: one batch read, 1 RRU a key."""
    wanted = [(f"{LAST}#{'#'.join(each)}", LAST) for each in keys]
    rows = LastRow.batch_get(wanted, consistent_read=True) if wanted else ()
    return [Match(*told) for row in rows for told in (row.won, row.lost) if told]
