"""/admin/settings, and /admin/config, the name that requirement ADM-07 gives the same resource."""

import re
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from scrm.admin.audited import audited
from scrm.admin.rights import OPERATIONS, SEE_SETTINGS
from scrm.attribution.model import ChannelMode
from scrm.http import problems
from scrm.http.caller import Role
from scrm.http.fields import In, Out
from scrm.http.routing import Api, Request
from scrm.notices.model import Format, Kind
from scrm.privacy.retention import LONGEST, SHORTEST, Family, days_of
from scrm.settings import dynamodb as stored
from scrm.settings.model import Duty, HandoverEvent, Hours, QuotaPolicy, Settings

_CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
_HOST = re.compile(r"(?=.{1,253}$)([a-z0-9](-?[a-z0-9])*\.)+[a-z]{2,}(:\d{1,5})?")
_SHORT_POLICIES = {"per_month": "per_month:4", "per_week": "per_week:7", "per_day": "per_day:1"}


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError("应为日期，例如 2026-10-01") from None


def _host(text: str) -> str:
    if not _HOST.fullmatch(text.lower()):
        raise ValueError("应为域名，例如 h5.example.com，不带 https://")
    return text.lower()


def _retained(days: dict[Family, int]) -> dict[str, int]:
    """Return the days of every family, those left out as delivered."""
    for family, asked in days.items():
        if not SHORTEST <= asked <= LONGEST[family]:
            raise ValueError(f"{family} 应为 {SHORTEST} 至 {LONGEST[family]} 天")
    return days_of(days)


def _policy(given: Any) -> Any:
    return _SHORT_POLICIES.get(given, given) if isinstance(given, str) else given


Clock = Annotated[str, Field(pattern=_CLOCK, examples=["09:00"])]
Day = Annotated[str, AfterValidator(_day), Field(examples=["2026-10-01"])]
Host = Annotated[str, AfterValidator(_host), Field(examples=["h5.example.com"])]
Userid = Annotated[str, Field(pattern=r"^[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}$")]
HandoverStep = tuple[
    Annotated[str, Field(min_length=1, max_length=100)], Annotated[int, Field(ge=0, le=365)], Duty
]
Weekday = Annotated[int, Field(ge=1, le=7)]


class HoursModel(In):
    """A part of the day in Beijing time; over midnight when the end is not after the start."""

    start: Clock
    end: Clock


class OffboardingRuleIn(In):
    """To whom the customers of somebody who is gone go by default, and how they are shared out.

    Without `takeovers` their colleagues of the same departments; `max_load`: at most so many customers each.
    """

    allocation: Literal["even", "level"] = "level"
    takeovers: list[Userid] = Field(default=[], max_length=100)
    max_load: int | None = Field(default=None, ge=0, le=1_000_000)
    tag_ids: list[Annotated[str, Field(min_length=1, max_length=128)]] = Field(default=[], max_length=10)
    notice: str = Field(default="", max_length=200)
    on_limit: Literal["next", "stay"] = "next"
    groups: bool = True


DepartmentKey = Annotated[str, Field(pattern=r"^(\*|[1-9]\d{0,9})$")]


class SettingsIn(In):
    """What is to change; what is left out stays. `version` is the one that was read."""

    version: int | None = Field(default=None, ge=0)
    quota_policy: Annotated[QuotaPolicy, BeforeValidator(_policy)] | None = None
    working_hours: HoursModel | None = None
    workdays: list[Weekday] | None = Field(default=None, max_length=7)
    holidays: list[Day] | None = Field(default=None, max_length=200)
    extra_workdays: list[Day] | None = Field(default=None, max_length=200)
    quiet_hours: HoursModel | None = None
    notice_window_minutes: int | None = Field(default=None, ge=0, le=1440)
    notice_daily_max: int | None = Field(default=None, ge=1, le=1000)
    urgent_kinds: list[Kind] | None = None
    escalate_after_minutes: int | None = Field(default=None, ge=0, le=10_080)
    muted_kinds: list[Kind] | None = None
    notice_formats: dict[Kind, Format] | None = None
    trusted_hosts: list[Host] | None = Field(default=None, max_length=20)
    reveal_roles: list[Role] | None = Field(default=None, max_length=9)
    export_roles: list[Role] | None = Field(default=None, max_length=9)
    tag_limit: int | None = Field(default=None, ge=1, le=10_000)
    retention_days: Annotated[dict[Family, int], AfterValidator(_retained)] | None = None
    first_admin: str | None = Field(default=None, pattern=r"^[0-9A-Za-z][0-9A-Za-z_.@-]{0,63}$")
    strict_fields: bool | None = None
    attribution_window_days: int | None = Field(default=None, ge=1, le=365)
    attribution_friend_days: int | None = Field(default=None, ge=1, le=365)
    attribution_old_owner_percent: int | None = Field(default=None, ge=0, le=100)
    attribution_channel: ChannelMode | None = None
    push_event_hours: int | None = Field(default=None, ge=1, le=720)
    push_approval_above: int | None = Field(default=None, ge=1, le=100)
    renewal_days: int | None = Field(default=None, ge=1, le=365)
    lead_jump_minutes: int | None = Field(default=None, ge=0, le=10_080)
    handover_event: HandoverEvent | None = None
    handover_owners: list[Userid] | None = Field(default=None, max_length=50)
    handover_steps: list[HandoverStep] | None = Field(default=None, min_length=1, max_length=10)
    marketing_day_cap: int | None = Field(default=None, ge=1, le=100)
    marketing_week_cap: int | None = Field(default=None, ge=1, le=700)
    staff_todo_cap: int | None = Field(default=None, ge=1, le=1000)
    inheritance_four_eyes: bool | None = None
    brand: str | None = Field(default=None, max_length=40)
    inheritance_tag: str | None = Field(default=None, max_length=30)
    offboarding_rules: dict[DepartmentKey, OffboardingRuleIn] | None = Field(default=None, max_length=50)


