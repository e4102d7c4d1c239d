"""Which ranks a move takes: its own, and as a rare exception those of its neighbours (spec CON-07). Pure."""

from collections.abc import Sequence

from scrm.library.ranks import LONGEST, between

MOST_AT_ONCE = 90
"""What fits a transaction beside the audit line."""

Place = tuple[str, str]
"""(rank, id): what a list is ordered by."""


class Crowded(ValueError):
    """More than MOST_AT_ONCE neighbours would have to move too."""


def ranks_of_move(others: Sequence[Place], index: int, moved: str) -> dict[str, str]:
    """Return the ranks to write, by id, so that `moved` comes before `others[index]`, or last.

    `others` are in order, without the one that moves. As a rule its own rank is all. Where the
    neighbours have the same rank, or ranks have grown long, those around are spread anew, as few as will do.
    Raises Crowded.
    """
    low, high = _rank(others, index - 1), _rank(others, index)
    if not high or low < high:
        rank = between(low, high)
        if len(rank) <= LONGEST:
            return {moved: rank}
    return _spread(others, index, moved)


def _rank(others: Sequence[Place], index: int) -> str:
    return others[index][0] if 0 <= index < len(others) else ""


def _spread(others: Sequence[Place], index: int, moved: str) -> dict[str, str]:
    """Return new ranks for what stands around the place, the window doubling until there is room."""
    reach = 1
    while reach <= 2 * MOST_AT_ONCE:
        first, last = max(index - reach, 0), min(index + reach, len(others))
        if last - first + 1 > MOST_AT_ONCE:
            break
        low, high = _rank(others, first - 1), _rank(others, last)
        if not high or low < high:
            ids = [each[1] for each in others[first:last]]
            ids.insert(index - first, moved)
            ranks = _between(low, high, len(ids))
            whole = first == 0 and last == len(others)
            if whole or reach * 4 > MOST_AT_ONCE or max(map(len, ranks)) <= LONGEST // 2:
                return dict(zip(ids, ranks, strict=True))
        reach *= 2
    raise Crowded(moved)


def _between(low: str, high: str, count: int) -> list[str]:
    """Return `count` ranks in order between two."""
    if count == 0:
        return []
    middle = between(low, high)
    before = count // 2
    return [*_between(low, middle, before), middle, *_between(middle, high, count - before - 1)]
