"""Who stays and who deletes (M1, M2): the formulas of spec 6 over distinct relations. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from scrm.reports.formulas import ratio


@dataclass(frozen=True)
class Retention:
    """A cohort of relations, looked at `d` days after the add of each (M1).

    Of `matured` were `lost`: deleted by the customer and not added again by then. Those whom staff deleted or
    handed over are not lost. `readded` had been lost and were back. `kept` are ACTIVE now; None: not known.
    """

    added: int
    matured: int
    lost: int
    deleted_by_staff: int
    handed_over: int
    readded: int
    kept: int | None

    @property
    def rate(self) -> Fraction | None:
        """Return 1 - lost ÷ matured."""
        lost = ratio(self.lost, self.matured)
        return None if lost is None else 1 - lost

    @property
    def current(self) -> Fraction | None:
        """Return ACTIVE now ÷ added."""
        return None if self.kept is None else ratio(self.kept, self.added)


@dataclass(frozen=True)
class Deletion:
    """What happened to a stock of relations in a period (M2); deletions by staff are apart.

    `added`: those who were not ACTIVE when it began. Handovers are neither add nor loss.
    """

    active_at_start: int
    added: int
    deleted: int
    deleted_by_staff: int
    transferred_in: int
    transferred_out: int

    @property
    def base(self) -> int:
        """Return those ACTIVE at the start, and those added since."""
        return self.active_at_start + self.added

    @property
    def rate(self) -> Fraction | None:
        """Return relations that customers deleted ÷ base."""
        return ratio(self.deleted, self.base)


def retention(sums: Mapping[str, int], age: int, *, current: bool = True) -> Retention:
    """Return a cohort's numbers from sums by `scrm.reports.happenings.summed`; `current`: `kept` is known."""
    return Retention(
        added=sums.get("added", 0),
        matured=sums.get(f"matured{age}", 0),
        lost=sums.get(f"lost{age}", 0),
        deleted_by_staff=sums.get(f"removed{age}", 0),
        handed_over=sums.get(f"out{age}", 0),
        readded=sums.get(f"back{age}", 0),
        kept=sums.get("kept", 0) if current else None,
    )


def deletion(sums: Mapping[str, int]) -> Deletion:
    """Return a period's numbers from sums by `scrm.reports.happenings.summed`."""
    return Deletion(
        active_at_start=sums.get("active", 0),
        added=sums.get("base", 0),
        deleted=sums.get("lost", 0),
        deleted_by_staff=sums.get("removed", 0),
        transferred_in=sums.get("in", 0),
        transferred_out=sums.get("out", 0),
    )
