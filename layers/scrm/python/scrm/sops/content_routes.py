"""/admin/sops/{sop_id}/versions/{number}/contents/{step_key}: correcting what a step sends (spec 3.9)."""

from typing import Any

from scrm.admin.rights import EDIT_SOPS
from scrm.http import problems
from scrm.http.routing import Api, Request
from scrm.sops import editing
from scrm.sops import sops_dynamodb as stored
from scrm.sops.console_models import StepContentIn, StepContentOut
from scrm.sops.console_routes import NUMBER, numbered, version_of
from scrm.sops.content_checking import wrong_parts
from scrm.sops.definition_models import written
from scrm.sops.taking_in import taken_in
from scrm.sops.views import part_out


def declare(api: Api) -> None:
    """Add the route."""
    edit: dict[str, Any] = {
        "roles": EDIT_SOPS,
        "scope": "corp",
        "body": StepContentIn,
        "answers": StepContentOut,
    }
    api.route("PUT", f"{NUMBER}/contents/{{step_key}}", **edit)(correct)


def correct(request: Request) -> StepContentOut:
    """Correct what a step of a version sends; it holds at once wherever the step has not been sent.

    The step stays what it is: its key, its time and its conditions change with a new version alone.
    """
    asked: StepContentIn = request.body
    sop = editing.existing(request)
    editing.refuse_stopped(sop)
    version, contents, revision = version_of(sop, numbered(request))
    step = version.step(request.params["step_key"])
    if step is None:
        raise problems.not_found("这个版本没有这个步骤")
    was = contents.get(step.key, {"parts": [], "revision": 0})
    if asked.revision != was["revision"]:
        raise problems.version_conflict()
    parts = written(asked.parts)
    _refuse_wrong(request, step.mode, parts)
    steps: list[Any] = []
    if version.number <= sop.published:
        taken = taken_in([("", step.key, parts)])
        parts, steps = taken.parts[step.key], taken.steps(sop.sop_id, request.now)
        _refuse_wrong(request, step.mode, parts)
    after = {"parts": parts, "revision": asked.revision + 1}
    whole = {**contents, step.key: after}
    editing.refuse_large(whole, "parts")
    steps.append(stored.content_step(sop.sop_id, version.number, whole, revision))
    told = {"number": version.number, "step": step.key, "revision": after["revision"]}
    editing.store(request, "sop_content_corrected", sop, sop, told, steps)
    return StepContentOut(
        step_key=step.key,
        revision=asked.revision + 1,
        parts=[part_out(each, written=True) for each in parts],
    )


def _refuse_wrong(request: Request, mode: Any, parts: list[dict[str, Any]]) -> None:
    fields = editing.known_to(request).said
    if wrong := wrong_parts(mode, parts, fields, "parts"):
        raise problems.invalid(*wrong)
