"""What the to-dos of SOPs are about, for those who do them: SOP, step, bar, what is missing, what to send."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from scrm.fields.dynamodb import known as known_fields
from scrm.http.request import Request
from scrm.sends import preparing
from scrm.sends.preparing import Recipient
from scrm.sends.showing import part_out
from scrm.sidebar.access import Seen
from scrm.sidebar.keeping import customer_of
from scrm.sops.closing import StepToDo, step_of
from scrm.sops.contents import subject_of_step
from scrm.sops.dynamodb import PREFIX, pk_of, several
from scrm.sops.enrollment import Bar, Enrollment, bar_of
from scrm.sops.evidence import missing, results_of
from scrm.sops.model import Sop
from scrm.sops.sops_dynamodb import defined
from scrm.sops.to_do_models import BarOut, NamedFieldOut, StepContentOut, ToDoStepOut
from scrm.tasks.model import Task


def steps_of(tasks: Sequence[Task], now: datetime) -> dict[str, ToDoStepOut]:
    """Return what those of the to-dos are about that are of SOPs, by id; nothing is read where none is.

    1 RRU for the definitions, a batch read for the bars.
    """
    found = [of for each in tasks if (of := step_of(each))]
    sops = defined.sops() if found else {}
    bars = _bars(each.task for each in found)
    return {
        each.task.id: _shown(each, sops.get(each.version.sop_id), bars.get(_place(each.task)), now)
        for each in found
    }


def _shown(of: StepToDo, sop: Sop | None, it: Enrollment | None, now: datetime) -> ToDoStepOut:
    """Return the step of a to-do, without what only one customer's page shows."""
    told = of.task.payload
    fits = it is not None and it.cycle == told.get("cycle")
    version = defined.version(it.sop_id, it.version) if it and fits else None
    return ToDoStepOut(
        sop_id=of.version.sop_id,
        sop_name=sop.name if sop else of.version.name,
        sop_status=sop.status if sop else "stopped",
        strategy=of.version.strategy,
        step_key=of.step.key,
        title=of.step.title,
        mode=of.step.mode,
        attempt=int(told.get("attempt", 1)),
        bar=bar_out(bar_of(it, version)) if it and version else None,
        requires=_named(of.step.requires, now),
        missing=None,
        results=list(results_of(of.step)),
        sent=of.task.sent_at is not None,
        content=None,
    )


def told_for(tasks: Sequence[Task], there: Seen, request: Request) -> dict[str, ToDoStepOut]:
    """Return what one customer's to-dos are about, with what a tap would send and what is missing, by id.

    As `steps_of`, with the customer, and for each open one the files of its content.
    """
    steps, to = steps_of(tasks, request.now), Recipient(there, customer_of(there))
    for each in tasks:
        of = step_of(each) if each.id in steps else None
        if of:
            steps[each.id] = _with_content(steps[each.id], of, to, request)
    return steps


def _with_content(block: ToDoStepOut, of: StepToDo, to: Recipient, request: Request) -> ToDoStepOut:
    lacks = missing(of.step, of.task.result, to.customer.custom_fields)
    subject = subject_of_step(of, to, request.now) if of.task.status == "open" else None
    if subject is None:
        return block.model_copy(update={"missing": _named(lacks, request.now)})
    made = preparing.preview(request, subject, to)
    content = StepContentOut.model_validate(
        {
            "parts": [part_out(*each) for each in made.parts],
            "payloads": made.payloads,
            "problems": made.faults,
            "media_ready": not made.cold,
            "ready": not made.cold and not made.faults,
        }
    )
    return block.model_copy(update={"missing": _named(lacks, request.now), "content": content})


def bar_out(bar: Bar) -> BarOut:
    """Return a progress bar as it is shown."""
    return BarOut(done=bar.done, of=bar.of, missed=bar.missed, skipped=bar.skipped, text=str(bar))


def _named(keys: Iterable[str], now: datetime) -> list[NamedFieldOut]:
    known = known_fields(now)
    return [NamedFieldOut(key=each, title=known[each].title if each in known else each) for each in keys]


def _bars(tasks: Iterable[Task]) -> dict[tuple[str, str], Enrollment]:
    """Return the latest cycles that to-dos are of, by subject and SOP."""
    keys = list(dict.fromkeys((pk_of(subject), PREFIX + sop_id) for subject, sop_id in map(_place, tasks)))
    return {(each.subject, each.sop_id): each for each in several(keys)}


def _place(task: Task) -> tuple[str, str]:
    return str(task.payload["subject"]), str(task.payload["sop_id"])
