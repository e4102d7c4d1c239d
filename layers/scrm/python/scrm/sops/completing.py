"""A step is done, on evidence: its to-do was done, a call has a result, a mass send arrived (spec 2.3)."""

from datetime import datetime

from scrm.settings.dynamodb import load as load_settings
from scrm.sops.acts import with_result
from scrm.sops.dynamodb import EnrollmentChanged, enrollment, save
from scrm.sops.enrollment import TAKEN_BACK, Enrollment, RunStatus
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

    3 WRU. What had ended before `at` stays as it is, and so does another cycle. What was done before its run
    was claimed counts as well, and what was done before the run was missed or taken back by a pause: the
    evidence was only slower. Raises Contended when others kept changing the enrollment.
    """
    for _ in range(ATTEMPTS):
        it = enrollment(subject, sop_id) or _become(subject, sop_id)
        if it is None or it.cycle != cycle or not _is_open(it, step_key, attempt, status, at):
            return False
        version = defined.version(sop_id, it.version)
        step = version.step(step_key)
        if step is None:
            return False
        try:
            after = ended(it, step, status, at, version, load_settings(), why=why, result=result)
            save(with_result(after, step, result, version, at) if status == "SENT" else after, it)
        except EnrollmentChanged:
            continue
        count("sop_step", came_to=status.lower(), mode=step.mode)
        return True
    raise Contended


def _become(subject: str, sop_id: str) -> Enrollment | None:
    """Return the bar of a lead that has become a customer's since its to-do was opened."""
    from scrm.sops.nurturing import moved_bar  # with leads, which most bars do without

    return moved_bar(subject, sop_id)


def _is_open(it: Enrollment, step_key: str, attempt: int, status: RunStatus, at: datetime) -> bool:
    run = it.latest(step_key)
    if run and run.attempt == attempt:
        late = it.is_live and status == "SENT" and run.status in TAKEN_BACK and at <= run.at
        return run.status == "DISPATCHED" or late
    return it.is_live and it.cursor == step_key and attempt == it.attempts(step_key) + 1
