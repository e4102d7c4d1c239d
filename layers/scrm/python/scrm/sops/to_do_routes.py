"""/sidebar/tasks and /workbench/tasks: what a member does with a to-do, above all with that of a step."""

from typing import Any

from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.sends.models import PreparedOut
from scrm.sidebar.edit_routes import EDITORS
from scrm.sops import doing
from scrm.sops.to_do_models import DoneIn, PostponeIn, SkipIn, StepPrepareIn
from scrm.sops.to_dos import steps_of
from scrm.tasks.model import Task
from scrm.workbench.models import TaskOut
from scrm.workbench.views import task_out


def declare(api: Api) -> None:
    """Add the routes below the API's own root; what is sent goes through the sidebar alone."""
    task = f"/{api.name}/tasks/{{task_id}}"
    own: dict[str, Any] = {"roles": EDITORS, "scope": "own"}
    api.route("POST", f"{task}:done", body=DoneIn, answers=TaskOut, **own)(finish)
    api.route("POST", f"{task}:skip", body=SkipIn, answers=TaskOut, **own)(skip)
    api.route("POST", f"{task}:postpone", body=PostponeIn, answers=TaskOut, **own)(postpone)
    if api.name == "sidebar":
        api.route("POST", f"{task}:prepare", body=StepPrepareIn, answers=PreparedOut, status=201, **own)(
            prepare
        )


def finish(request: Request) -> TaskOut:
    """Mark a to-do as done, a call's with its result; customer fields may be saved with it."""
    return _out(request, doing.done(request, doing.own_task(request), request.body))


def skip(request: Request) -> TaskOut:
    """Leave a step of a SOP out, saying why; the next one follows."""
    return _out(request, doing.skipped(request, doing.own_task(request), request.body))


def postpone(request: Request) -> TaskOut:
    """Put a step of a SOP off, within its late window or its longest wait; its notice comes again then."""
    return _out(request, doing.postponed(request, doing.own_task(request), request.body))


def prepare(request: Request) -> PreparedOut:
    """Make what the SDK is given for a step; the to-do is done once the SDK has sent it."""
    return PreparedOut.model_validate(doing.prepared(request, doing.own_task(request), request.body))


def _out(request: Request, task: Task) -> TaskOut:
    return task_out(task, request.now, steps_of([task], request.now).get(task.id))
