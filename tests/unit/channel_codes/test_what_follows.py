"""What a channel's change asks for: a refresh, an alert, or nothing (docs/events.md)."""

from dataclasses import replace

from scrm.changes.channels import channel_changed, code_in_trouble
from scrm.channel_codes.model import Channel, RosterEntry
from scrm.channel_codes.roster import is_due

AT = "2026-03-02T02:15:00Z"
CHANNEL = Channel(
    "ch_1",
    "春季",
    "phone",
    staff=(RosterEntry("a"),),
    status="active",
    created_by="ann",
    updated_at=AT,
    on_code=("a",),
)


def follows(**changes):
    new = replace(CHANNEL, **changes)
    return [each.reason for each in channel_changed(CHANNEL, new)], code_in_trouble(CHANNEL, new)


def test_what_a_refresh_writes_itself_asks_for_nothing():
    assert follows(on_code=("b",), pending_code=None, revision=2) == ([], [])
    assert follows(pending_code=("b",), revision=2) == ([], [])


def test_what_the_code_shows_or_whom_it_leads_to_asks_for_a_refresh():
    for change in (
        {"staff": (RosterEntry("b"),)},
        {"fallback": ("c",)},
        {"remark": "新"},
        {"name": "新"},
        {"skip_verify": False},
        {"status": "paused"},
        {"status": "unknown"},
    ):
        assert follows(**change)[0] == ["changed"], change


def test_a_new_tag_or_welcome_does_not():
    assert follows(tags=("t1",)) == ([], [])


def test_an_empty_roster_is_told_once_to_who_made_the_channel():
    (told,) = follows(nobody_since=AT)[1]
    assert (told.notice.kind, told.notice.userid) == ("alert", "ann")
    assert "春季" in told.notice.facts["title"]
    since = replace(CHANNEL, nobody_since=AT)
    assert code_in_trouble(since, replace(since, revision=9)) == []


def test_a_refused_code_is_told_once():
    (told,) = follows(failure="成员尚未激活企业微信", revision=4)[1]
    assert "成员尚未激活企业微信" in told.notice.facts["title"]
    failed = replace(CHANNEL, failure="x")
    assert code_in_trouble(failed, replace(failed, on_code=("b",))) == []


def test_a_tick_looks_at_what_the_clock_or_an_open_question_may_change():
    assert not is_due(CHANNEL)
    assert is_due(replace(CHANNEL, pending_code=("a",)))
    assert is_due(replace(CHANNEL, status="unknown"))
    assert is_due(replace(CHANNEL, staff=(RosterEntry("a", daily_cap=1),)))
    assert not is_due(replace(CHANNEL, staff=(RosterEntry("a", daily_cap=1),), status="paused"))
    assert not is_due(replace(CHANNEL, pending_code=("a",), status="archived"))
