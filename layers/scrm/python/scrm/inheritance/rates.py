"""What came of a plan (M16, I10): rates over its items. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
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
    """Return the numbers of relations, each once however often it was tried (I10).

    Taken by WeCom once, it counts as taken; refused is who refused at last; whose takeover was full once
    counts as such, also where the next one took them.
    """
    tries: dict[tuple[str, str], list[Item]] = {}
    for each in items:
        if each.status in SUBMITTED or (each.status == "PLANNED" and each.attempt > 1):
            tries.setdefault((each.handover, each.external_userid), []).append(each)
    all_of = [{each.status for each in those} for those in tries.values()]
    last = [next((each.status for each in those if not each.next), "") for those in tries.values()]
    submitted = [of for of in all_of if of & SUBMITTED]
    return Rates(
        len(submitted),
        sum(1 for of in submitted if of & SUBMITTED - {"REJECTED"}),
        sum(1 for of in submitted if of & {"SUCCEEDED", "SETTLED"}),
        last.count("REFUSED"),
        sum(1 for of in submitted if "LIMIT_EXCEEDED" in of),
    )


def rates(items: Iterable[Item]) -> Rates:
    """Return the numbers of items that were sent; what was skipped counts in none."""
    of = Counter(each.status for each in items)
    submitted = sum(of[each] for each in SUBMITTED)
    succeeded = of["SUCCEEDED"] + of["SETTLED"]
    return Rates(submitted, submitted - of["REJECTED"], succeeded, of["REFUSED"], of["LIMIT_EXCEEDED"])
