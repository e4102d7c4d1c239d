"""What came of a plan (M16, I10): rates over its items. Pure."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from scrm.inheritance.model import Item, ItemStatus
from scrm.staff.model import key

T = TypeVar("T")
MOVED: frozenset[ItemStatus] = frozenset({"SUCCEEDED", "SETTLED"})

SUBMITTED: frozenset[ItemStatus] = frozenset(
    {
        "WAITING",
        "UNKNOWN",
        "STUCK",
        "REJECTED",
        "SUCCEEDED",
        "REFUSED",
        "LIMIT_EXCEEDED",
        "NO_RECORD",
        "SETTLED",
    }
)


@dataclass(frozen=True)
class Rates:
    """Numbers of a plan; ratios of nothing are None."""

    submitted: int
    accepted: int
    succeeded: int
    refused: int
    limited: int

    @property
    def success(self) -> Fraction | None:
        """Return succeeded ÷ submitted."""
        return Fraction(self.succeeded, self.submitted) if self.submitted else None

    @property
    def success_of_accepted(self) -> Fraction | None:
        """Return succeeded ÷ those that WeCom took."""
        return Fraction(self.succeeded, self.accepted) if self.accepted else None

    @property
    def refusal(self) -> Fraction | None:
        """Return refused ÷ those that WeCom took."""
        return Fraction(self.refused, self.accepted) if self.accepted else None


def of_relations(items: Iterable[Item]) -> Rates:
    """Return the numbers of relations, each once however often it was tried (I10, INH-13)."""
    best, full = decisive(items, lambda each: each, lambda each: (key(each.handover), each.external_userid))
    return replace(rates(best.values()), limited=len(full))


def decisive(
    found: Iterable[T], item_of: Callable[[T], Item], relation_of: Callable[[T], Hashable]
) -> tuple[dict[Hashable, T], set[Hashable]]:
    """Return what speaks for each relation that was submitted, and those for which a takeover was full once.

    The attempt that succeeded speaks for it, else the latest that was submitted: one that is planned anew
    stays what it was until it is sent (I10, INH-13).
    """
    best: dict[Hashable, T] = {}
    full: set[Hashable] = set()
    for each in found:
        item, relation = item_of(each), relation_of(each)
        if item.status not in SUBMITTED:
            continue
        if item.status == "LIMIT_EXCEEDED":
            full.add(relation)
        if relation not in best or _rank(item) >= _rank(item_of(best[relation])):
            best[relation] = each
    return best, full


def _rank(item: Item) -> tuple[bool, int]:
    return item.status in MOVED, item.attempt


def rates(items: Iterable[Item]) -> Rates:
    """Return the numbers of items that were sent; what was skipped counts in none."""
    of = Counter(each.status for each in items)
    submitted = sum(of[each] for each in SUBMITTED)
    succeeded = of["SUCCEEDED"] + of["SETTLED"]
    return Rates(submitted, submitted - of["REJECTED"], succeeded, of["REFUSED"], of["LIMIT_EXCEEDED"])
