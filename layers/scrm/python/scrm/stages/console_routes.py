"""/admin/stages: the stages and the evidence they need (SEG-18, SEG-19)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scrm.admin.audited import audited
from scrm.conditions.language import WrongCondition, checked, plain
from scrm.fields import dynamodb as fields
from scrm.http import problems
from scrm.http.caller import Role
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.stages import dynamodb as stored
from scrm.stages.model import Evidence, Need, Stage, Stages
from scrm.stages.models import EvidenceIn, StageIn, StagesIn, StagesOut

SEE: frozenset[Role] = frozenset({"operations_admin", "marketing", "service", "auditor"})
EDIT: frozenset[Role] = frozenset({"operations_admin"})


def declare(api: Api) -> None:
    """Add the routes."""
    api.route("GET", "/admin/stages", roles=SEE, scope="corp", answers=StagesOut)(show)
    api.route("PUT", "/admin/stages", roles=EDIT, scope="corp", body=StagesIn, answers=StagesOut)(change)


def show(_: Request) -> StagesOut:
    """The stages in order, with their definitions and the evidence that each needs."""
    return StagesOut.model_validate(stored.load())


def change(request: Request) -> StagesOut:
    """Replace the stages. Customers keep the stage they are in, also when it is no longer configured."""
    wanted: StagesIn = request.body
    before = stored.load()
    if wanted.version != before.version:
        raise problems.version_conflict()
    _refuse_doubles(wanted)
    custom = fields.fields(request.now)
    stages = tuple(_stage(each, custom, f"stages.{place}") for place, each in enumerate(wanted.stages))
    after = replace(before, stages=stages, skipped_count=wanted.skipped_count)
    audited(
        request,
        "stages_changed",
        "STAGES",
        _shown(before),
        _shown(after),
        [stored.save_step(after, request.now)],
    )
    stored.kept.forget()
    return StagesOut.model_validate(stored.load())


def _refuse_doubles(wanted: StagesIn) -> None:
    met: set[str] = set()
    for place, stage in enumerate(wanted.stages):
        for name, value in (("key", stage.key), ("name", stage.name)):
            if value in met and not (name == "name" and value == stage.key):
                raise problems.invalid_field(f"stages.{place}.{name}", "与另一个阶段重复")
            met.add(value)


def _stage(given: StageIn, custom: Mapping[str, str], place: str) -> Stage:
    needs = tuple(
        Need(
            tuple(
                _evidence(each, custom, f"{place}.needs.{number}.any_of.{nth}")
                for nth, each in enumerate(need.any_of)
            )
        )
        for number, need in enumerate(given.needs)
    )
    return Stage(given.key, given.name, given.definition, needs)


def _evidence(given: EvidenceIn, custom: Mapping[str, str], place: str) -> Evidence:
    condition = None
    if given.condition is not None:
        try:
            checked(given.condition, custom, f"{place}.condition")
        except WrongCondition as wrong:
            raise problems.invalid(*wrong.errors) from None
        condition = plain(given.condition)
    return Evidence(given.kind, given.title, given.score or "", given.at_least, given.value, condition)


def _shown(stages: Stages) -> dict[str, Any]:
    return {
        "skipped_count": stages.skipped_count,
        "stages": [stored.plain_stage(each) for each in stages.stages],
    }
