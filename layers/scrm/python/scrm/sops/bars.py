"""The progress bars of one customer, for who looks after them (CUS-22)."""

from collections.abc import Iterable
from datetime import datetime

from scrm.sops.dynamodb import of_subject
from scrm.sops.enrollment import LIVE, Enrollment, bar_of, status_of
from scrm.sops.model import Sop, Step, Version
from scrm.sops.sops_dynamodb import defined
from scrm.sops.to_do_models import CustomerSopOut, NextOut, StepOfBarOut
from scrm.sops.to_dos import bar_out
from scrm.staff import dynamodb as staff


def bars_of(subjects: Iterable[str], now: datetime) -> list[CustomerSopOut]:
    """Return every bar of a customer by any of their ids, those that go on first, then the latest.

    1 RRU for the definitions, a strong query for each id.
    """
    sops = defined.sops()
    found = [each for subject in subjects for each in of_subject(subject) if each.sop_id in sops]
    found.sort(key=lambda each: (not each.is_live, -each.entered_at.timestamp()))
    return [bar_shown(each, sops[each.sop_id], now) for each in found]


def bar_shown(it: Enrollment, sop: Sop, now: datetime) -> CustomerSopOut:
    """Return one bar with its steps: at rest or over where its SOP is, as the console shows it."""
    version, (status, why) = defined.version(it.sop_id, it.version), status_of(it, sop)
    return CustomerSopOut(
        sop_id=it.sop_id,
        name=sop.name,
        version=it.version,
        cycle=it.cycle,
        strategy=version.strategy,
        status=status,
        why=why,
        owner=it.owner,
        owner_name=staff.directory(now).name_of(it.owner) if it.owner else "",
        bar=bar_out(bar_of(it, version)),
        next=_next(it, version) if status in LIVE else None,
        steps=[_step(it, each) for each in version.steps],
        entered_at=it.entered_at,
        ended_at=it.ended_at,
    )


def _next(it: Enrollment, version: Version) -> NextOut | None:
    """Return what is next: what waits to be done, else what time starts."""
    for run in it.dispatched:
        if step := version.step(run.step_key):
            return NextOut(key=step.key, title=step.title, due=run.due, waits=True)
    step = version.step(it.cursor)
    return NextOut(key=step.key, title=step.title, due=it.due_at, waits=False) if step else None


def _step(it: Enrollment, step: Step) -> StepOfBarOut:
    run = it.latest(step.key)
    is_next = it.is_live and it.cursor == step.key and not (run and run.status == "DISPATCHED")
    return StepOfBarOut(
        key=step.key,
        title=step.title,
        mode=step.mode,
        counted=step.counted,
        attempt=run.attempt if run else 0,
        status=run.status if run else None,
        due=it.due_at if is_next else run.due if run else None,
        at=run.at if run else None,
        why=run.why if run else "",
        result=run.result if run else "",
    )