class HoursOut(Out):
    """A part of the day in Beijing time."""

    start: str
    end: str


class SettingsOut(Out):
    """The corp's settings. Version 0 are those of a fresh deployment."""

    version: int
    quota_policy: Literal["per_month:4", "month_days", "per_week:7", "per_day:1"]
    working_hours: HoursOut
    workdays: list[int]
    holidays: list[str]
    extra_workdays: list[str]
    quiet_hours: HoursOut
    notice_window_minutes: int
    notice_daily_max: int
    urgent_kinds: list[str]
    escalate_after_minutes: int
    muted_kinds: list[str]
    notice_formats: dict[str, str]
    trusted_hosts: list[str]
    reveal_roles: list[Role]
    export_roles: list[Role]
    tag_limit: int
    first_admin: str
    strict_fields: bool
    attribution_window_days: int
    attribution_friend_days: int
    attribution_old_owner_percent: int
    attribution_channel: ChannelMode
    push_event_hours: int
    push_approval_above: int
    renewal_days: int
    lead_jump_minutes: int
    handover_event: HandoverEvent
    handover_owners: list[str]
    handover_steps: list[HandoverStep]
    marketing_day_cap: int
    marketing_week_cap: int
    staff_todo_cap: int
    inheritance_four_eyes: bool
    brand: str
    inheritance_tag: str
    offboarding_rules: dict[str, dict[str, Any]]
    retention_days: dict[str, int]
    updated_at: str


def declare(api: Api) -> None:
    """Add the routes."""
    for path in ("/admin/settings", "/admin/config"):
        api.route("GET", path, roles=SEE_SETTINGS, scope="corp", answers=SettingsOut)(read)
        api.route("PUT", path, roles=OPERATIONS, scope="corp", body=SettingsIn, answers=SettingsOut)(change)


def read(_: Request) -> SettingsOut:
    """The corp's settings: quotas, hours, holidays, notice limits, rights."""
    return SettingsOut.model_validate(stored.load())


def change(request: Request) -> SettingsOut:
    """Change settings; an invalid value is refused and the old settings stay."""
    wanted: SettingsIn = request.body
    now_is = stored.load()
    if wanted.version is not None and wanted.version != now_is.version:
        raise problems.version_conflict()
    changed = replace(now_is, **_given(wanted))
    before, after = _difference(now_is, changed)
    step = stored.save_step(changed, now_is.version, request.now)
    audited(request, "settings_changed", "SETTINGS", before, after, [step])
    return SettingsOut.model_validate(stored.load())


def _given(wanted: SettingsIn) -> dict[str, Any]:
    given = {name: getattr(wanted, name) for name in wanted.model_fields_set - {"version"}}
    if empty := sorted(name for name, value in given.items() if value is None):
        raise problems.invalid(*(problems.FieldError(name, "不能为空") for name in empty))
    return {name: _frozen(value) for name, value in given.items()}


def _frozen(value: Any) -> Any:
    if isinstance(value, HoursModel):
        return Hours(value.start, value.end)
    if isinstance(value, dict):
        return {name: each.model_dump() if isinstance(each, In) else each for name, each in value.items()}
    return tuple(dict.fromkeys(value)) if isinstance(value, list) else value


def _difference(before: Settings, after: Settings) -> tuple[dict[str, Any], dict[str, Any]]:
    names = [name for name in Settings.__dataclass_fields__ if getattr(before, name) != getattr(after, name)]
    return {name: _plain(getattr(before, name)) for name in names}, {
        name: _plain(getattr(after, name)) for name in names
    }


def _plain(value: Any) -> Any:
    return [value.start, value.end] if isinstance(value, Hours) else value
