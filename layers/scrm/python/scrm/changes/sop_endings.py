"""What follows when somebody has ended a SOP, or a step was answered (SOP-24, spec 3.5); each thing once."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from scrm import clock
from scrm.changes.carrying_out import tell as tell_member
from scrm.changes.escalation import manager_of
from scrm.jobs.queueing import queue_tags
from scrm.leads import of_sops
from scrm.moments import rfc3339
from scrm.notices.model import notice
from scrm.sops.enrollment import Enrollment
from scrm.sops.model import Version
from scrm.sops.queueing import tell
from scrm.sops.sops_dynamodb import defined
from scrm.staff.dynamodb import directory
from scrm.telemetry import count


def ended(it: Enrollment) -> None:
    """Do what the version wants of who reached its goal or last step: tags, next SOP, lead, notices.

    Safe to repeat: each is named by the cycle that ended. Of a SOP that is deleted nothing follows.
    """
    version = _version_of(it)
    if version is None or it.ended_at is None:
        return
    achieved = it.status == "EXITED"
    ending = version.achieved if achieved else version.completed
    if ending.tags:
        _tag(it, "ended", ending.tags)
    if version.subject == "lead" and (achieved or ending.lead):
        of_sops.given_back(it.lead_id, it.points, it.ended_at, clock.now())
    elif ending.lead:
        note = f"SOP「{version.name}」{'达成目标' if achieved else '全部完成'}"
        of_sops.made_of(it.subject, it.external_userid, it.enrollment_id, note, clock.now())
    if ending.sop_id:
        facts = {
            "trigger": "sop",
            "ids": [ending.sop_id],
            "at": rfc3339(it.ended_at.astimezone(UTC)),
            "owner": it.owner,
            "external_userid": it.external_userid,
        }
        tell(it.subject, "enter", f"sop#{it.enrollment_id}", facts)
    if ending.notify:
        _notify(it, version, it.ended_at, achieved=achieved)


def answered(it: Enrollment, step_key: str, attempt: int) -> None:
    """Do what the branch of a step's result wants, once it is not tried again: tags, the black list."""
    version = _version_of(it)
    step = version.step(step_key) if version else None
    run = next((each for each in it.runs if (each.step_key, each.attempt) == (step_key, attempt)), None)
    branch = step.branches.get(run.result) if step and run else None
    if branch is None or run is None or (branch.again_days and attempt < branch.most):
        return
    if branch.tags:
        _tag(it, f"{step_key}.{attempt}", branch.tags)
    if branch.blacklist_days and it.lead_id:
        of_sops.blacklisted(it.lead_id, run.at, run.at + timedelta(days=branch.blacklist_days))


def owner_missing(userid: str) -> None:
    """Tell the manager of a member who is gone that customers of theirs wait in SOPs: once for them all."""
    people = directory(clock.now())
    member, manager = people.get(userid), manager_of(userid, people)
    if member is None or manager is None:
        count("sop_owner_without_manager")
        return
    at = datetime.fromisoformat(member.updated_at) if member.updated_at else clock.now()
    title = f"{member.name or userid} 已离职或停用，其客户的 SOP 已暂停，请安排交接"
    source, facts = f"{member.key}#sops#{member.updated_at}", {"title": title}
    tell_member(notice("alert", manager, at, source, subject={"userid": userid}, facts=facts))


def _notify(it: Enrollment, version: Version, at: datetime, *, achieved: bool) -> None:
    people = directory(clock.now())
    what = f"SOP「{version.name}」{'达成目标' if achieved else '已全部完成'}"
    manager = manager_of(it.owner, people) if it.owner else None
    told = {it.owner: f"你的客户的 {what}"} if it.owner else {}
    if manager:
        told[manager] = f"{people.name_of(it.owner)} 的客户的 {what}"
    for userid, title in told.items():
        source = f"{it.enrollment_id}#ended"
        tell_member(notice("alert", userid, at, source, subject=_about(it), facts={"title": title}))


def _about(it: Enrollment) -> Mapping[str, str]:
    if it.subject == it.lead_id:
        return {"lead_id": it.lead_id}
    return {"customer_id": it.subject, "external_userid": it.external_userid}


def _tag(it: Enrollment, name: str, tags: tuple[str, ...]) -> None:
    """Let tags be put on a customer once; a lead that is nobody's friend has nothing to put them on."""
    if it.subject != it.lead_id:
        queue_tags(it.subject, f"{it.sop_id}.{it.cycle}.{name}", tags)


def _version_of(it: Enrollment) -> Version | None:
    return defined.version(it.sop_id, it.version) if it.sop_id in defined.sops() else None
