"""How far a plan is: its items by status, reason and pair. Pure.

An item that another batch carries on with counts there alone.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from scrm.inheritance.console_models import PairOut, ProgressOut
from scrm.inheritance.model import OPEN, Item
from scrm.inheritance.plan import PlanBatch


def current(batches: Iterable[PlanBatch]) -> list[Item]:
    """Return the last item of each relation."""
    return [item for batch in batches for item in batch.items if not item.next]


def progress_of(batches: Sequence[PlanBatch]) -> ProgressOut:
    """Return how far a plan is, by what its batches say now."""
    items = current(batches)
    done = sum(1 for each in items if each.status not in OPEN)
    return ProgressOut(
        total=len(items),
        done=done,
        percent=round(100 * done / len(items), 1) if items else 0.0,
        by_status=dict(Counter(each.status for each in items)),
        by_code=dict(Counter(each.code for each in items if each.code and each.status in KEPT)),
    )


KEPT = frozenset({"SKIPPED", "REJECTED", "NO_RECORD", "LIMIT_EXCEEDED"})
"""Statuses whose code says why."""


def pairs_of(batches: Sequence[PlanBatch]) -> list[PairOut]:
    """Return how the items of each handover and takeover stand; of who was kept back the takeover is ""."""
    pairs: dict[tuple[str, str], Counter[str]] = {}
    for each in current(batches):
        pairs.setdefault((each.handover, each.takeover), Counter())[each.status] += 1
    return [
        PairOut(handover=handover, takeover=takeover, total=of.total(), by_status=dict(of))
        for (handover, takeover), of in sorted(pairs.items())
    ]
