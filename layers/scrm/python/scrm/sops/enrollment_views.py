"""How enrollments look to callers of the console."""

from typing import Any

from scrm.sops.enrollment import Enrollment, bar_of, status_of
from scrm.sops.enrollment_models import EnrollmentDetail, EnrollmentOut, StepRunOut
from scrm.sops.model import Sop, Version


def enrollment_out(it: Enrollment, sop: Sop, version: Version, name: str) -> EnrollmentOut:
    """Return an enrollment as lists show it: at rest where its SOP is, though nobody has told the row."""
    return EnrollmentOut.model_validate({**_shown(it, sop, version), "name": name})


def enrollment_detail(it: Enrollment, sop: Sop, version: Version, name: str) -> EnrollmentDetail:
    """Return an enrollment with every run."""
    runs = [
        StepRunOut.model_validate({**vars(each), "title": _title(version, each.step_key)}) for each in it.runs
    ]
    told = {"name": name, "anchor_at": it.anchor_at, "points": it.points, "runs": runs}
    return EnrollmentDetail.model_validate({**_shown(it, sop, version), **told})


def step_of(it: Enrollment) -> str:
    """Return the step somebody is at: that which waits to be sent, else that whose time comes next."""
    waiting = it.dispatched
    return waiting[0].step_key if waiting else it.cursor if it.is_live else ""


def _shown(it: Enrollment, sop: Sop, version: Version) -> dict[str, Any]:
    status, why = status_of(it, sop)
    bar, waiting, step = bar_of(it, version), it.dispatched, step_of(it)
    is_lead = bool(it.lead_id) and it.lead_id == it.subject
    return {
        **{name: getattr(it, name) for name in _AS_THEY_ARE},
        "subject_kind": "lead" if is_lead else "customer",
        "external_userid": it.external_userid or None,
        "lead_id": it.lead_id or None,
        "status": status,
        "why": why,
        "progress": str(bar),
        **vars(bar),
        "step": step or None,
        "step_title": _title(version, step),
        "next_due": it.due_at if status in {"ACTIVE", "PAUSED"} else None,
        "waiting_since": waiting[0].at if waiting else None,
    }


_AS_THEY_ARE = (
    "enrollment_id",
    "sop_id",
    "subject",
    "cycle",
    "version",
    "owner",
    "trigger",
    "entered_at",
    "ended_at",
)


def _title(version: Version, step_key: str) -> str:
    step = version.step(step_key)
    return step.title if step else ""
