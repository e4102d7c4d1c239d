"""Rows of what we put on a customer's relations to show their segments: `PROJECTED#<customer_id>`/`TAGS`.

One process at a time shows a customer: it holds the row until it is done, or until it must be dead.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeSetAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from scrm.table import Row

TAGS = "TAGS"
HELD = timedelta(seconds=90)
"""Longer than a function runs."""


class Held(Exception):
    """Another process shows this customer just now."""


class ProjectedRow(Row):
    """The corp tags that were put on a customer for their segments. None were while there is no row."""

    tags = UnicodeSetAttribute(null=True)
    held_until = NumberAttribute(null=True)


def projected(customer_id: str) -> frozenset[str]:
    """Return the tags that were put on a customer, or were about to be. 1 RRU."""
    try:
        return frozenset(ProjectedRow.get(_pk(customer_id), TAGS, consistent_read=True).tags or ())
    except ProjectedRow.DoesNotExist:
        return frozenset()


def hold(customer_id: str, now: datetime) -> tuple[frozenset[str], float]:
    """Hold a customer; return the tags that were put on them, and what `release` is told. 1 WRU.

    Raises Held while another process does.
    """
    row = ProjectedRow(_pk(customer_id), TAGS)
    until = (now + HELD).timestamp()
    free = ProjectedRow.held_until.does_not_exist() | (ProjectedRow.held_until < now.timestamp())
    try:
        row.update([ProjectedRow.held_until.set(until)], condition=free)
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            raise Held(customer_id) from None
        raise
    return frozenset(row.tags or ()), until


def add(customer_id: str, tags: Collection[str]) -> None:
    """Record tags that are about to be put on a customer. Safe to repeat. 1 WRU."""
    ProjectedRow(_pk(customer_id), TAGS).update([ProjectedRow.tags.add(set(tags))])


def release(customer_id: str, until: float, gone: Collection[str] = ()) -> None:
    """Let go of a customer, and record the tags that were taken off. Does nothing for who no longer holds."""
    done: list[Action] = [ProjectedRow.held_until.remove()]
    if gone:
        done.append(ProjectedRow.tags.delete(set(gone)))
    try:
        ProjectedRow(_pk(customer_id), TAGS).update(done, condition=ProjectedRow.held_until == until)
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def _pk(customer_id: str) -> str:
    return f"PROJECTED#{customer_id}"
