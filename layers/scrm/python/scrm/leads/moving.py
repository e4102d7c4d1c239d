"""Carrying out what staff ask of a lead, each step on what it was read as (spec 2.3)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from scrm.http import problems
from scrm.http.request import Request
from scrm.http.scope import may_see_of
from scrm.leads import attachments_dynamodb as attachments
from scrm.leads import dynamodb as stored
from scrm.leads import rules_dynamodb
from scrm.leads.assigning import owned_by
from scrm.leads.detailing import customer_ids_of, evidence_of
from scrm.leads.doubts import jumped
from scrm.leads.doubts_dynamodb import new_steps
from scrm.leads.dynamodb import LeadChanged, Step
from scrm.leads.evidence import NEEDS, TITLES, Proof, missing
from scrm.leads.living import Also, change, nothing_else
from scrm.leads.machine import STEPS, NotAllowed, Status, Trigger, after
from scrm.leads.model import Lead
from scrm.leads.models import EvidenceIn, FollowUpIn, ReopenIn, TransferIn, TransitionIn
from scrm.leads.policy import Pool
from scrm.leads.protection import FIRST
from scrm.leads.reaching import Reached, administers
from scrm.leads.records import Demand, FollowUp
from scrm.leads.records_dynamodb import (
    demand_step,
    evidence_steps,
    follow_step,
    follow_ups,
)
from scrm.leads.steps import followed, moved, recycled, reopened, transferred
from scrm.leads.united import records_of
from scrm.materials import files_dynamodb as files
from scrm.settings.dynamodb import load as load_settings
from scrm.staff.dynamodb import directory
from scrm.staff.model import key

BY_STATUS: tuple[Trigger, ...] = (
    "follow",
    "qualify",
    "intend",
    "sign",
    "win",
    "give_up",
    "invalidate",
)
"""What may be asked for as a step to a status; the others have routes of their own."""

Rule = Callable[[Lead, Pool], Lead]


def follow_up(request: Request, there: Reached) -> tuple[FollowUp, Lead]:
    """Record a follow-up of the lead's owner; return it, and the lead then.

    Repeating with the same Idempotency-Key records it once. All of it changes in one transaction.
    """
    return recorded(request, there, request.body, request.new_id("fu"))


def recorded(
    request: Request, there: Reached, asked: FollowUpIn, follow_id: str, also: Sequence[Step] = ()
) -> tuple[FollowUp, Lead]:
    """Record a follow-up under an id, as `follow_up` does, together with `also`."""
    there.as_one_of("owner")
    _refuse_files(there.lead.lead_id, asked.attachments)
    at = _whole(request.now)
    if asked.next_at and asked.next_at <= request.now:
        raise problems.invalid_field("next_at", "下次跟进时间必须晚于现在")
    me, lead_id = request.staff.userid, there.lead.lead_id
    told = FollowUp(
        follow_id,
        at,
        me,
        asked.method,
        asked.content,
        asked.next_at.astimezone(UTC).replace(microsecond=0) if asked.next_at else None,
        asked.quote_fen or 0,
        tuple(asked.attachments),
    )
    repeated = "idempotency-key" in request.headers

    def rule(lead: Lead, pool: Pool) -> Lead:
        # Asked for after the lead was read: whoever recorded it meanwhile has changed the lead.
        if repeated and (known := _recorded(lead_id, follow_id)):
            raise _Known(known, lead)
        if not lead.is_owned:
            raise NotAllowed("wrong_status")
        return followed(lead, pool.protection, me, at, told.next_at)

    steps = [follow_step(lead_id, told), *also]
    steps += [demand_step(lead_id, Demand(asked.demand, me, at))] if asked.demand else []
    try:
        return told, changed(request, there, None, rule, lambda *_: steps)
    except _Known as known:
        return known.told, known.lead


class _Known(Exception):
    """The follow-up was recorded before."""

    def __init__(self, told: FollowUp, lead: Lead) -> None:
        super().__init__(told.follow_id)
        self.told, self.lead = told, lead


def transition(request: Request, there: Reached, asked: TransitionIn) -> Lead:
    """Take a step of the machine, with what proves it; where the lead is already, nothing is written.

    Raises 409 wrong_status, 409 evidence_missing listing what would do, 403 wrong_actor, 422.
    """
    if (asked.to is None) == (asked.trigger is None):
        raise problems.invalid_field("to", "请给出目标状态 to 或操作 trigger 之一")
    lead = there.lead
    if asked.to == lead.status:
        return lead
    trigger = asked.trigger or _trigger_to(lead.status, asked.to)
    actors = next(each.actors for each in STEPS if each.trigger == trigger)
    actor = next(iter(sorted(there.actors & actors)), None) or "pool_member"
    try:
        after(lead.status, trigger, actor, asked.reason)
    except NotAllowed as refused:
        raise refusal_of(refused) from None
    at, me = _whole(request.now), request.staff.userid
    proofs = _given(asked.evidence, trigger, me, at)
    _refuse_unproved(trigger, lead, proofs)
    minutes = load_settings().lead_jump_minutes if trigger == "intend" else 0
    steps = evidence_steps(lead.lead_id, proofs)
    steps += [
        demand_step(lead.lead_id, Demand(each.note, me, at)) for each in proofs if each.kind == "demand"
    ]
    return changed(
        request,
        there,
        asked.version,
        lambda lead, _: jumped(lead, moved(lead, trigger, actor, me, at, asked.reason), minutes),
        lambda before, after: [*steps, *new_steps(before, after)],
    )


def transfer(request: Request, there: Reached) -> Lead:
    """Give a lead to another member, or one of a pool to somebody; both are told. Protection goes on."""
    asked: TransferIn = request.body
    actor = there.as_one_of("manager", "admin")
    target = _target(asked.to, request, there.pool)
    me, at = request.staff.userid, _whole(request.now)

    def rule(lead: Lead, pool: Pool) -> Lead:
        if lead.is_owned:
            if key(lead.owner) == key(target):
                raise problems.conflict("same_owner", "这条线索已经由该成员负责")
            return transferred(lead, target, actor, me, at, asked.reason)
        after(lead.status, "assign", "manager")
        return owned_by(lead, target, pool, at, "assign", me, asked.reason)

    return changed(request, there, asked.version, rule)


def release(request: Request, there: Reached) -> Lead:
    """Give a lead back to its pool: its owner does, or a manager or the pool's admin recalls it."""
    actor = there.as_one_of("owner", "admin", "manager")
    me, reason = request.staff.userid, request.body.reason
    # The rules' own names say that the clock has done it.
    reason = f"手动：{reason}" if reason in FIRST else reason

    def rule(lead: Lead, pool: Pool) -> Lead:
        if lead.locked:
            raise problems.conflict("locked", "线索已锁定，不能退回公海")
        return recycled(lead, pool.protection, actor, me, request.now, reason)

    return changed(request, there, request.body.version, rule)


