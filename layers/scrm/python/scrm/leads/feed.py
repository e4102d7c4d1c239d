"""Leads as crawlers, websites, campaigns, partners and call robots tell of them (LED-08, LED-10)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from scrm.identities.normalise import InvalidIdentity, normalised
from scrm.integrations.models import RowError
from scrm.integrations.rows import judged, said
from scrm.leads import dynamodb as stored
from scrm.leads import kinds_dynamodb
from scrm.leads.cleaning import clean
from scrm.leads.dynamodb import KeyTaken, LeadChanged
from scrm.leads.feed_models import LeadRowIn, LeadRowOut, LeadsOut, ResultIn
from scrm.leads.intake import Told, take_in
from scrm.leads.kinds import as_kind
from scrm.leads.machine import NotAllowed
from scrm.leads.saying import BAD_FORMAT, Wrong
from scrm.leads.saying import said as what_is_said

RECORDED = frozenset({"created", "duplicate", "cleaned"})
ERASED = RowError(field="phone", message="该客户已要求删除个人信息，不能重新导入")


def take_in_rows(rows: Sequence[Any], request_id: str, by: str, now: datetime) -> LeadsOut:
    """Record leads and results; return what became of each, in order. Safe to repeat.

    A row without a source_id is named by its place in the request, `request_id`: the same request again
    changes nothing. `by` is the system's key: what it calls a lead is its own, and it tells the results.
    """
    results = [_one(row, f"{request_id}#{place}", by, now) for place, row in enumerate(rows)]
    return LeadsOut(recorded=sum(each.status in RECORDED for each in results), results=results)


def _one(row: Any, place: str, by: str, now: datetime) -> LeadRowOut:
    source_id = said(row, "source_id")
    is_result = isinstance(row, dict) and "result" in row
    good = judged(ResultIn, row, now) if is_result else judged(LeadRowIn, row, now)
    if isinstance(good, list):
        return LeadRowOut(source_id=source_id, status="invalid", errors=good)
    try:
        if isinstance(good, ResultIn):
            return _cleaned(good, by, now)
        return _taken_in(good, place, by, now)
    except (KeyTaken, LeadChanged):
        return LeadRowOut(source_id=source_id, status="busy")
    except Wrong as wrong:
        errors = [RowError(field=name, message=message) for name, message in wrong.errors.items()]
        return LeadRowOut(source_id=source_id, status="invalid", errors=errors)


def _taken_in(row: LeadRowIn, place: str, system: str, now: datetime) -> LeadRowOut:
    what = what_is_said(row.model_dump(), row.kind)
    lead = as_kind(what.lead, kinds_dynamodb.kept.get(now)[row.kind])
    told = Told(row.kind, row.source_id or place, what.keys, lead, what.detail, system=system)
    taken = take_in(told, now)
    lead_id = taken.lead_id or None
    match taken.outcome:
        case "created" | "blacklisted" | "conflict" as status:
            return LeadRowOut(source_id=row.source_id, status=status, lead_id=lead_id)
        case "erased":
            return LeadRowOut(source_id=row.source_id, status="invalid", errors=[ERASED])
        case _:
            return LeadRowOut(source_id=row.source_id, status="duplicate", lead_id=lead_id)


def _cleaned(row: ResultIn, by: str, now: datetime) -> LeadRowOut:
    lead_id = row.lead_id or _of_phone(row.phone or "")
    try:
        clean(lead_id, row.result, "system", by, f"外呼结果 {row.note}".strip(), now)
    except LookupError:
        return LeadRowOut(source_id="", status="not_found")
    except NotAllowed:
        return LeadRowOut(source_id="", status="wrong_status", lead_id=lead_id)
    return LeadRowOut(source_id="", status="cleaned", lead_id=lead_id)


def _of_phone(phone: str) -> str:
    """Return the open lead of a phone, "" for none."""
    try:
        number = normalised("phone", phone)
    except InvalidIdentity:
        raise Wrong({"phone": BAD_FORMAT}) from None
    return next(iter(stored.having([("phone", number)]).values()), "")
