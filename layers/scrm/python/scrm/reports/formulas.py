"""The formulas of spec 6 that speak of leads and money (M3 to M6, M13) and the fairness of 4.7. Pure; fen.

A ratio of nothing is None. Ratios are exact until they are shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

FUNNEL: tuple[str, ...] = (
    "scan",
    "add",
    "inbound",
    "lead",
    "potential",
    "intention",
    "signed",
    "paid",
)
"""The steps of a channel's funnel (M3): intention is need or intention."""


def ratio(part: float | Fraction, whole: float | Fraction) -> Fraction | None:
    """Return part ÷ whole; None where the whole is nothing."""
    return Fraction(part) / Fraction(whole) if whole else None


def shown(value: Fraction | None) -> float | None:
    """Return a ratio as it is shown, with four places."""
    return None if value is None else round(float(value), 4)


def funnel(reached: Iterable[str], scans: int | None = None) -> list[int | None]:
    """Return how many got to each step or beyond, of the furthest step of each customer: skipped ones count.

    Of scans there is but a number, or none where nobody counts them.
    """
    places = [FUNNEL.index(each) for each in reached]
    counts: list[int | None] = [sum(place >= step for place in places) for step in range(1, len(FUNNEL))]
    return [scans, *counts]


def step_rates(counts: Sequence[int | None]) -> list[Fraction | None]:
    """Return each step ÷ the one before: one fewer than there are steps."""
    pairs = pairwise(counts)
    return [None if one is None or other is None else ratio(other, one) for one, other in pairs]


def rate_between(counts: Sequence[int | None], first: str, last: str) -> Fraction | None:
    """Return one step ÷ an earlier one."""
    one, other = counts[FUNNEL.index(first)], counts[FUNNEL.index(last)]
    return None if one is None or other is None else ratio(other, one)


@dataclass(frozen=True)
class UnitCost:
    """What one of something has cost (M4): a valid lead (CPL), an add, a customer who paid first (CAC)."""

    cost_fen: int
    leads: int
    adds: int
    customers: int

    @property
    def per_lead(self) -> Fraction | None:
        """Return cost ÷ valid leads."""
        return ratio(self.cost_fen, self.leads)

    @property
    def per_add(self) -> Fraction | None:
        """Return cost ÷ adds."""
        return ratio(self.cost_fen, self.adds)

    @property
    def per_customer(self) -> Fraction | None:
        """Return cost ÷ customers who paid for the first time."""
        return ratio(self.cost_fen, self.customers)


@dataclass(frozen=True)
class CohortReturn:
    """What the leads of one month have brought by the k-th month after (M5)."""

    cost_fen: int
    revenue_fen: tuple[int, ...]

    @property
    def total_fen(self) -> tuple[int, ...]:
        """Return the sums up to each month."""
        return tuple(sum(self.revenue_fen[: place + 1]) for place in range(len(self.revenue_fen)))

    @property
    def returns(self) -> tuple[Fraction | None, ...]:
        """Return the sum up to each month ÷ what that month's leads cost."""
        return tuple(ratio(each, self.cost_fen) for each in self.total_fen)

    @property
    def payback(self) -> int | None:
        """Return the first month by which at least the cost came back; None while it has not."""
        back = (place for place, each in enumerate(self.returns) if each is not None and each >= 1)
        return next(back, None)


def roi(net_fen: int, cost_fen: int) -> Fraction | None:
    """Return (net revenue - cost) ÷ cost (M6)."""
    return ratio(net_fen - cost_fen, cost_fen)


def roas(net_fen: int, cost_fen: int) -> Fraction | None:
    """Return revenue ÷ cost (M6)."""
    return ratio(net_fen, cost_fen)


@dataclass(frozen=True)
class Value:
    """What customers are worth (M13); `orders` are each customer's paid orders of the time."""

    net_fen: int
    orders: Mapping[str, int]
    due: int = 0
    renewed: int = 0

    @property
    def arpu(self) -> Fraction | None:
        """Return net revenue ÷ customers who paid."""
        return ratio(self.net_fen, len(self.orders))

    @property
    def order_value(self) -> Fraction | None:
        """Return net revenue ÷ paid orders (AOV)."""
        return ratio(self.net_fen, sum(self.orders.values()))

    @property
    def repeat_rate(self) -> Fraction | None:
        """Return customers of two paid orders or more ÷ customers who paid."""
        return ratio(sum(each >= 2 for each in self.orders.values()), len(self.orders))

    @property
    def renewal_rate(self) -> Fraction | None:
        """Return contracts that were renewed ÷ those that ended."""
        return ratio(self.renewed, self.due)


def jain(given: Sequence[tuple[int, int]]) -> Fraction | None:
    """Return Jain's index of (leads, weight) of the members of a pool: 1 is perfectly fair (4.7, F3)."""
    shares = [Fraction(leads, weight) for leads, weight in given if weight]
    squares = sum((each * each for each in shares), Fraction())
    return ratio(sum(shares, Fraction()) ** 2, len(shares) * squares) if squares else None
