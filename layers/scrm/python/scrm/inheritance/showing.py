"""How plans, previews and items look to whom may see them. Pure."""

from collections.abc import Mapping
from typing import Any

from scrm.inheritance.codes import text_of
from scrm.inheritance.console_models import (
    CountsOut,
    GivenOut,
    KeptBackOut,
    MatrixOut,
    PlanOut,
    PlanPreviewOut,
    TakeoverOut,
    TakingOut,
    WarningOut,
)
from scrm.inheritance.plan import REASONS, Plan
from scrm.inheritance.planning import KeptBack, Preview, Taking
from scrm.sidebar import masking
from scrm.staff.model import Directory, key

SHOWN = 2000
"""So many lines of each list a preview holds; the items' route pages through all."""


def preview_out(found: Preview, terms: Mapping[str, Any], staff: Directory) -> PlanPreviewOut:
    """Return a preview as it is shown: names of customers with numbers in them hidden."""
    lists = (found.items, found.skipped, found.unassigned)
    asked = {key(each["userid"]): each for each in terms["takeovers"]}
    return PlanPreviewOut(
        mode=found.mode,
        selection_hash=found.selection_hash,
        counts=CountsOut.model_validate(found.totals(), from_attributes=False),
        matrix=matrix_out(found),
        takeovers=[_taking(each, asked[key(each.userid)], staff) for each in found.takers],
        items=[
            GivenOut(
                external_userid=item.external_userid,
                customer_id=item.customer_id,
                name=masking.text(found.names.get(item.external_userid, "")),
                handover=item.handover,
                takeover=item.takeover,
                notice=notice,
            )
            for item, notice in found.items[:SHOWN]
        ],
        skipped=[_kept_back(each, found.names) for each in found.skipped[:SHOWN]],
        unassigned=[_kept_back(each, found.names) for each in found.unassigned[:SHOWN]],
        complete=all(len(each) <= SHOWN for each in lists),
        warnings=[*warnings_of(terms, staff), *_short_of(found, terms)],
    )


def matrix_out(found: Preview) -> MatrixOut:
    """Return who gets how many from whom, with a row for each handover and a column for each takeover."""
    takeovers = [each.userid for each in found.takers]
    counts = [[found.matrix.get((h, t), 0) for t in takeovers] for h in found.handovers]
    return MatrixOut(
        handovers=list(found.handovers),
        takeovers=takeovers,
        counts=counts,
        row_totals=[sum(row) for row in counts],
        column_totals=[sum(column) for column in zip(*counts, strict=True)],
        total=len(found.items),
    )


def _taking(each: Taking, asked: Mapping[str, Any], staff: Directory) -> TakingOut:
    return TakingOut(
        userid=each.userid,
        name=staff.name_of(each.userid),
        weight=asked.get("weight", 1),
        max_take=asked.get("max_take"),
        max_load=asked.get("max_load"),
        load=each.load,
        load_after=each.load_after,
        customers=each.customers,
        items=each.items,
        kept=each.kept,
        quota=each.quota,
        code=each.code,
        code_text=text_of(each.code or ""),
    )


def _kept_back(each: KeptBack, names: Mapping[str, str]) -> KeptBackOut:
    return KeptBackOut(
        external_userid=each.item.external_userid,
        customer_id=each.item.customer_id,
        name=masking.text(names.get(each.item.external_userid, "")),
        handover=each.item.handover,
        code=each.item.code,
        code_text=text_of(each.item.code),
        allowed_from=each.allowed_from,
    )


def warnings_of(terms: Mapping[str, Any], staff: Directory) -> list[WarningOut]:
    """Return which handovers do not fit the plan's mode: WeCom will take none of their customers."""
    found = []
    for userid in terms["handovers"]:
        member = staff.get(userid)
        if member is None:
            continue
        has_left = member.status == "left"
        if has_left is (terms["mode"] == "onjob"):
            code = "left" if has_left else "employed"
            found.append(WarningOut(userid=userid, code=code, code_text=text_of(code)))
    return found


def _short_of(found: Preview, terms: Mapping[str, Any]) -> list[WarningOut]:
    """Return whose customers are fewer than a matrix gives away, or go elsewhere than it says."""
    gives = {(key(handover), key(takeover)): number for (handover, takeover), number in found.matrix.items()}
    short = {
        key(handover)
        for handover, takeover, count in terms.get("matrix", ())
        if gives.get((key(handover), key(takeover)), 0) < count
    }
    return [
        WarningOut(userid=userid, code="matrix_short", code_text=text_of("matrix_short"))
        for userid in terms["handovers"]
        if key(userid) in short
    ]


def plan_values(plan: Plan) -> dict[str, Any]:
    """Return what every answer about a plan holds."""
    return {
        "plan_id": plan.plan_id,
        "status": plan.status,
        "mode": plan.mode,
        "reason": plan.reason,
        "reason_text": REASONS.get(plan.reason, plan.reason),
        "note": plan.note,
        "handovers": list(plan.terms["handovers"]),
        "takeovers": [
            TakeoverOut(
                userid=each["userid"],
                weight=each.get("weight", 1),
                max_take=each.get("max_take"),
                max_load=each.get("max_load"),
            )
            for each in plan.terms["takeovers"]
        ],
        "allocation": plan.terms.get("allocation", "even"),
        "selection_hash": plan.selection_hash,
        "counts": CountsOut.model_validate(dict(plan.totals))
        if plan.totals.get("by_code") is not None
        else None,
        "allow_partial": plan.allow_partial,
        "created_by": plan.created_by,
        "created_at": plan.created_at,
        "approved_by": plan.approved_by or None,
        "approved_at": plan.approved_at,
        "ended_at": plan.ended_at,
        "version": plan.version,
    }


def plan_out(plan: Plan) -> PlanOut:
    """Return a plan as a line of the list."""
    return PlanOut(**plan_values(plan))
