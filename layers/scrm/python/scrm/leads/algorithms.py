"""Whose turn it is: the algorithms of assignment (spec 4.2). Pure; the cursor goes in and comes out.

Every function takes the eligible members alone. Ties go by what the spec says, and in the end by the
configured order and the userid, so that the same lead at the same moment goes to the same member.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Literal, get_args

from scrm.leads.candidates import Candidate

Algorithm = Literal["round_robin", "weighted", "load_ratio", "least_open"]
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Cursor:
    """Where the turns of a rule stand.

    `last` is the place (order number, userid) of who had the last turn, so that joins and leaves shift
    nobody; `gained` is what each member has gathered under smooth weighted round robin.
    """

    last: tuple[int, str] | None = None
    gained: Mapping[str, int] = field(default_factory=dict)


def pick(algorithm: Algorithm, eligible: Sequence[Candidate], cursor: Cursor) -> tuple[Candidate, Cursor]:
    """Return who gets the lead, and the cursor after. Raises ValueError when nobody is eligible."""
    if not eligible:
        raise ValueError("nobody is eligible")
    if algorithm == "round_robin":
        return _round_robin(eligible, cursor)
    if algorithm == "weighted":
        return _weighted(eligible, cursor)
    chosen = min(eligible, key=_load_ratio if algorithm == "load_ratio" else _least_open)
    return chosen, replace(cursor, last=chosen.place)


def _round_robin(eligible: Sequence[Candidate], cursor: Cursor) -> tuple[Candidate, Cursor]:
    """The first strictly after who had the last turn, cyclically."""
    in_order = sorted(eligible, key=lambda each: each.place)
    after = [each for each in in_order if cursor.last is None or each.place > cursor.last]
    chosen = (after or in_order)[0]
    return chosen, replace(cursor, last=chosen.place)


def _weighted(eligible: Sequence[Candidate], cursor: Cursor) -> tuple[Candidate, Cursor]:
    """Smooth weighted round robin: all gain their weight, the richest is chosen and pays the sum.

    Members who are not eligible neither gain nor count in the sum.
    """
    in_order = sorted(eligible, key=lambda each: each.place)
    gained = {**cursor.gained}
    for each in in_order:
        gained[each.userid] = gained.get(each.userid, 0) + each.weight
    chosen = max(in_order, key=lambda each: gained[each.userid])
    gained[chosen.userid] -= sum(each.weight for each in in_order)
    return chosen, Cursor(chosen.place, gained)


def _load_ratio(each: Candidate) -> tuple[Fraction, datetime, str]:
    ratio = Fraction(each.open, each.max_open) if each.max_open else Fraction(0)
    return ratio, each.last_assigned_at or _NEVER, each.userid


def _least_open(each: Candidate) -> tuple[int, datetime, str]:
    return each.open, each.last_assigned_at or _NEVER, each.userid
