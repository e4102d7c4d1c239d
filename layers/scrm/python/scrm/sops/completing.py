"""A step is done, on evidence: its to-do was done, a call has a result, a mass send arrived (spec 2.3)."""

from datetime import datetime

from scrm.settings.dynamodb import load as load_settings
from scrm.sops.dynamodb import EnrollmentChanged, enrollment, save
from scrm.sops.enrollment import Enrollment, RunStatus
from scrm.sops.moving import ended
from scrm.sops.sops_dynamodb import defined
from scrm.sops.storing import ATTEMPTS, Contended
from scrm.telemetry import count


def complete(
    subject: str,
    sop_id: str,
    cycle: int,
    step_key: str,
    attempt: int,
    status: RunStatus,
    at: datetime,
    *,
    why: str = "",
    result: str = "",
) -> bool:
    """Record that a step run ended at `at`; return whether that changed anything. Safe to repeat.

    3 WRU. What is no longer open (missed, cancelled, of another cycle) stays as it is. A to-do that was done
    before its run was claimed counts as well. Raises Contended when others kept changing the enrollment.
    """
    for _ in range(ATTEMPTS):
        it = enrollment(subject, sop_id)
        if it is None or it.cycle != cycle or not _is_open(it, step_key, attempt):
            return False
        version = defined.version(sop_id, it.version)
        step = version.step(step_key)
        if step is None:
            return False
        try:
            save(ended(it, step, status, at, version, load_settings(), why=why, result=result), it)
        except EnrollmentChanged:
            continue
        count("sop_step", came_to=status.lower(), mode=step.mode)
        return True
    raise Contended


def _is_open(it: Enrollment, step_key: str, attempt: int) -> bool:
    run = it.latest(step_key)
    if run and run.attempt == attempt:
        return run.status == "DISPATCHED"
    return it.is_live and it.cursor == step_key and attempt == it.attempts(step_key) + 1
