"""Checks run side by side, each in its time, and none of them raises."""

from threading import Event
from time import monotonic

from scrm.doctor.model import Check, fail, ok, run_all


def test_findings_come_in_the_order_of_the_checks():
    checks = [Check(str(n), f"第{n}项", lambda n=n: ok(f"{n}", n=n)) for n in range(20)]

    found = run_all(checks)

    assert [each.id for each in found] == [str(n) for n in range(20)]
    assert found[7].seen == {"n": 7}


def test_a_check_that_breaks_is_a_finding_without_its_text():
    def broken():
        raise RuntimeError("secret-in-the-text")

    (found,) = run_all([Check("x", "坏", broken)])

    assert (found.status, found.seen) == ("fail", {"error": "RuntimeError"})
    assert "secret-in-the-text" not in str(found)


def test_a_check_that_hangs_costs_the_others_nothing():
    released = Event()
    checks = [
        Check("hangs", "慢", lambda: ok("late") if released.wait(30) else fail("", "")),
        Check("quick", "快", lambda: ok("好")),
    ]
    started = monotonic()

    found = run_all(checks, seconds=0.2)

    assert monotonic() - started < 5
    assert [each.status for each in found] == ["fail", "ok"]
    assert "超时" in found[0].sentence
    released.set()
