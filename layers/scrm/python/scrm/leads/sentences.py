"""What happened to a lead, why, and what happens next, as sentences for staff (spec 4.1). Pure.

Every name comes through `names`, which gives a member's name by userid in lower case.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from scrm.leads.model import RECYCLES, Lead
from scrm.leads.protection import Held, Policy, Protection, RecycleRule, goes_to, limits
from scrm.leads.steps import WAKES_AT
from scrm.moments import BEIJING

Names = Mapping[str, str]

REASONS: Mapping[str, str] = {
    "inactive": "已停用或离职",
    "on_leave": "请假中",
    "off_shift": "不在班",
    "cooldown": "原负责人冷却期内",
    "skill_unmet": "技能不符",
    "region_unmet": "有更贴近该地区的成员",
    "full": "持有线索已达上限",
    "daily_cap": "今日分配已达上限",
}
ALGORITHMS: Mapping[str, str] = {
    "round_robin": "轮流分配",
    "weighted": "按权重轮流",
    "load_ratio": "按负荷比例最低",
    "least_open": "按在手线索最少",
}
_STICKY: Mapping[str, str] = {
    "open_lead": "是其未结线索的负责人",
    "last_won": "曾与其成交",
    "friend": "是其好友",
    "sticky_inactive": "已停用，不再沿用",
    "sticky_excluded": "处于冷却期，不再沿用",
}
SHORTAGES: Mapping[str, str] = {
    "duty": "非工作时间，交给值班成员",
    "queued": "非工作时间，等待开班",
    "off_hours": "非工作时间，进入公海",
    "skill_unmet": "没有空闲且技能符合的成员",
    "region_unmet": "没有负责该地区的成员",
    "nobody_free": "没有空闲的成员",
}
WHY: Mapping[str, str] = {
    **SHORTAGES,
    "no_rule": "没有适用的分配规则",
    "sticky": "沿用熟悉该客户的成员",
    "rule": "按规则分配",
    "erased": "本人要求",
}
_NOTED: Mapping[str, str] = {
    "blacklist": "在黑名单中",
    "renewal": "续费",
    "refunded": "",
}
"""What a step's reason is called that the system itself gives."""
_STEPS: Mapping[str, str] = {
    "create": "线索进入系统",
    "follow": "{by}跟进",
    "activity": "客户有互动，保护期顺延",
    "score": "评分有更新",
    "convert": "{by}将线索转为客户",
    "lock": "{by}锁定了线索",
    "unlock": "{by}解除了锁定",
    "qualify": "{by}记录了需求",
    "intend": "{by}确认了意向",
    "sign": "{by}登记了签约",
    "win": "到款或开户，线索成交",
    "void_contract": "{by}作废了合同，回到意向阶段",
    "give_up": "{by}放弃了线索",
    "recycle": "从{former}收回",
    "nurture": "转入培育",
    "wake": "评分达到要求，回到公海",
    "transfer": "{by}将线索由{former}转给{owner}",
    "merge": "{by}将线索合并到另一条",
    "absorb": "{by}将另一条线索并入",
    "unmerge": "{by}撤销了合并",
    "part": "{by}撤销了合并，另一条线索已分出",
    "reopen": "{by}重新打开了线索",
    "refund": "全额退款，成交作废",
    "clean": "核实为有效",
    "release": "{former}退回公海",
    "invalidate": "判定为无效",
    "claim": "{owner}从公海领取",
    "assign": "分配给{owner}",
    "pool": "进入公海",
    "queue": "等待开班后分配",
    "erase": "删除个人信息，线索结束",
    "approve": "{by}复核通过，计入业绩",
    "reject": "{by}复核不通过，不计入业绩",
    "remind": "提醒{owner}保护期即将结束",
}
ALIKE: Mapping[str, str] = {
    "same_customer": "可能重复：两条线索的联系方式属于同一位客户",
    "told_together": "可能重复：有来源同时提到两条线索的联系方式",
}


@dataclass(frozen=True)
class StageTold:
    """One stage of a decision: what it was about, what it came to, and who might not have it and why."""

    stage: str
    subject: str
    code: str
    sentence: str
    eligible: tuple[Mapping[str, Any], ...] = ()
    not_eligible: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class DecisionTold:
    """A decision: by which rule of which version, why, and every stage."""

    why: str
    sentence: str
    rules_version: int
    rule_id: str | None
    stages: tuple[StageTold, ...] = ()


@dataclass(frozen=True)
class StepTold:
    """One step of a lead's history."""

    at: str
    trigger: str
    by: str
    reason: str
    status: str
    owner: str
    sentence: str


@dataclass(frozen=True)
class NextTold:
    """What happens next: a code, when (None: with an event, not with time), and a sentence."""

    code: str
    at: datetime | None
    sentence: str


@dataclass(frozen=True)
class Explained:
    """Why a lead is where it is, how it came there, and what happens next and when."""

    decision: DecisionTold | None = None
    history: tuple[StepTold, ...] = ()
    next: tuple[NextTold, ...] = field(default_factory=tuple)


def named(userid: str | None, names: Names) -> str:
    """Return what a member is called; "system…" is the system, an unknown userid is itself."""
    if not userid or userid.partition(":")[0] == "system":
        return "系统"
    return names.get(userid.lower()) or userid


