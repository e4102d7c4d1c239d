"""What follows from an urgent notice that has been sent: the manager is told if nobody acts (NTF-08). Pure.

The manager's notice is made at once and held back; when its time comes it is dropped if the member has
acknowledged theirs, or done the task it is about.
"""

from datetime import datetime, timedelta

from scrm.changes.effects import Told
from scrm.notices.model import TITLES, notice
from scrm.notices.sending import Delivery
from scrm.settings.model import BEIJING, Settings
from scrm.staff.model import Directory, key

# An alert goes to administrators, and an escalation ends with the first manager.
_NEVER = frozenset({"alert", "escalation", "step_overdue"})


def escalated(old: Delivery | None, new: Delivery | None, corp: Settings, directory: Directory) -> list[Told]:
    """Return the manager's notice for an urgent one just sent; nothing while the corp has it switched off."""
    if new is None or new.status != "sent" or new.settled_at is None or (old and old.settled):
        return []
    told = new.notice
    if not corp.escalate_after_minutes or told.late:
        return []
    if told.kind not in corp.urgent_kinds or told.kind in _NEVER:
        return []
    manager = manager_of(told.userid, directory)
    if manager is None:
        return []
    at = _awake(new.settled_at + timedelta(minutes=corp.escalate_after_minutes), corp)
    subject = {**told.subject, "userid": told.userid, "notice_id": told.id}
    facts = {"about": TITLES[told.kind]}
    return [
        Told(
            notice(
                "escalation", manager, new.settled_at, told.id, subject=subject, facts=facts, not_before=at
            )
        )
    ]


def manager_of(userid: str, directory: Directory) -> str | None:
    """Return who is above the member: a direct leader, else a leader of their department, or None."""
    member = directory.get(userid)
    if member is None:
        return None
    departments = (directory.departments.get(each) for each in member.departments)
    leaders = [leader for each in departments if each for leader in each.leaders]
    above = [each for each in (*member.direct_leaders, *leaders) if key(each) != member.key]
    return next((each for each in above if (found := directory.get(each)) and found.status == "active"), None)


def _awake(at: datetime, corp: Settings) -> datetime:
    """Return `at`, or the end of the quiet hours it falls in: a manager need not be woken."""
    if corp.quiet_hours.start == corp.quiet_hours.end or not corp.quiet_hours.contains(at):
        return at
    hour, minute = map(int, corp.quiet_hours.end.split(":"))
    end = at.astimezone(BEIJING).replace(hour=hour, minute=minute, second=0, microsecond=0)
    return end if end >= at else end + timedelta(days=1)
