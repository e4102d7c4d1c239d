"""/admin/reconciliations: start one by hand, and see how far it is (IDN-26)."""

from typing import Literal

from scrm.admin.audited import audited
from scrm.admin.rights import OPERATIONS, SEE_SETTINGS
from scrm.http import problems
from scrm.http.fields import Moment, Out, Page
from scrm.http.routing import Api, Request
from scrm.reconciliation.model import Progress
from scrm.reconciliation.running import ask_for_members, progress, runs, start


class ReconciliationOut(Out):
    """A run: how many members it asks about, and what came of it so far.

    added: friendships no callback had told of; edited: remarks, tags or origin that differed; missing: active
    relations that WeCom does not list, which are marked and never taken for deleted.
    """

    run_id: str
    status: Literal["starting", "running", "done"]
    requested_by: str
    started_at: Moment
    members: int
    members_done: int
    members_skipped: int
    relations_seen: int
    added: int
    edited: int
    found_again: int
    missing: int


class ReconciliationBrief(Out):
    """A run in the list."""

    run_id: str
    requested_by: str
    started_at: Moment


def declare(api: Api) -> None:
    """Add the routes."""
    root = "/admin/reconciliations"
    api.route("POST", root, roles=OPERATIONS, scope="corp", answers=ReconciliationOut, status=202)(begin)
    api.route("GET", root, roles=SEE_SETTINGS, scope="corp", answers=Page[ReconciliationBrief])(latest)
    one = f"{root}/{{run_id}}"
    api.route("GET", one, roles=SEE_SETTINGS, scope="corp", answers=ReconciliationOut)(read)


def begin(request: Request) -> ReconciliationOut:
    """Start a reconciliation with WeCom; while one is under way, that one is the answer."""
    run_id = start(request.now, request.staff.userid)
    ask_for_members(run_id)
    audited(request, "reconciliation_started", run_id)
    return _shown(progress(run_id))


def latest(_: Request) -> Page[ReconciliationBrief]:
    """The latest reconciliations."""
    items = [ReconciliationBrief.model_validate(run) for run in runs.recent()]
    return Page[ReconciliationBrief](items=items)


def read(request: Request) -> ReconciliationOut:
    """How far a reconciliation is and what it has healed."""
    return _shown(progress(request.params["run_id"]))


def _shown(found: Progress | None) -> ReconciliationOut:
    if found is None:
        raise problems.not_found()
    return ReconciliationOut(
        run_id=found.run.run_id,
        status=found.status,
        requested_by=found.run.requested_by,
        started_at=found.run.started_at,
        members=found.members,
        members_done=found.members_done,
        members_skipped=found.members_skipped,
        relations_seen=found.counts.seen,
        added=found.counts.added,
        edited=found.counts.edited,
        found_again=found.counts.found_again,
        missing=found.counts.missing,
    )
