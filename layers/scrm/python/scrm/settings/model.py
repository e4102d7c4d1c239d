"""The corp's settings: hours, holidays, quotas, notice limits, rights. One versioned thing (spec ADM-07)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, timezone
from typing import Any, Literal

from scrm.attribution.model import ChannelMode
from scrm.http.caller import Role
from scrm.identities.normalise import KINDS, IdentityKind
from scrm.privacy.retention import days_of

HandoverEvent = Literal["off", "signed", "won"]
Duty = Literal["service", "sales"]
HANDOVER_STEPS: tuple[tuple[str, int, Duty], ...] = (
    ("联系客户，确认开通需求", 1, "service"),
    ("完成开通并培训客户", 3, "service"),
    ("回访使用情况", 7, "service"),
)

BEIJING = timezone(timedelta(hours=8))

QuotaPolicy = Literal["per_month:4", "month_days", "per_week:7", "per_day:1"]


@dataclass(frozen=True)
class Hours:
    """A part of the day, [start, end) in Beijing time as HH:MM; over midnight when end ≤ start."""

    start: str
    end: str

    def contains(self, at: datetime) -> bool:
        """Return whether `at` lies in it."""
        clock = at.astimezone(BEIJING).time()
        start, end = time.fromisoformat(self.start), time.fromisoformat(self.end)
        return start <= clock < end if start < end else clock >= start or clock < end


@dataclass(frozen=True)
class Settings:
    """What an operations administrator may set; the values here hold until one does.

    quota_policy: WeCom's cap of mass sends for one customer (spec D3): month_days is the present rule.
    working_hours, workdays (1 Monday .. 7 Sunday), holidays and extra_workdays 调休 (YYYY-MM-DD): when
    staff are at work, over the public calendar (scrm.workdays). quiet_hours: no notice that is not urgent
    (NTF-05). notice_window_minutes: notices of a member in one window become one (NTF-03).
    notice_daily_max: how many messages a member gets in a day, urgent ones apart. urgent_kinds bypass
    window and quiet hours; muted_kinds are never sent; escalate_after_minutes: when an urgent notice that
    nobody has seen goes to the manager, 0 never (NTF-08). notice_formats gives a kind another format than a
    text card (NTF-01).
    trusted_hosts: hosts beside our own whose pages and pictures are ours. reveal_roles: who may see a
    phone unmasked, audited (ADM-06).
    retention_days: how long what is kept, by family (PIPL 19). export_roles: who may take customers out as a
    file, audited (ADM-04).
    tag_limit: how many corp tags there may be (TAG-09). first_admin: who becomes operations administrator
    while there is none.
    strict_fields: customers' fields are those that were defined, and no others (CUS-13).
    identity_scheme: the kinds of identity that say who a customer is (IDN-05), the preferred first.
    attribution_…: whose sale an order is (spec 4.6): how many days a share counts, how recent a contact has
    to be, which part stays with the former owner of an inherited lead, by which touch a channel counts.
    push_…: how long ago a customer's own act may be for staff to be asked to send them something, and above
    how many customers another administrator has to agree (OAE-10).
    renewal_days: how long before a contract ends its renewal lead begins (LED-31). lead_jump_minutes: a lead
    that is in intention or signed sooner after the stage before is looked at by a second person, 0 for none
    (LED-29). handover_…: when a
    customer goes from sales to service (LED-28), to one of whom, and what is then to be done, each step after
    the one before: what, within how many days, by service or by the lead's owner (sales).
    marketing_day_cap, marketing_week_cap: how often one customer may be marketed to in a Beijing day and in
    168 hours, over all SOPs; staff_todo_cap: how many to-dos of SOPs a member gets in a day (spec 3.3).
    inheritance_four_eyes: customers of a colleague who stays are handed over only when somebody else than who
    made the plan agrees (INH-11).
    brand: what texts of SOPs call the company, their {brand}.
    inheritance_tag: the name of the corp tag that customers get when they were handed over, where there is
    one and the plan names none (TAG-06).
    offboarding_rules: to whom the customers of somebody who is gone go by default, by department ("*": all
    others), see scrm.offboarding.rule (INH-12).
    """

    version: int = 0
    quota_policy: QuotaPolicy = "month_days"
    working_hours: Hours = Hours("09:00", "18:00")
    workdays: tuple[int, ...] = (1, 2, 3, 4, 5)
    holidays: tuple[str, ...] = ()
    extra_workdays: tuple[str, ...] = ()
    quiet_hours: Hours = Hours("21:00", "09:00")
    notice_window_minutes: int = 30
    notice_daily_max: int = 30
    urgent_kinds: tuple[str, ...] = ("new_customer", "new_lead", "unreplied", "alert", "escalation")
    escalate_after_minutes: int = 0
    muted_kinds: tuple[str, ...] = ()
    notice_formats: Mapping[str, str] = field(default_factory=dict)
    trusted_hosts: tuple[str, ...] = ()
    reveal_roles: tuple[Role, ...] = ("operations_admin",)
    export_roles: tuple[Role, ...] = ("operations_admin",)
    tag_limit: int = 1000
    identity_scheme: tuple[IdentityKind, ...] = KINDS
    first_admin: str = "admin"
    strict_fields: bool = False
    attribution_window_days: int = 14
    attribution_friend_days: int = 30
    attribution_old_owner_percent: int = 60
    attribution_channel: ChannelMode = "first"
    push_event_hours: int = 48
    push_approval_above: int = 20
    renewal_days: int = 60
    lead_jump_minutes: int = 10
    handover_event: HandoverEvent = "won"
    handover_owners: tuple[str, ...] = ()
    handover_steps: tuple[tuple[str, int, Duty], ...] = HANDOVER_STEPS
    marketing_day_cap: int = 1
    marketing_week_cap: int = 3
    staff_todo_cap: int = 80
    inheritance_four_eyes: bool = False
    brand: str = ""
    inheritance_tag: str = "继承"
    offboarding_rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    retention_days: Mapping[str, int] = field(default_factory=lambda: {**days_of({})})
    updated_at: str = ""
