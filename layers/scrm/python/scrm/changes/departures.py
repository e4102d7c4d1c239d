"""What follows for offboarding from a change of a member, and of what was counted of theirs. Pure."""

from scrm.changes.effects import Told
from scrm.changes.offboarding_effects import MemberMoved
from scrm.inheritance.plan import OUTSIDE, Plan
from scrm.notices.model import notice
from scrm.offboarding.model import STATUSES, Departure, Remains
from scrm.staff.model import Directory, Member

PARTS = (
    ("customers", "位客户"),
    ("groups", "个客户群"),
    ("leads", "条线索"),
    ("to_dos", "项待办"),
    ("bars", "个 SOP 进度"),
)


def member_moved(old: Member | None, new: Member | None) -> list[MemberMoved]:
    """Return that a member is gone, gone otherwise, or there again."""
    member = new or old
    if member is None or _state(old) == _state(new):
        return []
    return [MemberMoved(member.userid, bool(old and old.can_contact))]


def _state(member: Member | None) -> str | None:
    return STATUSES.get(member.status) if member else None


def departure_counted(old: Departure | None, new: Departure | None, people: Directory) -> list[Told]:
    """Return the prompt to operations and the member's leaders, once it is known what they leave behind.

    Once for each way of being gone: who leaves after having been disabled is handed over otherwise. Of who
    never had customers and leaves nothing nobody is told.
    """
    if new is None or new.counted_at is None or new.remains is None or new.counted_as != new.status:
        return []
    if old is not None and old.counted_as == new.counted_as:
        return []
    if not (new.remains.any or new.with_contact):
        return []
    title = sentence(people.name_of(new.userid), new, new.remains)
    source = f"offboarding#{new.userid}#{new.status}#{new.gone_at.isoformat()}"
    return [
        Told(
            notice(
                "alert",
                userid,
                new.counted_at,
                source,
                subject={"offboarding": new.userid},
                facts={"title": title},
            )
        )
        for userid in told_of(new.userid, people)
    ]


def plan_asked_for(plan: Plan, people: Directory) -> list[Told]:
    """Return that operations has to agree to a plan that another system asks for."""
    if plan.status != "DRAFT" or not plan.created_by.startswith(OUTSIDE):
        return []
    names = "、".join(people.name_of(each) for each in plan.terms["handovers"])
    title = f"其他系统通知{names}即将离职，交接方案待确认"
    subject, source = {"plan_id": plan.plan_id}, f"{plan.plan_id}#asked_for"
    return [
        Told(notice("alert", each, plan.created_at, source, subject=subject, facts={"title": title}))
        for each in operations(people)
    ]


def operations(people: Directory) -> list[str]:
    """Return the operations administrators."""
    found = (each for each in people.members.values() if each.role == "operations_admin")
    return [each.userid for each in found if each.status == "active"]


def told_of(userid: str, people: Directory) -> list[str]:
    """Return who sees to it: the operations administrators, and the leaders of whoever is gone."""
    above = [each.userid for each in people.leaders_of(userid)]
    found = {each.lower(): each for each in (*operations(people), *above)}
    return [name for each, name in found.items() if each != userid.lower()]


def sentence(name: str, gone: Departure, remains: Remains) -> str:
    """Return what the prompt says."""
    how = "已离职" if gone.status == "left" else "已停用"
    left = [f"{getattr(remains, part)} {unit}" for part, unit in PARTS if getattr(remains, part)]
    return f"成员{name}{how}，" + (f"还有 {'、'.join(left)}待交接" if left else "没有待交接的客户")
