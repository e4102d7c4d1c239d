"""Settings: one versioned thing; an invalid value is refused and the old ones stay."""

import pytest

from scrm.settings import dynamodb as settings


def test_a_change_holds_from_the_next_reading_on(ask):
    assert settings.load().quota_policy == "month_days"

    answer = ask("PUT", "/admin/settings", {"version": 0, "quota_policy": "per_week:7"})

    assert (answer.status, answer.json["version"], answer.json["quota_policy"]) == (200, 1, "per_week:7")
    assert settings.load().quota_policy == "per_week:7"
    assert ask("GET", "/admin/config").json == answer.json


def test_a_policy_may_be_named_shortly(ask):
    assert ask("PUT", "/admin/config", {"quota_policy": "per_day"}).json["quota_policy"] == "per_day:1"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"quota_policy": "as_many_as_i_like"}, "quota_policy"),
        ({"quiet_hours": {"start": "25:00", "end": "08:00"}}, "quiet_hours.start"),
        ({"workdays": [0]}, "workdays.0"),
        ({"holidays": ["2026-02-30"]}, "holidays.0"),
        ({"notice_window_minutes": -1}, "notice_window_minutes"),
        ({"urgent_kinds": ["gossip"]}, "urgent_kinds.0"),
        ({"trusted_hosts": ["https://a.cn/x"]}, "trusted_hosts.0"),
        ({"reveal_roles": ["king"]}, "reveal_roles.0"),
        ({"working_hours": None}, "working_hours"),
        ({"attribution_window_days": 0}, "attribution_window_days"),
        ({"attribution_old_owner_percent": 101}, "attribution_old_owner_percent"),
        ({"attribution_channel": "middle"}, "attribution_channel"),
        ({"push_approval_above": 101}, "push_approval_above"),
        ({"secret": "x"}, "secret"),
    ],
)
def test_an_invalid_value_is_refused_and_the_old_settings_stay(ask, body, field):
    ask("PUT", "/admin/settings", {"notice_daily_max": 7})

    answer = ask("PUT", "/admin/settings", {**body, "notice_daily_max": 8})

    assert answer.status == 422, answer.text
    assert field in [each["field"] for each in answer.json["errors"]]
    assert settings.load().notice_daily_max == 7


def test_a_stale_version_is_refused(ask):
    ask("PUT", "/admin/settings", {"version": 0, "notice_daily_max": 7})

    stale = ask("PUT", "/admin/settings", {"version": 0, "notice_daily_max": 8})

    assert (stale.status, stale.code) == (409, "version_conflict")


def test_everything_that_can_be_set_comes_back(ask):
    wanted = {
        "working_hours": {"start": "08:30", "end": "17:30"},
        "workdays": [1, 2, 3],
        "holidays": ["2026-10-01"],
        "extra_workdays": ["2026-10-10"],
        "quiet_hours": {"start": "22:00", "end": "07:00"},
        "notice_window_minutes": 15,
        "notice_daily_max": 12,
        "urgent_kinds": ["alert"],
        "muted_kinds": ["order_paid"],
        "notice_formats": {"due_task": "markdown"},
        "trusted_hosts": ["h5.example.com"],
        "reveal_roles": ["service", "operations_admin"],
        "first_admin": "boss",
        "attribution_window_days": 7,
        "attribution_friend_days": 60,
        "attribution_old_owner_percent": 50,
        "attribution_channel": "40-20-40",
        "push_event_hours": 24,
        "push_approval_above": 5,
    }
    changed = ask("PUT", "/admin/settings", wanted)

    assert changed.status == 200, changed.text
    assert {name: changed.json[name] for name in wanted} == wanted
    (line,) = ask("GET", "/admin/audit", query={"action": "settings_changed"}).json["items"]
    assert set(line["after"]) == set(wanted)
