"""Pull, not push: an event of the customer, or somebody else's agreement (OAE-10)."""

from datetime import UTC, datetime, timedelta

import pytest

from scrm.pushes.model import Target, Terms, judged, needs_approval

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
TERMS = Terms()


def target(event_at=None, pairs=("lisi#wm1",), **more):
    return Target("cu_1", "wm1", pairs, event_at, **more)


@pytest.mark.parametrize(
    ("event_at", "skipped"),
    [
        (NOW - 48 * HOUR, {}),
        (NOW - 48 * HOUR - timedelta(seconds=1), {"wm1": "no_recent_event"}),
        (NOW, {}),
        (None, {"wm1": "no_recent_event"}),
    ],
)
def test_oae_10_one_customer_is_written_to_within_48_hours_of_their_own_act(event_at, skipped):
    kept, told = judged([target(event_at)], NOW, TERMS, approved=False)
    assert (told, len(kept)) == (skipped, 0 if skipped else 1)


def test_oae_10_what_was_approved_needs_no_event_and_who_opted_out_is_left_out_all_the_same():
    people = [target(), target(NOW, opted_out=True), target(NOW, pairs=())]
    people = [Target(f"cu_{n}", f"wm{n}", e.pairs, e.event_at, e.opted_out) for n, e in enumerate(people)]
    kept, told = judged(people, NOW, TERMS, approved=True)
    assert [each.external_userid for each in kept] == ["wm0"]
    assert told == {"wm1": "opted_out", "wm2": "not_active"}


def test_oae_10_more_than_20_customers_need_approval():
    assert [needs_approval(count, TERMS) for count in (1, 20, 21)] == [False, False, True]
