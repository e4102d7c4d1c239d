"""I3, I7, I10, I11 and I12 of spec 5 over the pure rules: guards, batches, the machine of an item, rates."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from scrm.inheritance.batching import batches
from scrm.inheritance.guards import Relation, skipped
from scrm.inheritance.machine import (
    FAILURES,
    RESULTS,
    NotPossible,
    not_found,
    overdue,
    resulted,
    settled,
    submitted,
)
from scrm.inheritance.model import Item
from scrm.inheritance.rates import rates

NOW = datetime.fromisoformat("2026-04-09T10:00:00+08:00")


def day(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}T10:00:00+08:00")


def item(number: int = 1, handover: str = "H", takeover: str = "T") -> Item:
    return Item(f"cu_{number}", f"wm_{number}", handover, takeover)


def test_i7_what_is_skipped_and_why() -> None:
    there = [
        Relation(pending=True),
        Relation(pending=True),
        Relation(accepted=(day("03-01"), day("02-01"))),
        Relation(friends=False),
        *[Relation() for _ in range(6)],
    ]
    codes = [skipped(each, "onjob", NOW) for each in there]
    assert codes == ["40129", "40129", "quota90", "not_friend", *[None] * 6]


@pytest.mark.parametrize(("asked", "code"), [("04-09", "quota90"), ("04-10", None)])
def test_i11_ninety_natural_days(asked: str, code: str | None) -> None:
    twice = Relation(accepted=(day("01-10"), day("03-01")))
    assert skipped(twice, "onjob", day(asked)) == code
    assert skipped(twice, "resigned", day(asked)) is None


def test_a_year_after_resignation_it_is_over() -> None:
    assert skipped(Relation(), "resigned", NOW, NOW - timedelta(days=366)) == "resigned_long_ago"
    assert skipped(Relation(), "resigned", NOW, NOW - timedelta(days=365)) is None


def test_i12_a_pair_of_230_is_three_calls() -> None:
    found = batches([(item(number), "") for number in range(230)])
    assert [len(each.items) for each in found] == [100, 100, 30]


def test_i3_nine_pairs_are_nine_calls() -> None:
    sizes = {("H1", "T1"): 60, ("H1", "T2"): 36, ("H2", "T1"): 40}
    items = [(item(n, h, t), "") for (h, t), size in sizes.items() for n in range(size)]
    assert len(batches(items)) == 3
    told = [(each, "您好" if place % 2 else "") for place, (each, _) in enumerate(items)]
    assert len(batches(told)) == 6, "groups with different notices apart"


def test_an_unknown_outcome_is_asked_for_before_it_is_sent_again() -> None:
    unknown = submitted(item(), None, NOW)
    assert (unknown.status, not_found(unknown, NOW).status) == ("UNKNOWN", "PLANNED")
    assert resulted(unknown, RESULTS[2], NOW).status == "WAITING"
    with pytest.raises(NotPossible):
        submitted(submitted(item(), 0, NOW), 0, NOW)


def test_results_in_any_order_end_alike() -> None:
    waiting = submitted(item(), 0, NOW)
    for told in permutations([RESULTS[2], RESULTS[1], RESULTS[2]]):
        it = waiting
        for status in told:
            it = resulted(it, status, NOW)
        assert it.status == "SUCCEEDED"
    assert resulted(waiting, FAILURES["customer_refused"], NOW).status == "REFUSED"
    assert settled(settled(resulted(waiting, "SUCCEEDED", NOW), NOW), NOW).status == "SETTLED"
    with pytest.raises(NotPossible):
        settled(waiting, NOW)


def test_after_72_hours_it_is_stuck_and_may_still_end() -> None:
    waiting = submitted(item(), 0, NOW)
    assert overdue(waiting, NOW + timedelta(hours=72)).status == "WAITING"
    stuck = overdue(waiting, NOW + timedelta(hours=73))
    assert (stuck.status, resulted(stuck, "SUCCEEDED", NOW).status) == ("STUCK", "SUCCEEDED")


def test_i10_rates() -> None:
    waiting = [submitted(item(n), 0, NOW) for n in range(97)]
    ends = ["SUCCEEDED"] * 90 + ["REFUSED"] * 5 + ["LIMIT_EXCEEDED"] * 2
    done = [resulted(each, end, NOW) for each, end in zip(waiting, ends, strict=True)]  # type: ignore[arg-type]
    found = rates([*done, *(submitted(item(n), 40096, NOW) for n in range(3))])
    assert (found.submitted, found.accepted) == (100, 97)
    assert [round(float(each or 0) * 100, 2) for each in (found.success, found.success_of_accepted)] == [
        90.0,
        92.78,
    ]
    assert round(float(found.refusal or 0) * 100, 2) == 5.15
