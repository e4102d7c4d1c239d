"""A finding of the doctor, and how checks are run: side by side, each in its time, none of them raising."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Literal

Status = Literal["ok", "warn", "fail", "skip"]

CHECK_SECONDS = 8.0
ALL_SECONDS = 16.0
_WORKERS = 8


@dataclass(frozen=True)
class Finding:
    """What one check found: a sentence for an administrator, the step that mends it, and what was seen.

    skip: it could not be told, because of something else; `fix` says what. `seen` holds ids and numbers.
    """

    id: str
    title: str
    status: Status
    sentence: str
    fix: str = ""
    seen: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """One check: its id, its Chinese title, and what it does."""

    id: str
    title: str
    run: Callable[[], "Verdict"]


@dataclass(frozen=True)
class Verdict:
    """What a check says, before its name is put on it."""

    status: Status
    sentence: str
    fix: str = ""
    seen: dict[str, Any] = field(default_factory=dict)


def ok(sentence: str, **seen: Any) -> Verdict:
    """All is well."""
    return Verdict("ok", sentence, "", seen)


def warn(sentence: str, fix: str, **seen: Any) -> Verdict:
    """It works, and something is not as it should be."""
    return Verdict("warn", sentence, fix, seen)


def fail(sentence: str, fix: str, **seen: Any) -> Verdict:
    """It does not work."""
    return Verdict("fail", sentence, fix, seen)


def skip(sentence: str, fix: str = "") -> Verdict:
    """It cannot be told."""
    return Verdict("skip", sentence, fix)


def run_all(checks: Sequence[Check], seconds: float = ALL_SECONDS) -> list[Finding]:
    """Return a finding for each check, in their order, within about `seconds`. Never raises."""
    end = monotonic() + seconds
    pool = ThreadPoolExecutor(max_workers=_WORKERS)
    try:
        running = [(check, pool.submit(check.run)) for check in checks]
        return [_finding(check, future, end) for check, future in running]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _finding(check: Check, future: "Future[Verdict]", end: float) -> Finding:
    verdict = _verdict(future, min(CHECK_SECONDS, max(0.0, end - monotonic())))
    return Finding(check.id, check.title, verdict.status, verdict.sentence, verdict.fix, verdict.seen)


def _verdict(future: "Future[Verdict]", seconds: float) -> Verdict:
    try:
        return future.result(timeout=seconds)
    except NotInTime:
        return fail("检查超时，没有得到结果", "请稍后重新体检；仍超时请检查网络出口")
    except Exception as error:  # noqa: BLE001  # a check that breaks is a finding, not an error page
        return fail("检查没有完成", "请稍后重新体检；仍失败请联系技术支持", error=type(error).__name__)
