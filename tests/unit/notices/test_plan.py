"""When notices go out, and which of them together: NTF-03, NTF-04, NTF-05."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from scrm.notices.model import Kind, Notice, notice
from scrm.notices.plan import Rules, Waiting, due, plan
from scrm.notices.window import SendWindow

MORNING = datetime.fromisoformat("2026-03-02T10:15:00+08:00")
RULES = Rules()


def one(kind: Kind, source: str, at: datetime = MORNING, **more) -> Waiting:
    return Waiting(notice(kind, "ZhangSan", at, source, **more), at)


def sent(count: int, at: datetime, *, urgent: bool = True) -> SendWindow:
    window = SendWindow()
    for _ in range(count):
        window = window.with_one(at, urgent=urgent)
    return window


def test_an_urgent_notice_goes_at_once():
    decided = plan([one("new_customer", "e1")], SendWindow(), RULES, MORNING)

    assert [each.kind for each in decided.send] == ["new_customer"]
    assert decided.due is None


def test_ten_dues_within_half_an_hour_become_one_digest_at_its_end():
    dues = [one("due_task", f"t{n}", MORNING + timedelta(minutes=3 * n)) for n in range(10)]
    end = MORNING + timedelta(minutes=30)

    before = plan(dues, SendWindow(), RULES, end - timedelta(seconds=1))
    at_its_end = plan(dues, SendWindow(), RULES, end)

    assert before.send == ()
    assert before.due == end
    assert len(at_its_end.send) == 10
    assert at_its_end.waiting == ()


def test_the_31st_message_of_a_minute_waits_for_the_next_minute():
    window = sent(29, MORNING)
    now = MORNING + timedelta(seconds=20)

    thirtieth = plan([one("new_customer", "e30", now)], window, RULES, now)
    full = window.with_one(now, urgent=True)
    next_one = plan([one("new_customer", "e31", now)], full, RULES, now)

    assert len(thirtieth.send) == 1
    assert next_one.send == ()
    assert next_one.due == datetime.fromisoformat("2026-03-02T10:16:00+08:00")
    assert len(plan([one("new_customer", "e31", now)], full, RULES, next_one.due).send) == 1


def test_those_held_back_by_the_minute_travel_as_one_message():
    held = [one("new_customer", f"e{n}") for n in range(5)]

    assert len(plan(held, SendWindow(), RULES, MORNING + timedelta(minutes=1)).send) == 5


def test_a_send_in_the_last_seconds_of_a_minute_counts_in_the_next_too():
    end = datetime.fromisoformat("2026-03-02T10:15:59+08:00")
    window = sent(30, end)

    assert window.opens_at(end + timedelta(seconds=1)) == datetime.fromisoformat("2026-03-02T10:17:00+08:00")


def test_a_thousand_an_hour_and_not_one_more():
    window = SendWindow()
    start = datetime.fromisoformat("2026-03-02T10:00:00+08:00")
    allowed = 0
    for second in range(3600):
        now = start + timedelta(seconds=second)
        if window.opens_at(now) <= now:
            window = window.with_one(now, urgent=True)
            allowed += 1

    assert allowed == 1000
    assert window.opens_at(start + timedelta(minutes=59)) == start + timedelta(hours=1)


def test_no_minute_ever_sees_more_than_thirty():
    window = SendWindow()
    minutes: dict[int, int] = {}
    for tenth in range(3000):
        now = MORNING + timedelta(milliseconds=100 * tenth)
        if window.opens_at(now) <= now:
            window = window.with_one(now, urgent=True)
            minute = int(now.timestamp()) // 60
            minutes[minute] = minutes.get(minute, 0) + 1

    assert max(minutes.values()) == 30
    assert len(minutes) == 5


def test_quiet_hours_keep_what_is_not_urgent_until_nine():
    night = datetime.fromisoformat("2026-03-02T22:00:00+08:00")
    nine = datetime.fromisoformat("2026-03-03T09:00:00+08:00")
    deleted, urgent = one("deleted_by_customer", "e1", night), one("new_customer", "e2", night)

    decided = plan([deleted, urgent], SendWindow(), RULES, night)
    later = night + timedelta(hours=1)

    assert decided.send == (urgent.notice,)
    assert decided.due == nine
    assert plan([deleted], SendWindow(), RULES, later).send == ()
    assert plan([deleted], SendWindow(), RULES, nine).send == (deleted.notice,)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-02T20:40:00+08:00", "2026-03-03T09:00:00+08:00"),
        ("2026-03-03T03:00:00+08:00", "2026-03-03T09:00:00+08:00"),
        ("2026-03-03T08:45:00+08:00", "2026-03-03T09:15:00+08:00"),
        ("2028-02-28T23:00:00+08:00", "2028-02-29T09:00:00+08:00"),
        ("2026-12-31T23:00:00+08:00", "2027-01-01T09:00:00+08:00"),
        ("2026-03-02T12:00:00+08:00", "2026-03-02T12:30:00+08:00"),
    ],
)
def test_a_digest_is_due_at_the_end_of_its_window_or_of_the_quiet_hours(at: str, expected: str):
    start = datetime.fromisoformat(at)

    assert due([one("order_paid", "o1", start)], SendWindow(), RULES, start) == datetime.fromisoformat(
        expected
    )


def test_equal_ends_switch_quiet_hours_off():
    night = datetime.fromisoformat("2026-03-02T22:00:00+08:00")
    awake = replace(RULES, quiet_start=RULES.quiet_end)

    assert due([one("order_paid", "o1", night)], SendWindow(), awake, night) == night + timedelta(minutes=30)


def test_beyond_the_days_maximum_digests_wait_for_the_next_morning_and_urgent_ones_do_not():
    full = sent(RULES.daily_max, MORNING - timedelta(minutes=20), urgent=False)
    now = MORNING + timedelta(minutes=30)

    digest = plan([one("order_paid", "o1")], full, RULES, now)
    urgent = plan([one("new_customer", "e1", now)], full, RULES, now)

    assert digest.send == ()
    assert digest.due == datetime.fromisoformat("2026-03-03T09:00:00+08:00")
    assert len(urgent.send) == 1


def test_a_muted_kind_is_never_sent():
    decided = plan(
        [one("new_customer", "e1")], SendWindow(), replace(RULES, muted=frozenset({"new_customer"})), MORNING
    )

    assert decided.send == ()
    assert len(decided.muted) == 1
    assert decided.due is None


def test_what_reconciliation_found_wakes_nobody():
    night = datetime.fromisoformat("2026-03-03T02:00:00+08:00")

    assert plan([one("new_customer", "e1", night, late=True)], SendWindow(), RULES, night).send == ()


def test_a_notice_held_back_for_a_task_counts_its_window_from_then():
    due_at = MORNING + timedelta(hours=3)
    held = one("due_task", "t1", MORNING, not_before=due_at)

    assert plan([held], SendWindow(), RULES, MORNING + timedelta(hours=1)).send == ()
    assert due([held], SendWindow(), RULES, MORNING) == due_at + timedelta(minutes=30)


def test_a_clock_moved_back_does_not_lock_the_window():
    later = sent(30, MORNING + timedelta(days=3))

    assert later.opens_at(MORNING) == MORNING


def test_the_same_change_makes_the_same_notice_and_another_member_another():
    first = notice("new_customer", "ZhangSan", MORNING, "e1")

    assert notice("new_customer", "zhangsan", MORNING, "e1").id == first.id
    assert notice("new_customer", "LiSi", MORNING, "e1").id != first.id
    assert notice("new_customer", "ZhangSan", MORNING, "e2").id != first.id
    assert isinstance(first, Notice)
    assert first.id.startswith(MORNING.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"))
