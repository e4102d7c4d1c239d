"""The SOPs of the oracles (spec 3.11, 3.12); days are of March 2026, whose 2nd is a Monday."""

from dataclasses import replace
from datetime import datetime

from scrm.moments import BEIJING
from scrm.settings.model import Settings
from scrm.sops.enrollment import Enrollment
from scrm.sops.model import Policies, Schedule, Step, Version
from scrm.sops.moving import dispatched, ended, entered

CORP = Settings()

SOP_A = Version(
    "A",
    1,
    "全屋定制·新客七日培育",
    "step_by_step",
    (
        Step("A0", "欢迎", "welcome"),
        Step("A1", "问小区、面积", schedule=Schedule(), requires=("area",)),
        Step("A2", "同户型实景", schedule=Schedule(days=1, at="10:00")),
        Step("A3", "0元量尺", schedule=Schedule(days=2, at="20:00")),
        Step("A4", "电话", "call", Schedule(days=3, at="10:00")),
        Step("A5", "板材环保", "mass", Schedule(days=4, at="20:00")),
    ),
    priority=10,
)
SOP_T = Version(
    "T",
    1,
    "T",
    "timed",
    (
        Step("D0", "D0", schedule=Schedule(minutes=5)),
        Step("D1", "D1", schedule=Schedule(days=1, at="10:00")),
        Step("D3", "D3", schedule=Schedule(days=3, at="20:00")),
    ),
)


def at(text: str) -> datetime:
    """Return a time of March 2026, e.g. "02 10:15", in Beijing; "04-01 10:00" names the month."""
    day, clock = text.split()
    return datetime.fromisoformat(f"2026-{day if '-' in day else f'03-{day}'}T{clock}+08:00")


def shown(moment: datetime | None) -> str:
    """Return a time the way `at` reads it."""
    return moment.astimezone(BEIJING).strftime("%m-%d %H:%M") if moment else ""


def in_sop(version: Version, since: str, **also: object) -> Enrollment:
    """Return somebody who entered then."""
    start = Enrollment(version.sop_id, "c_x", version.number, at(since), at(since), owner="zhangsan")
    return entered(replace(start, **also), version, CORP)  # type: ignore[arg-type]  # a test's shorthand


def go(was: Enrollment, version: Version, when: str) -> Enrollment:
    """Dispatch the step that is next."""
    step = version.step(was.cursor)
    assert step
    return dispatched(was, step, version, CORP, at(when))


def sent(was: Enrollment, version: Version, when: str, result: str = "") -> Enrollment:
    """Say that the dispatched step was sent."""
    step = version.step(was.dispatched[-1].step_key)
    assert step
    return ended(was, step, "SENT", at(when), version, CORP, result=result)


def with_policy(version: Version, **policies: object) -> Version:
    """Return the version with other policies."""
    return replace(version, policies=replace(Policies(), **policies))  # type: ignore[arg-type]
