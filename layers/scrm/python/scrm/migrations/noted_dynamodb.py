"""Phones that members have noted of their friends: `NOTED#<phone>`, with the relations it is noted on.

It follows from the relations' stream. Adding to a set and taking from it may be repeated; a phone that no
relation notes any more has no row.
"""

from collections.abc import Iterable

from pynamodb.attributes import UnicodeSetAttribute
from pynamodb.exceptions import DeleteError, UpdateError

from scrm.table import Row

NOTED = "NOTED"


class NotedRow(Row):
    """One phone and `<external_userid>#<userid, lower case>` of each relation it is noted on."""

    relations = UnicodeSetAttribute(null=True)


def note(phone: str, relation: str) -> None:
    """Record that a phone is noted on a relation. Safe to repeat. 1 WRU."""
    NotedRow(_pk(phone), NOTED).update(actions=[NotedRow.relations.add({relation})])


def forget(phone: str, relations: Iterable[str]) -> None:
    """Record that a phone is noted on these relations no longer. Safe to repeat. 2 WRU."""
    row = NotedRow(_pk(phone), NOTED)
    try:
        row.update(actions=[NotedRow.relations.delete(set(relations))], condition=NotedRow.pk.exists())
        NotedRow(_pk(phone), NOTED).delete(condition=NotedRow.relations.does_not_exist())
    except (UpdateError, DeleteError) as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def noted(phones: Iterable[str]) -> frozenset[str]:
    """Return which phones are noted of somebody: a batch read for each 100, 0.5 RRU each."""
    keys = [(_pk(each), NOTED) for each in dict.fromkeys(phones)]
    return frozenset(row.pk.partition("#")[2] for row in NotedRow.batch_get(keys) if row.relations)


def _pk(phone: str) -> str:
    return f"{NOTED}#{phone}"
