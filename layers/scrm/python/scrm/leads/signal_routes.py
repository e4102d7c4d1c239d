"""/admin/lead-signals: by which acts a customer becomes a lead (LED-02, LED-09, IDN-13)."""

from dataclasses import replace
from typing import Any

from scrm.admin.audited import audited
from scrm.admin.lists import page_of
from scrm.conditions.language import plain
from scrm.fields.dynamodb import load as load_fields
from scrm.http import problems
from scrm.http.fields import Page, PageQuery
from scrm.http.request import Request
from scrm.http.routing import Api
from scrm.leads import signals_dynamodb as stored
from scrm.leads.signal_models import SignalChangeIn, SignalIn, SignalOut
from scrm.leads.signals import MOST_SIGNALS, Signal
from scrm.leads.source_routes import EDIT, SEE
from scrm.segments.checking import condition_of
from scrm.segments.dynamodb import segments

SIGNALS = "/admin/lead-signals"


def declare(api: Api) -> None:
    """Add the routes."""
    see: dict[str, Any] = {"roles": SEE, "scope": "corp"}
    edit: dict[str, Any] = {"roles": EDIT, "scope": "corp"}
    one = f"{SIGNALS}/{{signal_id}}"
    api.route("GET", SIGNALS, query=PageQuery, answers=Page[SignalOut], **see)(listed)
    api.route("GET", one, answers=SignalOut, **see)(show)
    api.route("POST", SIGNALS, body=SignalIn, answers=SignalOut, status=201, **edit)(create)
    api.route("PUT", one, body=SignalChangeIn, answers=SignalOut, **edit)(change)
    api.route("DELETE", one, status=204, **edit)(remove)


def listed(request: Request) -> Page[SignalOut]:
    """Every signal, by id."""
    rows = list(stored.signals().values())
    page, more = page_of(
        "LEADSIGNALS", rows, lambda each: each.signal_id, request.query.limit, request.query.cursor
    )
    return Page(items=[out(each) for each in page], next_cursor=more)


def show(request: Request) -> SignalOut:
    """One signal."""
    return out(_found(request))


def create(request: Request) -> SignalOut:
    """Make a signal. It judges what happens from now on, with the trace of its days."""
    signal_id = request.new_id("sg")
    known = stored.signals()
    if signal_id in known:
        return out(known[signal_id])
    if len(known) >= MOST_SIGNALS:
        raise problems.conflict("too_many_signals", f"最多 {MOST_SIGNALS} 条线索生成规则")
    wanted = Signal(signal_id, **_said(request, None), created_by=request.staff.userid)
    return _stored(request, "lead_signal_created", None, wanted)


def change(request: Request) -> SignalOut:
    """Change a signal; leads that it made stay."""
    known, asked = _found(request), request.body
    if asked.version != known.version:
        raise problems.version_conflict()
    return _stored(request, "lead_signal_changed", known, replace(known, **_said(request, known)))


def remove(request: Request) -> None:
    """Delete a signal; leads that it made stay."""
    known = _found(request)
    step = stored.remove_step(known)
    audited(request, "lead_signal_deleted", f"SIGNAL#{known.signal_id}", _shown(known), None, [step])
    stored.kept.forget()


def out(signal: Signal) -> SignalOut:
    """Return a signal as it is shown."""
    return SignalOut.model_validate({**vars(signal), "condition": dict(signal.condition) or None})


def _said(request: Request, known: Signal | None) -> dict[str, Any]:
    told = request.body.model_dump(exclude={"version", "condition"})
    prelabels = tuple(dict.fromkeys(told["prelabels"]))
    return {**told, "prelabels": prelabels, "condition": _condition(request, known)}


def _condition(request: Request, known: Signal | None) -> dict[str, Any]:
    """Return the condition as it is stored; raises 422 naming what is wrong.

    Who becomes a lead tells what the condition asks for: a role asks for what it may see, or leaves it as it
    was.
    """
    given = request.body.condition
    if given is None:
        return {}
    role = None if known and plain(given) == known.condition else request.staff.role
    fields = load_fields().items()
    custom = {key: each.type for key, each in fields if (each.askable_by(role) if role else each.filterable)}
    condition, wrong = condition_of(given, custom, segments())
    if wrong:
        raise problems.invalid(*wrong)
    return condition


def _stored(request: Request, action: str, before: Signal | None, wanted: Signal) -> SignalOut:
    changed, step = stored.put_step(wanted, request.now)
    subject = f"SIGNAL#{wanted.signal_id}"
    audited(request, action, subject, _shown(before) if before else None, _shown(changed), [step])
    stored.kept.forget()
    return out(changed)


def _found(request: Request) -> Signal:
    found = stored.signal(request.params["signal_id"])
    if found is None:
        raise problems.not_found("没有这条线索生成规则")
    return found


def _shown(signal: Signal) -> dict[str, Any]:
    shown = {name: getattr(signal, name) for name in SignalIn.model_fields}
    return {**shown, "prelabels": list(signal.prelabels), "condition": dict(signal.condition)}
