"""An enrollment as text: short, since a claim writes the whole row. Pure; read again the same."""

import json
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from scrm.sops.enrollment import Enrollment, Run, RunStatus

_TIMES = frozenset({"entered_at", "anchor_at", "due_at", "base_at", "ended_at", "look_at"})
_DEFAULTS = {each.name: each.default for each in fields(Enrollment)}
_ELSEWHERE = frozenset({"sop_id", "subject", "revision"})
_LETTERS: dict[RunStatus, str] = {
    "DISPATCHED": "D",
    "SENT": "S",
    "MISSED": "M",
    "SKIPPED": "K",
    "CANCELLED": "C",
    "FAILED": "F",
}
_STATUSES = {letter: status for status, letter in _LETTERS.items()}


def text_of(enrollment: Enrollment) -> str:
    """Return an enrollment as text, without what is as it is by default and what the row's keys say."""
    plain = {
        name: _plain(value)
        for name, value in vars(enrollment).items()
        if name not in _ELSEWHERE and value != _DEFAULTS.get(name) and value not in ((), {})
    }
    if enrollment.runs:
        plain["runs"] = [_run_text(each) for each in enrollment.runs]
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def enrollment_of(text: str, sop_id: str, subject: str, revision: int) -> Enrollment:
    """Return the enrollment that a text says."""
    plain: dict[str, Any] = json.loads(text)
    for name in _TIMES & plain.keys():
        plain[name] = _moment(plain[name])
    plain["moved"] = {key: _moment(each) for key, each in plain.get("moved", {}).items()}
    plain["runs"] = tuple(_run_of(each) for each in plain.get("runs", ()))
    plain["credited"] = tuple(plain.get("credited", ()))
    return Enrollment(sop_id=sop_id, subject=subject, revision=revision, **plain)


def _run_text(run: Run) -> str:
    """Return a run as `key|attempt|letter|due|at|why|result`, without what is empty at the end."""
    parts = (
        run.step_key,
        run.attempt,
        _LETTERS[run.status],
        _seconds(run.due),
        _seconds(run.at),
        run.why,
        run.result,
    )
    return "|".join(str(each) for each in parts).rstrip("|")


def _run_of(text: str) -> Run:
    key, attempt, letter, due, at, *more = text.split("|", 6)
    why, result = (*more, "", "")[:2]
    return Run(key, int(attempt), _STATUSES[letter], _moment(int(due)), _moment(int(at)), why, result)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return _seconds(value)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return list(value) if isinstance(value, tuple) else value


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
