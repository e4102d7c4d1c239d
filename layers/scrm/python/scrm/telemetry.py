"""Logs and metrics: one JSON line a fact, and one line of metrics an invocation.

Written with the standard library alone: importing any part of Powertools loads its tracer, its metrics and
130 modules more, which the callback's cold start cannot afford (figures in docs/operations/telemetry.md).
The keys are Powertools' own, so that one query serves both.

Messages are constants in the past tense; fields are ids and numbers. Names, phones, message text, tokens,
codes and secrets never go in, which is why an exception is logged by type and place, without its text.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256

Field = str | int | float | bool | None

NAMESPACE = "Scrm"

# What becomes a CloudWatch metric, a count. Each name costs about $0.30 a month and stands for an alarm
# or a line of the dashboard (infra/observability.yaml); any other count is a field of the invocation's line.
METRICS = frozenset(
    {
        "welcome_sent",
        "welcome_failed",
        "welcome_late",
        "wecom_ip_refused",
        "wecom_permission_refused",
        "wecom_token_failed",
        "wecom_throttled",
        "notice_sent",
        "relations_healed",
        "redriven",
    }
)


class _Work:
    """What belongs to the invocation in hand: its correlation fields, counts and durations."""

    def __init__(self) -> None:
        self.fields: dict[str, Field] = {}
        self.counts: dict[str, float] = {}
        self.seconds: dict[str, float] = {}


_work = _Work()


def hashed(person_id: str) -> str:
    """Return what stands in a line for the id of a person outside, the same in every line (bar S9)."""
    return sha256(person_id.encode()).hexdigest()[:16]


def correlate(**ids: Field) -> None:
    """Put these ids (event_id, request_id, run_id …) on every line from here to the end of the invocation.

    The next call with the same name replaces the value; None removes it.
    """
    for name, value in ids.items():
        if value is None:
            _work.fields.pop(name, None)
        else:
            _work.fields[name] = value


def count(outcome: str, value: float = 1, **dimensions: Field) -> None:
    """Count one outcome, the unhappy ones included; printed when the invocation ends.

    With `dimensions` it is counted twice: by its name, and by its name and their values, e.g.
    `notice_sent` and `notice_sent.new_customer`. Only names in METRICS become CloudWatch metrics.
    """
    _work.counts[outcome] = _work.counts.get(outcome, 0) + value
    if dimensions:
        detailed = ".".join((outcome, *(str(each) for each in dimensions.values())))
        _work.counts[detailed] = _work.counts.get(detailed, 0) + value


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Add the time the block takes to `what`, in seconds, whether it succeeds or raises."""
    started = time.monotonic()
    try:
        yield
    finally:
        _work.seconds[what] = _work.seconds.get(what, 0.0) + time.monotonic() - started


class Log:
    """The one logger of a function."""

    def __init__(self, function: str) -> None:
        self.function = function

    def info(self, message: str, **fields: Field) -> None:
        """Record a fact of normal work."""
        self._write("INFO", message, fields)

    def warning(self, message: str, **fields: Field) -> None:
        """Record what an operator may have to look at."""
        self._write("WARNING", message, fields)

    def exception(self, message: str, **fields: Field) -> None:
        """Record the exception in hand by type and place; its text may hold data and stays out."""
        self._write("ERROR", message, {**fields, **_failure()})

    @contextmanager
    def invocation(self, context: object = None, **ids: Field) -> Iterator[None]:
        """Enclose one invocation: correlation starts afresh, and one line ends it, also when it raises."""
        global _work
        _work = _Work()
        correlate(request_id=getattr(context, "aws_request_id", None), **ids)
        started = time.monotonic()
        try:
            yield
        except BaseException:
            count("invocation_failed")
            self.exception("invocation_failed")
            raise
        finally:
            self._end(time.monotonic() - started)

    def _end(self, seconds: float) -> None:
        work = _work
        fields: dict[str, object] = {**work.counts, "duration_ms": round(seconds * 1000, 1)}
        fields |= {f"{name}_ms": round(value * 1000, 1) for name, value in work.seconds.items()}
        metrics = [{"Name": name, "Unit": "Count"} for name in work.counts if name in METRICS]
        if metrics:
            fields["stack"] = os.environ.get("STACK_NAME", "")
            fields["_aws"] = {
                "Timestamp": int(time.time() * 1000),
                "CloudWatchMetrics": [
                    {"Namespace": NAMESPACE, "Dimensions": [["stack"]], "Metrics": metrics}
                ],
            }
        self._write("INFO", "invocation_finished", fields)

    def _write(self, level: str, message: str, fields: "dict[str, Field] | dict[str, object]") -> None:
        line = {
            "level": level,
            "message": message,
            "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "function": self.function,
            **_work.fields,
            **fields,
        }
        sys.stdout.write(json.dumps(line, ensure_ascii=False, separators=(",", ":"), default=str) + "\n")
        sys.stdout.flush()


def _failure() -> dict[str, Field]:
    kind, _, trace = sys.exc_info()
    if kind is None:
        return {}
    places: list[str] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}:{code.co_name}")
        trace = trace.tb_next
    return {"error": kind.__name__, "where": " < ".join(places[:-7:-1])}
