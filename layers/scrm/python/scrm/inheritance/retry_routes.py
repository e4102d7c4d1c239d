"""/admin/inheritance/plans/{plan_id}:retry: what was refused or left over is tried again (INH-13)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from scrm.admin.audited import no_effect
from scrm.admin.rights import OPERATIONS
from scrm.audit.dynamodb import Step
from scrm.customers.dynamodb import Customers
from scrm.http import problems
from scrm.http.routing import Api, Request
from scrm.inheritance import plans_dynamodb as stored
from scrm.inheritance.carrying_on import handed_to, taken_of, with_child
from scrm.inheritance.codes import text_of
from scrm.inheritance.console_models import NotRetriedOut, RetriedOut, RetryIn
from scrm.inheritance.console_routes import ONE, existing
from scrm.inheritance.guards import Relation
from scrm.inheritance.items import item_out
from scrm.inheritance.marks_dynamodb import transfers_of
from scrm.inheritance.model import Item
from scrm.inheritance.naming import contacts_of
from scrm.inheritance.plan import Plan, PlanBatch, next_look, next_takeover
from scrm.inheritance.retrying import FULL, SAME, Again, NotYet, not_yet
from scrm.inheritance.showing import plan_out
from scrm.inheritance.starting import store
from scrm.settings.dynamodb import load as load_settings
from scrm.staff.dynamodb import directory
from scrm.staff.model import Directory, key

MOST_STEPS = 97
"""A transaction holds 100 writes, the plan and its audit line among them (two); what is beyond waits for the
same request again."""
customers = Customers()


def declare(api: Api) -> None:
    """Add the route."""
    scope = "data scope over all who hand or take over"
    api.route("POST", f"{ONE}:retry", roles=OPERATIONS, scope=scope, body=RetryIn, answers=RetriedOut)(retry)


@dataclass
class Work:
    """What one request changes: batches over what they were, new ones; and the items it leaves."""

    changed: list[tuple[PlanBatch, PlanBatch | None]] = field(default_factory=list)
    fresh: list[tuple[PlanBatch, Item]] = field(default_factory=list)
    kept: list[NotYet] = field(default_factory=list)
    assigned: int = 0
    complete: bool = True


def retry(request: Request) -> RetriedOut:
    """Try items again with another takeover, in one go: all that is answered is stored, or nothing.

    A customer who refused on the job is asked again after 90 days, or when somebody else than who made the
    plan approves.
    """
    asked: RetryIn = request.body
    plan = existing(request)
    staff = directory(request.now)
    _refuse(request, plan, asked, staff)
    named = frozenset((each.external_userid, key(each.handover or "")) for each in asked.items)
    again = Again(named, frozenset(asked.statuses), asked.approved)
    batches = list(stored.batches_of(plan.plan_id))
    _refuse_strangers(asked, batches)
    work = _worked_out(plan, batches, again, _spelt(asked.takeover, staff), staff, request.now)
    after = _stored(request, plan, work, asked.reason) if work.fresh else plan
    if not work.fresh:
        no_effect(request)
    names = contacts_of(each for _, each in work.fresh)
    return RetriedOut(
        plan=plan_out(after),
        retried=[item_out(batch, each, names, {}, request.now) for batch, each in work.fresh],
        not_retried=[_kept_out(each) for each in work.kept],
        complete=work.complete,
    )


def _refuse(request: Request, plan: Plan, asked: RetryIn, staff: Directory) -> None:
    if plan.status not in {"RUNNING", "COMPLETED", "PARTIAL"}:
        raise problems.conflict("plan_not_started", "方案未执行或已取消，请新建方案")
    if not asked.items and not asked.statuses:
        raise problems.invalid_field("items", "请指定客户或状态")
    if asked.takeover:
        member = staff.get(asked.takeover)
        if member is None or not member.may_take_customers:
            raise problems.invalid_field("takeover", text_of("takeover_unfit"))
        if key(asked.takeover) in map(key, plan.terms["handovers"]):
            raise problems.invalid_field("takeover", "移交人不能同时是接替人")
    if key(plan.created_by) == key(request.staff.userid) and _needs_another(plan, asked):
        raise problems.conflict("approval_required", "须由创建人以外的管理员批准")


def _refuse_strangers(asked: RetryIn, batches: Sequence[PlanBatch]) -> None:
    """Refuse (422) items that the plan does not have."""
    there = {
        name
        for batch in batches
        for each in batch.items
        for name in ((each.external_userid, ""), (each.external_userid, key(each.handover)))
    }
    wrong = [
        problems.FieldError(f"items.{place}", "方案中没有这位客户")
        for place, each in enumerate(asked.items)
        if (each.external_userid, key(each.handover or "")) not in there
    ]
    if wrong:
        raise problems.invalid(*wrong)


def _needs_another(plan: Plan, asked: RetryIn) -> bool:
    """Return whether somebody else than who made the plan has to agree: to ask customers again, and where two
    have to agree to a plan on the job, to a takeover whom nobody has agreed to (INH-11)."""
    is_new = asked.takeover is not None and key(asked.takeover) not in map(key, plan.takeovers)
    return asked.approved or (is_new and plan.mode == "onjob" and load_settings().inheritance_four_eyes)


def _spelt(userid: str | None, staff: Directory) -> str:
    member = staff.get(userid) if userid else None
    return member.userid if member else ""


def _worked_out(
    plan: Plan, batches: Sequence[PlanBatch], again: Again, takeover: str, staff: Directory, now: datetime
) -> Work:
    """Return what becomes of the items that are asked for, batch by batch, as much as one write holds."""
    work, taken = Work(), taken_of(batches)
    plan = replace(
        plan, full=plan.full | {each.takeover for each in batches if each.having("LIMIT_EXCEEDED")}
    )
    for batch in batches:
        wanted = [each for each in batch.items if again.wants(each)]
        if not wanted:
            continue
        if len(work.changed) >= MOST_STEPS - 1:
            work.complete = False
            break
        items = list(_allowed(batch, wanted, again, work, now))
        after = batch
        for userid, part in _shared(plan, batch, items, taken, takeover, staff):
            if userid and len(work.changed) >= MOST_STEPS - 1:
                work.complete = False
                break
            if not userid:
                work.kept += [NotYet(each, "unassigned") for each in part]
                continue
            child = handed_to(after, userid, part, now)
            after = with_child(after, child)
            taken[userid] += len(part)
            work.changed.append((child, None))
            work.fresh += [(child, each) for each in child.items]
            work.assigned += sum(each.status == "SKIPPED" and each.code == "unassigned" for each in part)
        if after is not batch:
            work.changed.append((replace(after, due_at=next_look(after, now)), batch))
    return work


def _allowed(
    batch: PlanBatch, wanted: Sequence[Item], again: Again, work: Work, now: datetime
) -> Iterator[Item]:
    """Yield the items that may be tried again; note the others with why not."""
    there = [each.external_userid for each in wanted]
    told, known = transfers_of(there), customers.relations(batch.handover, there)
    for each in wanted:
        marks, relation = told[each.external_userid], known.get(each.external_userid)
        facts = Relation(
            relation.status == "active" if relation else each.code != "not_friend",
            marks.of(batch.handover) is not None,
            marks.accepted,
        )
        if why := not_yet(each, batch.mode, facts, again, now):
            work.kept.append(why)
        else:
            yield each


def _shared(
    plan: Plan,
    batch: PlanBatch,
    items: Sequence[Item],
    taken: Counter[str],
    takeover: str,
    staff: Directory,
) -> Iterator[tuple[str, list[Item]]]:
    """Yield who takes which of a batch's items; with "" those for whom nobody is left."""
    if takeover:
        yield takeover, list(items)
        return
    unfit = {each for each in plan.takeovers if not _may_take(each, staff)}
    able = batch.takeover and batch.takeover not in unfit | plan.full
    same = [each for each in items if each.status in SAME and each.code != FULL and able]
    if same:
        yield batch.takeover, same
    left = [each for each in items if each not in same]
    over = replace(plan, full=plan.full | unfit)
    for userid, number in next_takeover(over, batch, taken, len(left)):
        yield userid, left[:number]
        left = left[number:]
    if left:
        yield "", left


def _may_take(userid: str, staff: Directory) -> bool:
    member = staff.get(userid)
    return member is not None and member.may_take_customers


def _stored(request: Request, plan: Plan, work: Work, reason: str) -> Plan:
    fresh = frozenset(after.number for after, before in work.changed if before is None)
    totals = {**plan.totals, "unassigned": plan.totals.get("unassigned", 0) - work.assigned}
    after = replace(
        plan,
        status="RUNNING",
        batches=plan.batches | fresh,
        totals=totals,
        ended_at=None,
        outcome={},
    )
    steps: list[Step] = [stored.batch_step(now, before) for now, before in work.changed]
    steps.append(stored.reopen_step(replace(after, version=plan.version + 1)))
    told = {"retry_reason": reason, "retried": len(work.fresh)}
    return store(request, "inheritance_plan_retried", plan, after, steps, **told)


def _kept_out(each: NotYet) -> NotRetriedOut:
    return NotRetriedOut(
        external_userid=each.item.external_userid,
        handover=each.item.handover,
        code=each.code,
        code_text=text_of(each.code),
        allowed_from=each.allowed_from,
    )
