"""How SOPs look to callers of the console."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from scrm.scripts.content import USED
from scrm.sops.console_models import SopDetail, SopOut, SopVersionOut, SopWrongOut, VersionState
from scrm.sops.definition_models import PoliciesModel
from scrm.sops.model import Sop, Version

Contents = Mapping[str, Mapping[str, Any]]
"""What each step sends, by its key."""


def sop_out(sop: Sop) -> SopOut:
    """Return a SOP as lists show it."""
    return SopOut.model_validate(sop)


def detail(sop: Sop, version: Version, contents: Contents, wrong: Any = ()) -> SopDetail:
    """Return a SOP with one of its versions, whose parts are as they are written."""
    definition = definition_out(version, contents, state_of(sop, version.number), written=True)
    told = [SopWrongOut(field=each.field, message=each.message) for each in wrong]
    return SopDetail(**vars(sop_out(sop)), definition=definition, wrong=told)


def state_of(sop: Sop, number: int) -> VersionState:
    """Return what a version is: worked on, in force, or of the past."""
    if number > sop.published:
        return "draft"
    return "in_force" if number == sop.published else "former"


def definition_out(
    version: Version, contents: Contents, state: VersionState, *, written: bool
) -> SopVersionOut:
    """Return a version with what it sends; `written`: what a part names by id alone, as it is edited."""
    steps = []
    for step in version.steps:
        content = contents.get(step.key, {"parts": [], "revision": 0})
        parts = [part_out(each, written=written) for each in content["parts"]]
        steps.append({**asdict(step), "parts": parts, "revision": content["revision"]})
    policies = {name: getattr(version.policies, name) for name in PoliciesModel.model_fields}
    plain = {**asdict(version), "state": state, "steps": steps, "policies": policies}
    return SopVersionOut.model_validate(_lists(plain))


def part_out(part: Mapping[str, Any], *, written: bool) -> dict[str, Any]:
    """Return one part of what a step sends."""
    if not written or part["kind"] not in USED:
        return dict(part)
    return {name: each for name, each in part.items() if name not in {"number", "content"}}


def _lists(value: Any) -> Any:
    """Return plain values as JSON has them."""
    if isinstance(value, tuple | list):
        return [_lists(each) for each in value]
    if isinstance(value, Mapping):
        return {name: _lists(each) for name, each in value.items()}
    return value
