"""M16: one attempt stands for a relation; retention is counted from the day the customer moved."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from scrm.customers.stays import Stay
from scrm.inheritance.model import Item, ItemStatus
from scrm.reports.handovers import Handed, Since, decisive, has_matured, state_after

AT = datetime(2026, 3, 3, 2, tzinfo=UTC)
MOVED = int(AT.timestamp())
DAY = 86_400


def handed(status: ItemStatus, attempt: int = 1, takeover: str = "T1") -> Handed:
    return Handed(Item("c", "wm", "H", takeover, status, attempt=attempt), "p", "onjob", "resign")


@pytest.mark.parametrize(
    ("attempts", "expected"),
    [
        (["LIMIT_EXCEEDED", "PLANNED"], "LIMIT_EXCEEDED"),
        (["LIMIT_EXCEEDED", "WAITING"], "WAITING"),
        (["REJECTED", "REFUSED"], "REFUSED"),
        (["SETTLED", "REJECTED"], "SETTLED"),
        (["SKIPPED"], None),
    ],
)
def test_one_attempt_stands_for_a_relation(attempts: list[ItemStatus], expected: str | None) -> None:
    found = decisive(handed(status, number) for number, status in enumerate(attempts, 1))
    assert [each.item.status for each in found] == ([expected] if expected else [])


def test_by_takeover_each_has_what_was_tried_with_them() -> None:
    tried = [handed("LIMIT_EXCEEDED"), handed("SETTLED", 2, "T2")]
    (one,) = decisive(tried)
    assert (one.item.takeover, one.was_full) == ("T2", True)
    both = [(each.item.takeover, each.was_full) for each in decisive(tried, by_takeover=True)]
    assert both == [("T1", True), ("T2", False)]


def test_retention_counts_from_the_friendship_that_the_handover_began() -> None:
    item = Item("c", "wm", "H", "T", "SETTLED", at=AT + timedelta(hours=5), sent_at=AT - timedelta(days=1))
    lost = Stay(MOVED, left_at=MOVED + 30 * DAY, assigned=True)
    assert [state_after(item, (lost,), days) for days in (29, 30)] == ["", "lost"]
    before = Stay(MOVED - 90 * DAY, left_at=MOVED + 30 * DAY)
    assert [state_after(item, (before,), days) for days in (29, 30)] == ["", "lost"]
    assert state_after(item, (), 30) is None
    assert state_after(item, (Stay(MOVED, moved_at=MOVED + DAY),), 30) == "out"


def test_who_has_matured_and_what_it_comes_to() -> None:
    item = Item("c", "wm", "H", "T", "SUCCEEDED", at=AT)
    assert [has_matured(item, 30, AT + timedelta(days=days)) for days in (29, 30)] == [False, True]
    assert not has_matured(handed("REFUSED").item, 0, AT)
    found = Since().with_state("lost").with_state("").with_state("out").with_state("removed")
    assert (found.matured, found.lost, found.rate) == (4, 1, Fraction(3, 4))
    assert Since().rate is None