def reopen(request: Request, there: Reached) -> Lead:
    """Put a lost or invalid lead into a pool again. Raises 409 open_lead_exists where another one is open."""
    asked: ReopenIn = request.body
    actor = there.as_one_of("manager", "admin")
    rules = rules_dynamodb.in_force.get(request.now)
    pool_id = asked.pool_id or there.lead.pool_id or rules.default_pool
    if asked.pool_id and rules.pool(asked.pool_id) is None:
        raise problems.invalid_field("pool_id", "没有这个公海")
    me = request.staff.userid

    def rule(lead: Lead, _: Pool) -> Lead:
        opened = reopened(lead, pool_id, actor, me, request.now, asked.reason)
        if stored.having(opened.keys):
            raise problems.conflict("open_lead_exists", "这个人已有一条未关闭的线索")
        return opened

    return changed(request, there, asked.version, rule)


def lock(request: Request, there: Reached, *, locked: bool) -> Lead:
    """Keep the clock, and everybody, from taking a lead from its owner; or no longer. Repeating is safe."""
    there.as_one_of("manager", "admin")
    at = _whole(request.now)

    def rule(lead: Lead, _: Pool) -> Lead:
        if not lead.is_owned:
            raise NotAllowed("wrong_status")
        if lead.locked == locked:
            return lead
        return replace(
            lead,
            locked=locked,
            trigger="lock" if locked else "unlock",
            reason=request.body.reason,
            updated_by=request.staff.userid,
            updated_at=at,
        )

    return changed(request, there, request.body.version, rule)


