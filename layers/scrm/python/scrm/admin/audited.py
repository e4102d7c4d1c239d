"""Every administrator's write leaves one audit line; here is the one place that sees to it (spec ADM-03)."""

from collections.abc import Sequence
from typing import Any, ClassVar

from scrm.audit.dynamodb import AuditBusy, Step, WriteRefused, record
from scrm.http import problems
from scrm.http.request import SAFE_METHODS
from scrm.http.routing import Request


class _Last:
    """The request whose line is written; a function serves one request at a time."""

    request: ClassVar[Request | None] = None


def audited(
    request: Request,
    action: str,
    subject: str,
    before: Any = None,
    after: Any = None,
    writes: Sequence[Step] = (),
) -> None:
    """Write the request's audit line, and `writes` in the same transaction: all of it or nothing.

    Raises a 409 version_conflict when a condition of `writes` does not hold, a 503 when the log is busy.
    """
    actor = request.staff.userid
    try:
        record(actor, action, subject, before, after, request.request_id, request.now, writes=writes)
    except WriteRefused:
        raise problems.version_conflict() from None
    except AuditBusy:
        raise problems.unavailable("操作较多，请稍后重试") from None
    _Last.request = request


def see_to_it(request: Request, response: dict[str, Any]) -> None:
    """Write a plain line for a successful write that has left none; a hook after every answer."""
    if request.method in SAFE_METHODS or _Last.request is request:
        return
    if response["headers"].get("Idempotent-Replayed"):
        return
    audited(request, "request", f"{request.method} {request.path}", None, {"status": response["statusCode"]})


def no_effect(request: Request) -> None:
    """Say that a request which is not a GET changed nothing, so that it leaves no line."""
    _Last.request = request
