"""What follows from how a plan's batches move: the customer's trace, who is told, what is to be done. Pure.

Each follows once: what it is named by stands in the rows.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from scrm.changes.effects import Noted, ToDo, Told
from scrm.inheritance.machine import STUCK_AFTER
from scrm.inheritance.model import TAG_FAILED, Item
from scrm.inheritance.plan import OUTSIDE, Plan, PlanBatch
from scrm.leads.worktime import due_after
from scrm.notices.model import notice
from scrm.settings.model import Settings
from scrm.tasks.model import Task, task
from scrm.timeline.model import Entry
from scrm.workdays import NeverWorks

CONTACTED_WITHIN = timedelta(hours=24)
"""So soon whoever takes over a customer whose member has left says so: WeCom tells the customer nothing."""
_WORDS = {
    "SETTLED": "成功",
    "REFUSED": "客户拒绝",
    "LIMIT_EXCEEDED": "接替人已达上限",
    "REJECTED": "企业微信未受理",
    "NO_RECORD": "没有结果",
    "SKIPPED": "未提交",
}
SYSTEM = "system"

Follows = Noted | ToDo | Told


def has_news(before: PlanBatch | None, after: PlanBatch | None) -> bool:
    """Return whether anything follows from a change of a batch."""
    return bool(before and after) and any(_is_news(was, item) for was, item in _both(before, after))


def batch_moved(plan: Plan, before: PlanBatch, after: PlanBatch, corp: Settings) -> list[Follows]:
    """Return what follows from a change of a batch, item by item."""
    found: list[Follows] = []
    for was, item in _both(before, after):
        if _is_news(was, item):
            found += _of_item(plan, after, was, item, corp)
    return found


def plan_over(plan: Plan) -> list[Told]:
    """Return that whoever made a plan is told, once, that nothing of it is left to do."""
    counts = [f"{_WORDS.get(status, status)} {count}" for status, count in sorted(plan.outcome.items())]
    if unassigned := plan.totals.get("unassigned"):
        counts.append(f"无人接替 {unassigned}")
    ended = {"CANCELLED": "继承方案已取消", "PARTIAL": "继承方案已部分完成"}.get(
        plan.status, "继承方案已完成"
    )
    result = f"{ended}：{'，'.join(counts)}" if counts else ended
    return _creator_told(plan, "over", plan.ended_at or plan.created_at, result)


def _both(before: PlanBatch | None, after: PlanBatch | None) -> Iterator[tuple[Item, Item]]:
    was = {each.external_userid: each for each in before.items} if before else {}
    for item in after.items if after else ():
        if item.external_userid in was:
            yield was[item.external_userid], item


def _is_news(was: Item, item: Item) -> bool:
    moved = was.status != item.status and item.status in {"SETTLED", "REFUSED", "STUCK"}
    return moved or _untagged(was, item)


def _untagged(was: Item, item: Item) -> bool:
    return item.code.startswith(TAG_FAILED) and was.code != item.code


def _of_item(plan: Plan, batch: PlanBatch, was: Item, item: Item, corp: Settings) -> Iterator[Follows]:
    at = item.at or plan.created_at
    if item.status == "SETTLED" and was.status != "SETTLED":
        yield Noted(item.customer_id, moved_entry(plan, batch, item, was.at or at))
        to_do = to_do_of(batch, item, at, corp) if batch.mode == "resigned" else None
        if to_do:
            yield ToDo(to_do)
        yield _result_told(batch, item, at, batch.takeover, batch.handover, "已交接给你，原跟进人", to_do)
    if item.status == "REFUSED" and batch.mode == "onjob":
        said = "拒绝了交接，仍由你跟进，原定接替人"
        yield _result_told(batch, item, at, batch.handover, batch.takeover, said, None)
    if item.status == "STUCK":
        since = (plan.approved_at or plan.created_at) + STUCK_AFTER
        yield from _alerted(plan, "stuck", since, "继承方案中有客户超过 72 小时没有结果，请查看方案进度")
    if _untagged(was, item):
        since = plan.approved_at or plan.created_at
        yield from _alerted(plan, "tag", since, "继承方案中有客户未能打上继承标签，请查看方案明细")


def moved_entry(plan: Plan, batch: PlanBatch, item: Item, at: datetime) -> Entry:
    """Return what the customer's trace tells of a handover, once for both ends of it."""
    facts = {
        "from": batch.handover,
        "to": batch.takeover,
        "plan_id": plan.plan_id,
        "reason": plan.reason,
    }
    name = f"{item.external_userid}#{plan.plan_id}.{batch.number}"
    return Entry(name, "transferred", at, batch.takeover, item.external_userid, facts)


def to_do_of(batch: PlanBatch, item: Item, at: datetime, corp: Settings) -> Task:
    """Return that the takeover is to greet a customer whose member has left, in the plan's words (INH-05).

    Due 24 hours after the customer moved, or when work begins next.
    """
    due = at + CONTACTED_WITHIN
    with suppress(NeverWorks):
        due = due_after(due, timedelta(), corp)
    told = {"reason": "handed_over", "title": "联系交接给你的客户", "handed_over_by": batch.handover}
    return task(
        "follow",
        batch.takeover,
        due,
        f"handed_over#{_name(batch, item)}",
        created_at=at,
        external_userid=item.external_userid,
        customer_id=item.customer_id,
        payload={**told, "text": batch.notice} if batch.notice else told,
    )


def _result_told(
    batch: PlanBatch, item: Item, at: datetime, who: str, other: str, result: str, to_do: Task | None
) -> Told:
    subject = {"external_userid": item.external_userid, "userid": other}
    if to_do:
        subject["task_id"] = to_do.id
    source = f"{_name(batch, item)}#{item.status}"
    return Told(notice("transfer_result", who, at, source, subject=subject, facts={"result": result}))


def _name(batch: PlanBatch, item: Item) -> str:
    return f"{batch.plan_id}#{batch.number}#{item.external_userid}"


def _creator_told(plan: Plan, what: str, at: datetime, result: str) -> list[Told]:
    who = _creator(plan)
    source, subject = f"{plan.plan_id}#{what}", {"plan_id": plan.plan_id}
    facts = {"result": result}
    return [Told(notice("transfer_result", who, at, source, subject=subject, facts=facts))] if who else []


def _alerted(plan: Plan, what: str, at: datetime, title: str) -> Iterator[Told]:
    """Tell whoever made a plan of something that is wrong with it, once, however many items it concerns."""
    who = _creator(plan)
    if who:
        source, subject = f"{plan.plan_id}#{what}", {"plan_id": plan.plan_id}
        yield Told(notice("alert", who, at, source, subject=subject, facts={"title": title}))


def _creator(plan: Plan) -> str:
    """Return who answers for a plan, "" where no member does."""
    named = (plan.created_by, plan.approved_by)
    return next((each for each in named if each and each != SYSTEM and not each.startswith(OUTSIDE)), "")