def decision_told(plain: Mapping[str, Any], names: Names) -> DecisionTold:
    """Return a decision, unfolded by `scrm.leads.explaining`, for a reader."""
    why = plain["why"]
    return DecisionTold(
        why,
        WHY.get(why, why),
        plain["rules_version"],
        plain.get("rule_id"),
        tuple(_stage(each, names) for each in plain["stages"]),
    )


def _stage(plain: Mapping[str, Any], names: Names) -> StageTold:
    code, subject = plain["code"], plain["subject"]
    if plain["stage"] == "sticky":
        return StageTold("sticky", subject, code, f"{named(subject, names)}{_STICKY.get(code, code)}")
    members = [{"userid": each["userid"], "name": named(each["userid"], names)} for each in plain["members"]]
    judged = list(zip(members, (each["reason"] for each in plain["members"]), strict=True))
    told = f"{ALGORITHMS[code]}" if code in ALGORITHMS else SHORTAGES.get(code, code)
    return StageTold(
        "rule",
        subject,
        code,
        f"规则「{subject}」：{told}",
        tuple(member for member, reason in judged if reason is None),
        tuple({**member, "reason": reason, "text": REASONS[reason]} for member, reason in judged if reason),
    )


def step_told(step: Mapping[str, Any], names: Names) -> StepTold:
    """Return one step of a history for a reader; `step` is what the stream recorded of it."""
    trigger, reason = step["trigger"], step.get("reason") or ""
    place = {each: named(step.get(each), names) for each in ("by", "former", "owner")}
    told = _STEPS.get(_kind(step), "线索有变动").format(**place)
    why = RECYCLES.get(reason) or WHY.get(reason) or _NOTED.get(reason, reason)
    status, owner = step["to"], step.get("owner") or ""
    return StepTold(
        step.get("at") or "",
        trigger,
        step.get("by") or "",
        reason,
        status,
        owner,
        f"{told}（{why}）" if why else told,
    )


def _kind(step: Mapping[str, Any]) -> str:
    """Return what a step was: an owner who takes a lead back to its pool returns it."""
    by, former = (str(step.get(each) or "").lower() for each in ("by", "former"))
    return "release" if step["trigger"] == "recycle" and by == former != "" else str(step["trigger"])


def comes_next(lead: Lead, policy: Policy, pool_name: str, names: Names, now: datetime) -> list[NextTold]:
    """Return what happens next with a lead, the earliest first; what waits for an event comes last."""
    if not lead.is_open:
        return []
    found = _owned_next(lead, policy, names) if lead.is_owned else _waiting_next(lead, pool_name, names, now)
    if lead.next_follow_at:
        late = "，已过期" if lead.next_follow_at < now else ""
        planned = f"计划下次跟进：{_at(lead.next_follow_at)}{late}"
        found.append(NextTold("follow_up", lead.next_follow_at, planned))
    return sorted(found, key=lambda each: (each.at is None, each.at or now, each.code))


def _waiting_next(lead: Lead, pool_name: str, names: Names, now: datetime) -> list[NextTold]:
    if lead.queued_until:
        return [NextTold("decide", lead.queued_until, f"{_at(lead.queued_until)} 开班时分配")]
    if lead.uncleaned:
        return [NextTold("clean", None, "核实为有效后分配")]
    if lead.status == "NEW":
        return [NextTold("decide", None, "正在分配")]
    if lead.status == "NURTURE":
        return [NextTold("wake", None, f"评分达到 {WAKES_AT} 分后回到公海")]
    waits = [
        NextTold("cooldown_over", each.until, f"{named(each.userid, names)} {_at(each.until)} 起可以再领取")
        for each in lead.cooldowns
        if now < each.until
    ]
    return [*waits, NextTold("claim", None, f"公海「{pool_name or lead.pool_id}」的成员可以领取")]


def _owned_next(lead: Lead, policy: Policy, names: Names) -> list[NextTold]:
    if lead.status == "SIGNED":
        return [NextTold("evidence", None, "到款或开户后成交")]
    if lead.locked:
        return [NextTold("locked", None, "线索已锁定，不会自动收回")]
    if lead.owned_at is None or lead.protect_until is None:
        return []
    found = [NextTold("protection_over", lead.protect_until, f"保护期到 {_at(lead.protect_until)} 为止")]
    if lead.reminded_for != lead.protect_until:
        at = lead.protect_until - timedelta(days=policy.remind_days)
        found.append(NextTold("remind", at, f"{_at(at)} 提醒{named(lead.owner, names)}"))
    return [*found, *_limits(lead, lead.owned_at, lead.protect_until, policy)]


def _limits(lead: Lead, owned_at: datetime, until: datetime, policy: Policy) -> Iterable[NextTold]:
    protection = Protection(until, lead.hard_until)
    held = Held(lead.status, owned_at, protection, lead.first_due, lead.followed_at, lead.advanced_at)
    for rule, at in limits(held, policy).items():
        yield NextTold(rule, at, f"{_at(at)} 前没有变化则收回（{RECYCLES[rule]}），{_after(lead, rule)}")


def _after(lead: Lead, rule: RecycleRule) -> str:
    if goes_to(lead.recycle_count + 1) == "NURTURE":
        return "转入培育"
    return "换人分配" if rule == "R1" else "回到公海"


def _at(moment: datetime) -> str:
    return f"{moment.astimezone(BEIJING):%Y-%m-%d %H:%M}"
