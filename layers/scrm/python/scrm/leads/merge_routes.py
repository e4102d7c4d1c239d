"""/workbench/leads/{lead_id}:merge and :unmerge: two leads are one person's, or were not (spec 2.3, 0026)."""

from collections.abc import Sequence
from typing import Any

from scrm.admin.audited import audited, no_effect
from scrm.http import problems
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.leads import dynamodb as stored
from scrm.leads import loads_dynamodb
from scrm.leads.alike import alike
from scrm.leads.alike_dynamodb import unlike, unlike_steps
from scrm.leads.assigning import next_look
from scrm.leads.detailing import duplicate_out
from scrm.leads.dynamodb import Step
from scrm.leads.list_routes import LEAD, WORKERS
from scrm.leads.living import pool_of
from scrm.leads.loads import Load, brought, released
from scrm.leads.merge_models import (
    DismissIn,
    DuplicatesOut,
    LeadMergeIn,
    LeadMergeOut,
    LeadUnmergeIn,
    LoadMovedOut,
    MergeSideOut,
    MergeWarningOut,
    MovedKeyOut,
)
from scrm.leads.merges_dynamodb import key_steps, lead_step
from scrm.leads.merging import WARNINGS, MergeRefused, merged, parted, warned_of
from scrm.leads.model import Lead
from scrm.leads.reaching import reached
from scrm.leads.records_dynamodb import records
from scrm.leads.touches_dynamodb import how_many
from scrm.leads.views import hidden, owner_out
from scrm.staff.dynamodb import directory
from scrm.staff.model import key

SCOPE = "leads of pools that one administers"
Two = tuple[Lead, Lead]


def declare(api: Api) -> None:
    """Add the routes."""
    common: dict[str, Any] = {"roles": WORKERS, "scope": SCOPE, "answers": LeadMergeOut}
    api.route("POST", f"{LEAD}:merge", body=LeadMergeIn, **common)(merge)
    api.route("POST", f"{LEAD}:unmerge", body=LeadUnmergeIn, **common)(unmerge)
    dismissed: dict[str, Any] = {**common, "answers": DuplicatesOut}
    api.route("POST", f"{LEAD}:dismiss-duplicate", body=DismissIn, **dismissed)(dismiss)


def merge(request: Request) -> LeadMergeOut:
    """Merge this lead into another, which has its keys from then on; `dry_run` tells what would be.

    Nothing else is moved: its touches and follow-ups are shown with the other. Repeating changes nothing.
    """
    asked: LeadMergeIn = request.body
    goes, stays = _administered(request, request.params["lead_id"]), _administered(request, asked.into)
    if goes.merged_into == stays.lead_id:
        no_effect(request)
        return _out(request, "merge", (goes, stays), [], dry_run=asked.dry_run)
    _refuse_stale((goes, asked.version), (stays, asked.into_version))
    try:
        after = merged(goes, stays, request.staff.userid, request.now, asked.reason)
    except MergeRefused as refused:
        raise _refusal(refused) from None
    load = loads_dynamodb.load_of(goes.owner) if goes.is_owned else None
    loads = [(load, released(load))] if load else []
    if asked.dry_run:
        no_effect(request)
        return _out(request, "merge", (goes, stays), loads, dry_run=True)
    steps = _steps(request, (goes, stays), after, loads, (goes.lead_id, stays.lead_id))
    facts = {"into": stays.lead_id, "reason": asked.reason}
    was = {"status": goes.status}
    audited(request, "leads_merged", f"LEAD#{goes.lead_id}", was, facts, steps)
    return _out(request, "merge", _stored(goes, stays), loads, dry_run=False, before=(goes, stays))


def unmerge(request: Request) -> LeadMergeOut:
    """Take a merge back, exactly: status, owner and keys are the lead's own again."""
    asked: LeadUnmergeIn = request.body
    gone = _administered(request, request.params["lead_id"])
    _refuse_stale((gone, asked.version))
    if not gone.merged_into:
        raise _refusal(MergeRefused("not_merged"))
    stays = _administered(request, gone.merged_into)
    try:
        after = parted(gone, stays, request.staff.userid, request.now, asked.reason)
        _refuse_claimed(gone, stays)
    except MergeRefused as refused:
        raise _refusal(refused) from None
    load = loads_dynamodb.load_of(gone.owner) if after[0].is_owned else None
    loads = [(load, brought(load))] if load else []
    steps = _steps(request, (gone, stays), after, loads, (stays.lead_id, gone.lead_id))
    facts = {"status": after[0].status, "reason": asked.reason}
    audited(request, "leads_parted", f"LEAD#{gone.lead_id}", {"into": stays.lead_id}, facts, steps)
    return _out(request, "unmerge", _stored(gone, stays), loads, dry_run=False)


