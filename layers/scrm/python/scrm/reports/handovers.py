"""What came of handovers (M16): one attempt for each relation, and how its customer has stayed. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from scrm.customers.stays import Stay
from scrm.inheritance import rates
from scrm.inheritance.model import Item, PlanMode
from scrm.inheritance.rates import MOVED
from scrm.reports.formulas import ratio
from scrm.reports.happenings import DAY, state_at
from scrm.staff.model import key


@dataclass(frozen=True)
class Handed:
    """An item with what its plan says of it; `was_full`: a takeover could take no more."""

    item: Item
    plan_id: str
    mode: PlanMode
    reason: str
    was_full: bool = False


def decisive(found: Iterable[Handed], *, by_takeover: bool = False) -> list[Handed]:
    """Return the item that speaks for each relation of a plan (I10, INH-13); what was never sent for none.

    `was_full`: WeCom said so of a takeover, whatever followed. `by_takeover`: one for each takeover it was
    tried with.
    """

    def relation_of(each: Handed) -> tuple[str, ...]:
        it = each.item
        return (each.plan_id, it.external_userid, key(it.handover), key(it.takeover) if by_takeover else "")

    best, full = rates.decisive(found, lambda each: each.item, relation_of)
    return [replace(each, was_full=relation in full) for relation, each in best.items()]


@dataclass(frozen=True)
class Since:
    """How the customers who moved have stayed with the takeover, so many days later."""

    matured: int = 0
    lost: int = 0
    deleted_by_staff: int = 0
    handed_on: int = 0

    @property
    def rate(self) -> Fraction | None:
        """Return 1 - lost ÷ matured."""
        lost = ratio(self.lost, self.matured)
        return None if lost is None else 1 - lost

    def with_state(self, state: str) -> "Since":
        """Return the numbers with one more customer who moved, as `state_at` calls how they are."""
        return replace(
            self,
            matured=self.matured + 1,
            lost=self.lost + (state == "lost"),
            deleted_by_staff=self.deleted_by_staff + (state == "removed"),
            handed_on=self.handed_on + (state == "out"),
        )


def has_matured(item: Item, days: int, as_of: datetime) -> bool:
    """Return whether a customer moved so many days ago, by when the item got there."""
    return item.status in MOVED and item.at is not None and item.at + timedelta(days=days) <= as_of


def state_after(item: Item, stays: Sequence[Stay], days: int) -> str | None:
    """Return how the takeover's relation was so many days after the customer moved, None where none is known.

    Counted from the friendship that the handover began; from the item's own time where they were friends
    before.
    """
    moved = int(item.at.timestamp()) if item.at else 0
    begun = [each for each in stays if each.start is not None and each.start <= moved]
    if not begun or begun[-1].start is None:
        return None
    sent = int(item.sent_at.timestamp()) if item.sent_at else moved
    start = begun[-1].start
    return state_at(stays, start, (start if start >= sent else moved) + days * DAY)
