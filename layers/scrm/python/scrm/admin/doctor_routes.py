"""/admin/doctor: the set-up doctor 企微配置体检."""

from collections.abc import Callable
from typing import Any

from scrm import clock
from scrm.admin.rights import OPERATIONS
from scrm.doctor.examination import Patient, examine
from scrm.doctor.model import Status
from scrm.http.fields import Moment, Out
from scrm.http.routing import Api, Request
from scrm.wecom.client import WeCom


class FindingOut(Out):
    """What one check found, and the click that mends it."""

    id: str
    title: str
    status: Status
    sentence: str
    fix: str
    seen: dict[str, Any]


class Diagnosis(Out):
    """Every check, in the order in which they are to be mended, and how many of each status."""

    at: Moment
    healthy: bool
    counts: dict[Status, int]
    checks: list[FindingOut]


def declare(api: Api, wecom: Callable[[], WeCom]) -> None:
    """Add the route; `wecom` gives the process's client."""

    @api.route("GET", "/admin/doctor", roles=OPERATIONS, scope="corp", answers=Diagnosis)
    def diagnose(request: Request) -> Diagnosis:
        """Examine the deployment's set-up; takes up to 20 seconds."""
        findings = examine(Patient(wecom(), request.now, clock.readings()))
        checks = [FindingOut.model_validate(each) for each in findings]
        counts: dict[Status, int] = {
            status: sum(each.status == status for each in checks) for status in ("ok", "warn", "fail", "skip")
        }
        return Diagnosis(at=request.now, healthy=not counts["fail"], counts=counts, checks=checks)