def dismiss(request: Request) -> DuplicatesOut:
    """Say that a possible duplicate is another person's: neither lead hints at the other any more.

    What sources tell later does not bring the hint back. Repeating changes nothing. Raises 404 for a lead
    that is not hinted at.
    """
    asked: DismissIn = request.body
    there = reached(request, request.params["lead_id"])
    there.as_one_of("admin")
    lead_id, hinted = there.lead.lead_id, alike(there.lead)
    if asked.lead_id not in {each.lead.lead_id for each in hinted}:
        if asked.lead_id not in unlike(lead_id):
            raise problems.not_found("这条线索没有提示与它可能重复")
        no_effect(request)
    else:
        steps = unlike_steps(lead_id, asked.lead_id, request.staff.userid, asked.reason, request.now)
        facts = {"other": asked.lead_id, "reason": asked.reason}
        audited(request, "lead_duplicate_dismissed", f"LEAD#{lead_id}", None, facts, steps)
    left = [each for each in hinted if each.lead.lead_id != asked.lead_id]
    return DuplicatesOut(items=[duplicate_out(request, there, each) for each in left])


def _administered(request: Request, lead_id: str) -> Lead:
    there = reached(request, lead_id)
    there.as_one_of("admin")
    return there.lead


def _refuse_stale(*read: tuple[Lead, int | None]) -> None:
    for lead, version in read:
        if version is not None and version != lead.version:
            raise problems.version_conflict()


def _refuse_claimed(gone: Lead, stays: Lead) -> None:
    """Raise keys_claimed unless every key of the lead is with the one it went into."""
    there = stored.having(gone.keys)
    if any(there.get(each) != stays.lead_id for each in gone.keys):
        raise MergeRefused("keys_claimed")


def _refusal(refused: MergeRefused) -> problems.Problem:
    return problems.conflict(refused.code, str(refused))


def _steps(
    request: Request, before: Two, after: Two, loads: Sequence[tuple[Load, Load]], way: tuple[str, str]
) -> list[Step]:
    """Return all that changes: both leads, whose the keys are, and how many the one's owner has."""
    found = [lead_step(new, old, _look(request, new)) for old, new in zip(before, after, strict=True)]
    found += key_steps(before[0].keys, *way)
    return [*found, *(loads_dynamodb.load_step(*each) for each in loads)]


def _look(request: Request, lead: Lead) -> Any:
    """Return when the clock looks at a lead; at once if its owner may have left while it was away."""
    due_at = next_look(lead, pool_of(lead, request.now).protection)
    return request.now if due_at and lead.trigger == "unmerge" else due_at


def _stored(*leads: Lead) -> Two:
    one, other = (stored.lead(each.lead_id) or each for each in leads)
    return one, other


def _out(
    request: Request,
    action: Any,
    two: Two,
    loads: Sequence[tuple[Load, Load]],
    *,
    dry_run: bool,
    before: Two | None = None,
) -> LeadMergeOut:
    goes, stays = two
    people = directory(request.now)
    warned = warned_of(*(before or two)) if (before or goes.is_open) and action == "merge" else []
    return LeadMergeOut(
        action=action,
        dry_run=dry_run,
        goes=_side(request, goes),
        stays=_side(request, stays),
        owner_after=owner_out(stays if action == "merge" else goes, people),
        keys=[MovedKeyOut(kind=kind, value=hidden(kind, value)) for kind, value in goes.keys],
        loads=[
            LoadMovedOut(userid=_spelt(request, had.userid), open_before=had.open, open_after=has.open)
            for had, has in loads
        ],
        warnings=[MergeWarningOut(code=each, message=WARNINGS[each]) for each in warned],
    )


def _spelt(request: Request, userid: str) -> str:
    known = directory(request.now).get(key(userid))
    return known.userid if known else userid


def _side(request: Request, lead: Lead) -> MergeSideOut:
    beside = records(lead.lead_id)
    return MergeSideOut.model_validate(
        {
            **vars(lead),
            "owner": owner_out(lead, directory(request.now)),
            "touches": how_many(lead.lead_id),
            "follow_ups": len(beside.follow_ups),
            "demand": bool(beside.demand or beside.detail.get("demand")),
            "absorbed": list(lead.absorbed),
        }
    )
