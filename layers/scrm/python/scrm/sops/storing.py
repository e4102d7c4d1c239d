"""Storing what a change makes of a bar, anew where others were faster."""

from collections.abc import Callable

from scrm.sops.dynamodb import EnrollmentChanged, of_subject, save
from scrm.sops.enrollment import Enrollment

ATTEMPTS = 6


class Contended(Exception):
    """Others kept changing the enrollment; the message is delivered again."""


def until_stored(it: Enrollment, change: Callable[[Enrollment], Enrollment]) -> Enrollment | None:
    """Store what `change` makes of a bar and return it as stored; None for one that is there no longer.

    What the change leaves as it is, is not written. Raises Contended, and whatever the change raises.
    """
    for _ in range(ATTEMPTS):
        after = change(it)
        if after == it:
            return it
        try:
            return save(after, it)
        except EnrollmentChanged:
            there = as_it_is(it)
            if there is None:
                return None
            it = there
    raise Contended


def as_it_is(it: Enrollment) -> Enrollment | None:
    """Return a cycle as it is stored now, wherever that is; None where it is no longer. By bytes."""
    return next((each for each in of_subject(it.subject) if is_same(each, it)), None)


def is_same(one: Enrollment, other: Enrollment) -> bool:
    """Return whether both are one cycle of one customer in one SOP."""
    return (one.subject, one.sop_id, one.cycle) == (other.subject, other.sop_id, other.cycle)
