"""Items of a plan as they are shown, and the numbers of a report. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from scrm.customers.model import Contact
from scrm.inheritance.codes import STATUSES, text_of
from scrm.inheritance.console_models import PairReportOut, PlanItemOut, PlanReportOut
from scrm.inheritance.guards import allowed_from
from scrm.inheritance.model import OPEN, Item
from scrm.inheritance.plan import Plan, PlanBatch
from scrm.inheritance.progress import KEPT, current
from scrm.inheritance.rates import of_relations
from scrm.sidebar import masking


def item_out(
    batch: PlanBatch,
    item: Item,
    contacts: Mapping[str, Contact],
    accepted: Mapping[str, Sequence[datetime]],
    now: datetime,
) -> PlanItemOut:
    """Return an item as it is shown; `accepted` are the handovers on the job that count for 90 days."""
    contact = contacts.get(item.external_userid)
    held = item.code == "quota90"
    return PlanItemOut(
        external_userid=item.external_userid,
        customer_id=item.customer_id,
        name=masking.text(contact.name) if contact else "",
        handover=item.handover,
        takeover=item.takeover or None,
        status=item.status,
        status_text=STATUSES[item.status],
        code=item.code,
        code_text=text_of(item.code),
        allowed_from=allowed_from(accepted.get(item.external_userid, ()), now) if held else None,
        attempt=item.attempt,
        at=item.at,
        sent_at=item.sent_at,
        batch=batch.number or None,
        next=item.next or None,
    )


def report_out(plan: Plan, batches: Sequence[PlanBatch]) -> PlanReportOut:
    """Return what came of a plan; each customer's relation counts once, however often it was tried."""
    every = [item for batch in batches for item in batch.items]
    now = current(batches)
    pairs: dict[tuple[str, str], list[Item]] = {}
    for each in every:
        if each.takeover:
            pairs.setdefault((each.handover, each.takeover), []).append(each)
    return PlanReportOut(
        plan_id=plan.plan_id,
        status=plan.status,
        total=len(now),
        skipped=sum(1 for each in now if each.status == "SKIPPED"),
        by_status=dict(Counter(each.status for each in now)),
        by_code=dict(Counter(each.code for each in now if each.code and each.status in KEPT)),
        pairs=[
            PairReportOut(handover=handover, takeover=takeover, **_rates(those))
            for (handover, takeover), those in sorted(pairs.items())
        ],
        **_rates(every),
    )


def _rates(items: Iterable[Item]) -> dict[str, Any]:
    every = list(items)
    found = of_relations(every)
    waiting = sum(1 for each in every if each.status in OPEN - {"SUCCEEDED"} and not each.next)
    named = {
        "success": found.success,
        "success_of_accepted": found.success_of_accepted,
        "refusal": found.refusal,
    }
    return {
        "submitted": found.submitted,
        "accepted": found.accepted,
        "succeeded": found.succeeded,
        "refused": found.refused,
        "limit_exceeded": found.limited,
        "waiting": waiting,
        **{name: _share(each, 4) for name, each in named.items()},
        **{f"{name}_percent": _share(each and each * 100, 2) for name, each in named.items()},
    }


def _share(value: Fraction | None, places: int) -> float | None:
    return None if value is None else round(float(value), places)
