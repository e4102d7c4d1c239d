"""Storing SOPs with their audit line; what a draft still lacks (SOP-01)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from scrm.admin.audited import audited
from scrm.audit.dynamodb import Step
from scrm.http import problems
from scrm.http.caller import Role
from scrm.http.problems import FieldError
from scrm.http.request import Request
from scrm.moments import rfc3339
from scrm.sops import sops_dynamodb as stored
from scrm.sops.content_checking import wrong_contents
from scrm.sops.definition_checking import changed_for_good, endless, never_sent, wrong_definition
from scrm.sops.model import Sop, Version
from scrm.sops.plain import plain_version
from scrm.sops.references import Known
from scrm.sops.sops_dynamodb import Contents

LARGEST = 350_000
"""Bytes of one version, or of what it sends; a row of the table holds 400 KB."""

Parts = Mapping[str, Sequence[Mapping[str, Any]]]


def existing(request: Request) -> Sop:
    """Return the SOP that the path names, as stored now; raises a 404 problem. 1 RRU."""
    found = stored.sop(request.params["sop_id"])
    if found is None:
        raise problems.not_found("没有这个 SOP")
    return found


def refuse_stopped(sop: Sop) -> None:
    """Raise a 409 problem for a SOP that is stopped: that is for good."""
    if sop.status == "stopped":
        raise problems.conflict("sop_stopped", "SOP 已停止，不能再修改")


def refuse_wrong(version: Version, parts: Parts, known: Known, before: Version | None) -> None:
    """Raise a 422 problem that names everything that is wrong with a version as it is to be stored."""
    wrong = [
        *wrong_definition(version),
        *(changed_for_good(before, version) if before else ()),
        *known.wrong(version),
        *wrong_contents(version, parts, known.said, complete=False),
    ]
    if wrong:
        raise problems.invalid(*wrong)
    refuse_large(plain_version(version))
    refuse_large(dict(parts))


def lacking(version: Version, contents: Contents, known: Known) -> list[FieldError]:
    """Return what is to be put right before a version can be published."""
    parts = {key: each["parts"] for key, each in contents.items()}
    return [
        *wrong_definition(version),
        *never_sent(version),
        *known.wrong(version),
        *endless(version, _in_force),
        *wrong_contents(version, parts, known.said, complete=True),
    ]


def _in_force(sop_id: str) -> Version | None:
    """Return the published version of a SOP, None for one without."""
    sop = stored.defined.sops().get(sop_id)
    return stored.defined.version(sop_id, sop.published) if sop and sop.published else None


def known_to(request: Request, role: Role | None = None) -> Known:
    """Return what a SOP may name: a role's conditions ask for what it may see alone."""
    return Known(request.now, stored.defined.sops(), role)


def store(
    request: Request, action: str, before: Sop | None, after: Sop, told: Any, steps: Sequence[Step] = ()
) -> Sop:
    """Store a SOP over what was read of it, with `steps` and the audit line; return it as stored.

    Raises a 409 problem when it was changed meanwhile.
    """
    writes = [*stored.sop_steps(after, request.now, new=before is None), *steps]
    was = _told(before) if before else None
    audited(request, action, f"SOP#{after.sop_id}", was, {**_told(after), **told}, writes)
    return replace(after, version=after.version + 1, updated_at=rfc3339(request.now))


def contents_of(parts: Parts, before: Contents) -> dict[str, dict[str, Any]]:
    """Return what the steps of a version send as it is stored: what differs is a revision further."""
    found = {}
    for key, each in parts.items():
        was = before.get(key, {"parts": [], "revision": 0})
        same = list(each) == list(was["parts"])
        found[key] = {"parts": list(each), "revision": was["revision"] + (not same)}
    return found


def refuse_large(plain: Any, field: str = "steps") -> None:
    """Raise a 422 problem for what does not fit its row."""
    if len(json.dumps(plain, ensure_ascii=False, default=list).encode()) > LARGEST:
        raise problems.invalid_field(field, "步骤和内容合计过大，请减少")


def _told(sop: Sop) -> dict[str, Any]:
    return {name: getattr(sop, name) for name in ("name", "status", "published", "draft")}
