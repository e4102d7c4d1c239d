"""What is wrong with a SOP beyond its form: steps that contradict the strategy or name no step. Pure."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from scrm.http.problems import FieldError
from scrm.sops.evidence import result_of, told_results
from scrm.sops.model import TO_DOS, Branch, Ending, Goal, Schedule, Step, Version
from scrm.timeline.model import KINDS

Wrong = Iterator[FieldError]

AHEAD = frozenset({"birthday", "contract_end", "date"})
"""Anchors that may lie ahead of the entry, so that a step may come before them."""

NOTHING, LONGEST = timedelta(), timedelta(days=3660)
"""So long goes a SOP at most, from step to step."""

_GOALS = {"event": "event", "points": "points", "condition": "condition"}
"""What each kind of goal says, and no other does."""


def wrong_definition(version: Version) -> list[FieldError]:
    """Return what is wrong with a version by itself, by field of the request."""
    found = [*_whole(version), *_triggers(version), *_goals(version), *_endings(version)]
    for place, step in enumerate(version.steps):
        at = f"steps.{place}"
        found += [*_step(version, step, place, at), *_schedule(version, step, f"{at}.schedule")]
        for result, branch in step.branches.items():
            found += _branch(version, place, branch, f"{at}.branches.{result}")
    return found


def never_sent(version: Version) -> list[FieldError]:
    """Return what would never be sent: a welcome goes to who adds through a channel that is named."""
    if all(each.mode != "welcome" for each in version.steps):
        return []
    added = [place for place, each in enumerate(version.triggers) if each.kind == "added"]
    if not added:
        return [FieldError("triggers", "欢迎语只发给添加好友的客户：请加上进入方式 added 并选择渠道")]
    named = version.triggers[added[0]].ids
    return (
        []
        if named
        else [FieldError(f"triggers.{added[0]}.ids", "请选择渠道：欢迎语只发给从这些渠道添加的客户")]
    )


def endless(version: Version, in_force: Callable[[str], Version | None]) -> list[FieldError]:
    """Return which of its endings lead back to it with nothing to stop that (spec 3.4).

    `in_force` tells the published version of a SOP. A gap before entering again, or a number of cycles, of
    any SOP on the way ends the round.
    """
    return [
        FieldError(f"{name}.sop_id", "会循环进入，没有尽头：请为其中一个 SOP 设置再次进入的间隔或次数")
        for name in ("completed", "achieved")
        if version.sop_id in _reached(version, getattr(version, name).sop_id, in_force)
    ]


def _reached(start: Version, sop_id: str, in_force: Callable[[str], Version | None]) -> set[str]:
    """Return the SOPs that follow from an ending, as far as each may be entered again at once."""
    found: set[str] = set()
    waiting = [sop_id] if sop_id and _at_once(start) else []
    while waiting:
        following = waiting.pop()
        version = in_force(following) if following not in found and following != start.sop_id else None
        found.add(following)
        if version and _at_once(version):
            waiting += [version.completed.sop_id, version.achieved.sop_id]
    return found


def _at_once(version: Version) -> bool:
    return not version.policies.cycles and not version.policies.reentry_days


def changed_for_good(before: Version, after: Version) -> list[FieldError]:
    """Return what a later version may not change of a published one: strategy and subject."""
    found = []
    if before.strategy != after.strategy:
        found.append(FieldError("strategy", "发布过的 SOP 不能更换策略，请另建一个"))
    if before.subject != after.subject:
        found.append(FieldError("subject", "发布过的 SOP 不能更换对象，请另建一个"))
    return found


def _whole(version: Version) -> Wrong:
    if not version.to_run:
        yield FieldError("steps", "除欢迎语外至少要有一个步骤")
    gaps = (timedelta(each.schedule.days, minutes=each.schedule.minutes) for each in version.steps)
    lasts = sum(gaps, NOTHING)
    if version.strategy == "step_by_step" and lasts > LONGEST:
        yield FieldError("steps", f"所有步骤合计最长 {LONGEST.days} 天")
    if version.strategy == "step_by_step" and version.anchor != "entered":
        yield FieldError("anchor", "步步为营从进入时开始，只有定时行动可以选择起点")
    if (version.anchor == "date") is not bool(version.anchor_date):
        yield FieldError("anchor_date", "起点为固定日期时必填，且只有此时可填")
    if version.subject == "lead" and version.condition:
        yield FieldError("condition", "线索培育的 SOP 没有客户条件")


def _triggers(version: Version) -> Wrong:
    for place, each in enumerate(version.triggers):
        at = f"triggers.{place}"
        if each.kind in {other.kind for other in version.triggers[:place]}:
            yield FieldError(f"{at}.kind", "与另一个进入方式重复")
        if (version.subject == "lead") is not (each.kind == "lead") and each.kind != "manual":
            yield FieldError(f"{at}.kind", "线索培育的 SOP 由线索进入，其他的由客户进入")
        if each.kind == "segment" and not each.ids:
            yield FieldError(f"{at}.ids", "请选择至少一个分层")
        if each.kind == "manual" and each.ids:
            yield FieldError(f"{at}.ids", "这种进入方式没有可选的对象")


def _goals(version: Version) -> Wrong:
    for place, goal in enumerate(version.goals):
        at = f"goals.{place}"
        for kind, name in _GOALS.items():
            told = bool(getattr(goal, name))
            if told is not (goal.kind == kind):
                yield FieldError(f"{at}.{name}", "必填" if not told else "这种目标没有这一项")
        if goal.event and not _is_event(goal):
            yield FieldError(f"{at}.event", f"应为 {'、'.join(KINDS)} 之一，可在 : 之后写明是哪一个")
        if goal.kind == "condition" and version.subject == "lead":
            yield FieldError(f"{at}.condition", "线索培育的 SOP 没有客户条件")


def _is_event(goal: Goal) -> bool:
    return goal.event.partition(":")[0] in KINDS


def _endings(version: Version) -> Wrong:
    for name in ("completed", "achieved"):
        ending: Ending = getattr(version, name)
        if ending.sop_id == version.sop_id and ending.sop_id:
            yield FieldError(f"{name}.sop_id", "不能是这个 SOP 自己")


def _step(version: Version, step: Step, place: int, at: str) -> Wrong:
    earlier = {each.key: each for each in version.steps[:place]}
    if step.key in earlier:
        yield FieldError(f"{at}.key", "与另一个步骤重复")
    if step.mode == "welcome" and place:
        yield FieldError(f"{at}.mode", "欢迎语只能是第一步")
    if step.condition and version.subject == "lead":
        yield FieldError(f"{at}.condition", "线索培育的 SOP 没有客户条件")
    yield from _when(step, earlier, at)
    for name in ("requires", "branches"):
        if getattr(step, name) and step.mode not in TO_DOS:
            yield FieldError(f"{at}.{name}", "只有待办和电话有结果、可以要求填写字段")
    if step.late_minutes is not None and version.strategy != "timed":
        yield FieldError(f"{at}.late_minutes", "只有定时行动有补发时限")
    yield from _audience(step, at)


def _when(step: Step, earlier: Mapping[str, Step], at: str) -> Wrong:
    for name, results in step.when.items():
        if name not in earlier:
            yield FieldError(f"{at}.when.{name}", "应为前面的步骤")
        elif earlier[name].mode not in TO_DOS:
            yield FieldError(f"{at}.when.{name}", "只有待办和电话有结果")
        elif any(result_of(earlier[name], each) is None for each in results):
            options = told_results(earlier[name])
            yield FieldError(f"{at}.when.{name}", f"应为 {options}" if options else "这一步没有结果可填")


def _audience(step: Step, at: str) -> Wrong:
    if bool(step.chats) is not (step.mode == "mass_group"):
        yield FieldError(f"{at}.chats", "必填" if not step.chats else "只有群发到客户群有这一项")
    if step.tags and step.mode != "moment":
        yield FieldError(f"{at}.tags", "只有朋友圈有这一项")


def _schedule(version: Version, step: Step, at: str) -> Wrong:
    told = step.schedule
    if not step.counted and told != Schedule():
        yield FieldError(at, "欢迎语在添加时立即发送，没有时间")
        return
    if told.days < 0 and (version.strategy != "timed" or version.anchor not in AHEAD):
        yield FieldError(f"{at}.days", "只有起点是生日、合同到期或固定日期时可以提前")
    if told.at and told.minutes:
        yield FieldError(f"{at}.minutes", "写了时刻就不能再写分钟")
    if version.strategy == "step_by_step":
        yield from _after_another(version, step, at)
    else:
        yield from _from_anchor(step, at)


def _after_another(version: Version, step: Step, at: str) -> Wrong:
    told = step.schedule
    for name in ("date", "cycle"):
        if getattr(told, name):
            yield FieldError(f"{at}.{name}", "步步为营的步骤从上一步算起，不能用日期或周期")
    if told.on and version.subject != "lead":
        yield FieldError(f"{at}.on", "只有线索培育可以等到添加好友")
    if told.on and (told.days or told.minutes or told.at):
        yield FieldError(f"{at}.on", "等到添加好友的步骤在添加时立即到期，没有其他时间")


def _from_anchor(step: Step, at: str) -> Wrong:
    told = step.schedule
    if told.on:
        yield FieldError(f"{at}.on", "只有步步为营可以等到添加好友")
    if told.date and told.cycle:
        yield FieldError(f"{at}.cycle", "日期和周期只能写一个")
    if (told.date or told.cycle) and (told.days or told.minutes):
        yield FieldError(f"{at}.days", "写了日期或周期就没有天数和分钟")
    if told.times != 1 and not told.cycle:
        yield FieldError(f"{at}.times", "只有周期可以写次数")


def _branch(version: Version, place: int, branch: Branch, at: str) -> Wrong:
    later = {each.key for each in version.steps[place + 1 :] if each.counted}
    if branch.goto and branch.exit:
        yield FieldError(f"{at}.goto", "跳转和结束只能写一个")
    if branch.goto and branch.goto not in later:
        yield FieldError(f"{at}.goto", "应为后面的步骤")
    if bool(branch.again_days) is not (branch.most > 1):
        yield FieldError(f"{at}.most", "重做时填几天后（again_days）和最多几次（most，至少 2）")
    if version.strategy == "timed" and (branch.goto or branch.again_days):
        yield FieldError(f"{at}.goto", "定时行动的步骤互不依赖，结果只能结束 SOP 或打标签")
    if branch.blacklist_days and version.subject != "lead":
        yield FieldError(f"{at}.blacklist_days", "只有线索可以进入黑名单")