def changed(
    request: Request, there: Reached, version: int | None, rule: Rule, also: Also = nothing_else
) -> Lead:
    """Change a lead that the caller reached; return it then.

    Raises 409 version_conflict when it is not as the caller, or the judgement of their rights, knew it, and
    what the rule refuses.
    """

    def checked(lead: Lead, pool: Pool) -> Lead:
        if version is not None and lead.version != version:
            raise problems.version_conflict()
        if (lead.owner, lead.pool_id) != (there.lead.owner, there.lead.pool_id):
            raise problems.version_conflict()
        try:
            return rule(lead, pool)
        except NotAllowed as refused:
            raise refusal_of(refused) from None

    try:
        return change(there.lead.lead_id, checked, request.now, also)
    except LeadChanged:
        raise problems.version_conflict() from None


def refusal_of(refused: NotAllowed) -> problems.Problem:
    """Return how HTTP says that the machine refuses a step."""
    if refused.code == "wrong_actor":
        return problems.forbidden("这一步需要由其他角色进行", code="wrong_actor")
    if refused.code == "reason_missing":
        return problems.invalid_field("reason", "请填写原因")
    return problems.conflict("wrong_status", "线索当前的状态不允许这一步")


def _trigger_to(start: Status, to: Status | None) -> Trigger:
    """Return the step from one status to another; raises 409 wrong_status where the machine has none."""
    for each in STEPS:
        if each.trigger in BY_STATUS and each.to == to and start in each.start:
            return each.trigger
    raise refusal_of(NotAllowed("wrong_status"))


def _given(given: list[EvidenceIn], trigger: Trigger, me: str, at: datetime) -> list[Proof]:
    for place, each in enumerate(given):
        if each.kind not in NEEDS.get(trigger, ()):
            raise problems.invalid_field(f"evidence.{place}.kind", "这一步不需要这种依据")
    return [Proof(each.kind, at, me, each.note) for each in given]


def _refuse_unproved(trigger: Trigger, lead: Lead, given: list[Proof]) -> None:
    if trigger not in NEEDS:
        return
    known = evidence_of(lead, records_of(lead), customer_ids_of(lead))
    lacks = missing(trigger, known | {each.kind for each in given})
    if lacks:
        raise problems.conflict(
            "evidence_missing",
            f"还缺少依据：{'或'.join(TITLES[each] for each in lacks)}",
            missing=[{"code": each, "message": TITLES[each]} for each in lacks],
        )


def _target(userid: str, request: Request, pool: Pool) -> str:
    """Return the member who is to have a lead, as WeCom spells them; raises 422 or 403.

    A manager gives to whom their data scope reaches, a pool's admin to its members, too.
    """
    people = directory(request.now)
    found = people.get(userid)
    if found is None or found.status != "active":
        raise problems.invalid_field("to", "没有这位在职成员")
    in_pool = key(userid) in {key(each.userid) for each in pool.members}
    if not may_see_of(request.staff, found.userid, people) and not (
        administers(request.staff, pool) and in_pool
    ):
        raise problems.forbidden("这位成员不在你的管理范围内", code="out_of_scope")
    return found.userid


def _refuse_files(lead_id: str, file_ids: list[str]) -> None:
    """Raise 422 for a file that is neither the lead's own nor one of the corp's materials."""
    kept = attachments.ready(lead_id, file_ids)
    known = files.files(each for each in file_ids if each not in kept)
    for place, each in enumerate(file_ids):
        if each not in kept and (each not in known or not known[each].is_ready):
            raise problems.invalid_field(f"attachments.{place}", "没有这个文件，或还没有上传完")


def _recorded(lead_id: str, follow_id: str) -> FollowUp | None:
    return next((each for each in follow_ups(lead_id) if each.follow_id == follow_id), None)


def _whole(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(microsecond=0)
