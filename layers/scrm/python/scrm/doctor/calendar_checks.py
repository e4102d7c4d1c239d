"""Is it known when the corp works: the public holidays of this year, and from December of the next."""

from collections.abc import Callable
from datetime import datetime

from scrm.doctor.model import Verdict, ok, warn
from scrm.settings.model import BEIJING, Settings
from scrm.workdays import is_announced

ASKED_FROM = 12
"""The State Council announces a year in November of the one before."""


def public_holidays(now: datetime, settings: Callable[[], Settings]) -> Verdict:
    """Whether days off are known, by the calendar or by the settings' own."""
    today = now.astimezone(BEIJING)
    years = [today.year, *([today.year + 1] if today.month >= ASKED_FROM else [])]
    named = {day[:4] for day in settings().holidays}
    if unknown := [year for year in years if not is_announced(year) and str(year) not in named]:
        told = "、".join(str(year) for year in unknown)
        fix = "请更新本系统，或在设置中填写该年的放假日期（holidays）和调休上班日期（extra_workdays）"
        return warn(f"{told} 年的法定节假日未知，暂按每周工作日计算", fix, years=unknown)
    return ok("法定节假日和调休已知", years=years)
