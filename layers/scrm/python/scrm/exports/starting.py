"""Starting an export: who may have one, and whom it may show."""

from collections.abc import Mapping
from typing import Any

from scrm.http import problems
from scrm.http.caller import Caller
from scrm.http.request import Request
from scrm.http.scope import colleagues
from scrm.jobs.model import Job
from scrm.jobs.starting import begin
from scrm.settings.dynamodb import load as load_settings
from scrm.staff.dynamodb import directory

KIND = "export"


def check_right(caller: Caller) -> None:
    """Refuse (403) whoever may not take customers out of the house (ADM-04). 0.5 RRU."""
    if caller.role not in load_settings().export_roles:
        raise problems.forbidden("你没有导出客户的权限", code="no_export_right")


def start(request: Request, source: str, rows: Mapping[str, Any], reason: str) -> Job:
    """Start an export of what a source makes of `rows`, bounded to whom the caller may see; return its job.

    The audit log is told who, what and why. Raises 403 without the right, 503 when the log is busy.
    """
    check_right(request.staff)
    seen = colleagues(request.staff, directory(request.now))
    bounded = {**rows, "seen": None if seen is None else sorted(seen)}
    return begin(
        request,
        KIND,
        params={"source": source, "rows": bounded},
        starts=("",),
        reason=reason,
        audit={"source": source, **rows},
    )
