"""Dividing whole fen by weights, exactly, by largest remainder. Pure."""

from collections.abc import Sequence


def apportion(whole: int, weights: Sequence[int]) -> list[int]:
    """Return `whole` (≥ 0) divided in proportion to `weights`; the parts always sum to it.

    Each part is its exact quota rounded down or up; who has the larger remainder is rounded up first, of
    equals the one that stands first. Raises ValueError for something to divide and no weight above 0.
    """
    total = sum(weights)
    if not whole:
        return [0 for _ in weights]
    if whole < 0 or total <= 0 or min(weights) < 0:
        raise ValueError("nothing to divide by")
    shares = [weight * whole // total for weight in weights]
    left = whole - sum(shares)
    by_remainder = sorted(range(len(weights)), key=lambda place: (-(weights[place] * whole % total), place))
    for place in by_remainder[:left]:
        shares[place] += 1
    return shares


def crossed(rows: Sequence[int], columns: Sequence[int]) -> list[list[int]]:
    """Return a table of parts ≥ 0 whose rows and columns have exactly these sums; both must sum to the same.

    Each cell is about its row's share of its column.
    """
    left = list(columns)
    table = []
    for place, whole in enumerate(rows):
        row = list(left) if place == len(rows) - 1 else apportion(whole, left)
        left = [there - taken for there, taken in zip(left, row, strict=True)]
        table.append(row)
    return table
