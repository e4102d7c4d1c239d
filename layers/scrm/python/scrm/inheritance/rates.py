"""What came of a plan (M16, I10): rates over its items. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from scrm.inheritance.model import Item, ItemStatus

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
    """Return the numbers of relations, each once however often it was tried (I10, INH-13).

    The attempt that succeeded speaks for a relation, else the latest that was submitted: one that is planned
    anew stays what it was until it is sent. Whose takeover was full once counts as such also afterwards.
    """
    best: dict[tuple[str, str], Item] = {}
    limited: set[tuple[str, str]] = set()
    for each in items:
        relation = each.handover, each.external_userid
        if each.status == "LIMIT_EXCEEDED":
            limited.add(relation)
        if each.status in SUBMITTED and (relation not in best or _rank(each) >= _rank(best[relation])):
            best[relation] = each
    return replace(rates(best.values()), limited=len(limited))


def _rank(item: Item) -> tuple[bool, int]:
    return item.status in {"SUCCEEDED", "SETTLED"}, item.attempt


def rates(items: Iterable[Item]) -> Rates:
    """Return the numbers of items that were sent; what was skipped counts in none."""
    of = Counter(each.status for each in items)
    submitted = sum(of[each] for each in SUBMITTED)
    succeeded = of["SUCCEEDED"] + of["SETTLED"]
    return Rates(submitted, submitted - of["REJECTED"], succeeded, of["REFUSED"], of["LIMIT_EXCEEDED"])
