"""The members on a code: set when the list changes, without whoever may take nobody (spec IDN-18)."""

from datetime import UTC, datetime

import pytest

from scrm import clock
from scrm.channel_codes import dynamodb as channels
from scrm.channel_codes import serial
from scrm.staff.dynamodb import forget_directory
from tests.component.conftest import app_of, sqs_event_of
from tests.component.console import calls_of, channel_body
from tests.component.http_world import change_member
from wecom_simulator.transport import SimulatorTransport

UPDATE = "externalcontact/update_contact_way"


@pytest.fixture
def refresh(corp, lambda_context):
    """Refresh these channels; return what failed."""

    def refreshed(*channel_ids, reason="changed"):
        forget_directory()
        bodies = [{"channel_id": each, "reason": reason} for each in channel_ids]
        answer = app_of("handle_corp_event").handler(
            sqs_event_of(*bodies, queue="CorpEvents"), lambda_context
        )
        return answer["batchItemFailures"]

    return refreshed


@pytest.fixture
def made(ask):
    def make(**changes):
        answer = ask("POST", "/admin/channels", channel_body(**changes))
        assert answer.status == 201, answer.text
        return answer.json["channel_id"]

    return make


def add(channel_id, userid, number=1):
    at = clock.now()
    channels.record_add(channel_id, userid, f"wm{userid}{number}", f"e{userid}{number}", at)


def on_code(wecom, channel_id):
    return wecom.world.contact_ways[channels.channel(channel_id).config_id].user


def test_whoever_reached_the_cap_is_taken_off_and_back_on_the_next_day(refresh, made, wecom, at):
    channel_id = made(staff=[{"userid": "lisi", "daily_cap": 2}, {"userid": "wangwu"}])
    add(channel_id, "lisi", 1)
    refresh(channel_id, reason="add")
    assert calls_of(wecom, UPDATE) == []

    add(channel_id, "lisi", 2)
    refresh(channel_id, reason="add")

    assert [body["user"] for body in calls_of(wecom, UPDATE)] == [["wangwu"]]
    assert on_code(wecom, channel_id) == ["wangwu"]
    assert channels.channel(channel_id).on_code == ("wangwu",)
    at("2026-03-03T00:00:00+08:00")
    refresh(channel_id, reason="tick")
    assert on_code(wecom, channel_id) == ["lisi", "wangwu"]


def test_a_repetition_asks_wecom_nothing(refresh, made, wecom):
    channel_id = made(staff=[{"userid": "lisi", "daily_cap": 1}, {"userid": "wangwu"}])
    add(channel_id, "lisi")
    for _ in range(3):
        assert refresh(channel_id, reason="add") == []

    assert len(calls_of(wecom, UPDATE)) == 1


def test_a_repeated_add_counts_once(refresh, made, wecom):
    channel_id = made(staff=[{"userid": "lisi", "daily_cap": 2}, {"userid": "wangwu"}])
    add(channel_id, "lisi")
    add(channel_id, "lisi")

    refresh(channel_id, reason="add")

    assert calls_of(wecom, UPDATE) == []


def test_shifts_put_members_on_and_off(refresh, made, wecom, at):
    early = {"userid": "lisi", "shifts": [{"start": "09:00", "end": "12:00"}]}
    late = {"userid": "wangwu", "shifts": [{"start": "12:00", "end": "02:00"}]}
    channel_id = made(staff=[early, late])
    assert on_code(wecom, channel_id) == ["lisi"]
    seen = {}
    for moment in (
        "2026-03-02T11:59:59",
        "2026-03-02T12:00:00",
        "2026-03-03T01:59:00",
        "2026-03-03T09:00:00",
    ):
        at(f"{moment}+08:00")
        refresh(channel_id, reason="tick")
        seen[moment[8:]] = on_code(wecom, channel_id)

    assert seen == {
        "02T11:59:59": ["lisi"],
        "02T12:00:00": ["wangwu"],
        "03T01:59:00": ["wangwu"],
        "03T09:00:00": ["lisi"],
    }


def test_somebody_who_left_is_taken_off(refresh, made, wecom):
    channel_id = made()
    change_member("lisi", status="left", can_contact=False)

    refresh(channel_id)

    assert on_code(wecom, channel_id) == ["wangwu"]


def test_nobody_left_leads_to_the_fallback_and_says_since_when(refresh, made, wecom):
    channel_id = made(staff=[{"userid": "lisi", "daily_cap": 1}], fallback=["sunqi"])
    add(channel_id, "lisi")

    refresh(channel_id, reason="add")

    assert on_code(wecom, channel_id) == ["sunqi"]
    assert channels.channel(channel_id).nobody_since == "2026-03-02T02:15:00Z"


def test_nobody_left_and_no_fallback_leaves_the_code_and_says_so(refresh, made, wecom):
    channel_id = made(staff=[{"userid": "lisi", "daily_cap": 1}])
    add(channel_id, "lisi")

    refresh(channel_id, reason="add")
    refresh(channel_id, reason="add")

    assert calls_of(wecom, UPDATE) == []
    assert on_code(wecom, channel_id) == ["lisi"]
    assert channels.channel(channel_id).nobody_since


def test_weights_share_the_adds_in_turn(refresh, made, wecom, at):
    staff = [{"userid": "lisi", "weight": 3}, {"userid": "wangwu", "weight": 1}]
    channel_id = made(staff=staff)
    got = []
    for minute in range(8):
        at(f"2026-03-02T11:{minute:02d}:00+08:00")
        (taker,) = on_code(wecom, channel_id)
        got.append(taker)
        add(channel_id, taker, minute)
        refresh(channel_id, reason="add")

    # nginx, smooth weighted round robin of 3 and 1: a a b a, and over again.
    assert got == ["lisi", "lisi", "wangwu", "lisi"] * 2


def test_the_preview_says_what_then_happens(refresh, made, wecom, ask, at):
    staff = [
        {"userid": "lisi", "weight": 3},
        {"userid": "wangwu", "weight": 2, "daily_cap": 4},
        {"userid": "sunqi", "weight": 1},
    ]
    channel_id = made(staff=staff)
    forecast = ask("GET", f"/admin/channels/{channel_id}:preview", query={"scans": "30"}).json["members"]
    happened = dict.fromkeys(("lisi", "wangwu", "sunqi"), 0)
    for minute in range(30):
        at(f"2026-03-02T11:{minute:02d}:00+08:00")
        (taker,) = on_code(wecom, channel_id)
        happened[taker] += 1
        add(channel_id, taker, minute)
        refresh(channel_id, reason="add")

    assert {each["userid"]: each["scans"] for each in forecast} == happened
    assert happened["wangwu"] == 4


def test_an_edit_and_a_pause_reach_the_code(refresh, made, wecom, ask):
    channel_id = made(fallback=["sunqi"])
    ask("PUT", f"/admin/channels/{channel_id}", {"version": 1, "remark": "新备注", "skip_verify": False})
    refresh(channel_id)
    way = wecom.world.contact_ways[channels.channel(channel_id).config_id]
    assert (way.remark, way.skip_verify, way.user) == ("新备注", False, ["lisi", "wangwu"])

    ask("POST", f"/admin/channels/{channel_id}:pause", {})
    refresh(channel_id)
    assert on_code(wecom, channel_id) == ["sunqi"]

    ask("POST", f"/admin/channels/{channel_id}:resume", {})
    refresh(channel_id)
    assert on_code(wecom, channel_id) == ["lisi", "wangwu"]


def test_an_unknown_code_is_found_and_not_made_again(refresh, ask, wecom):
    wecom.faults.add({"endpoint": "externalcontact/add_contact_way", "what": "unknown_outcome"})
    channel_id = ask("POST", "/admin/channels", channel_body()).json["channel_id"]
    assert channels.channel(channel_id).status == "unknown"

    refresh(channel_id)

    channel = channels.channel(channel_id)
    assert channel.status == "active"
    assert list(wecom.world.contact_ways) == [channel.config_id]


def test_a_code_that_was_never_made_is_made(refresh, ask, wecom):
    wecom.faults.add({"endpoint": "externalcontact/add_contact_way", "what": "http500", "count": 1})
    channel_id = ask("POST", "/admin/channels", channel_body()).json["channel_id"]

    refresh(channel_id)

    assert channels.channel(channel_id).status == "active"
    assert len(wecom.world.contact_ways) == 1


def test_killed_after_the_call_it_goes_on_and_ends_alike(refresh, made, wecom, monkeypatch):
    channel_id = made(staff=[{"userid": "lisi", "daily_cap": 1}, {"userid": "wangwu"}])
    add(channel_id, "lisi")
    wecom.faults.add({"endpoint": UPDATE, "what": "unknown_outcome", "count": 3})
    assert len(refresh(channel_id, reason="add")) == 1
    assert channels.channel(channel_id).pending_code == ("wangwu",)

    assert refresh(channel_id, reason="add") == []

    channel = channels.channel(channel_id)
    assert (channel.on_code, channel.pending_code) == (("wangwu",), None)


def test_a_code_deleted_behind_our_back_is_told(refresh, made, wecom):
    channel_id = made(staff=[{"userid": "lisi", "daily_cap": 1}, {"userid": "wangwu"}])
    wecom.world.contact_ways.clear()
    add(channel_id, "lisi")

    assert refresh(channel_id, reason="add") == []

    channel = channels.channel(channel_id)
    assert (channel.status, bool(channel.failure)) == ("failed", True)


def test_a_channel_edited_meanwhile_is_read_again(refresh, made, wecom, ask, monkeypatch):
    channel_id = made(staff=[{"userid": "lisi", "daily_cap": 1}, {"userid": "wangwu"}])
    add(channel_id, "lisi")
    real, edits = SimulatorTransport.handle_request, []

    def edited_meanwhile(self, request):
        if request.url.path.endswith("update_contact_way") and not edits:
            edits.append(
                ask("PUT", f"/admin/channels/{channel_id}", {"version": 1, "staff": [{"userid": "sunqi"}]})
            )
        return real(self, request)

    monkeypatch.setattr(SimulatorTransport, "handle_request", edited_meanwhile)

    assert refresh(channel_id, reason="add") == []

    assert edits[0].status == 200
    assert on_code(wecom, channel_id) == ["sunqi"]
    assert channels.channel(channel_id).on_code == ("sunqi",)


def test_a_serial_code_is_made_once_and_stands_for_one_crm_id(refresh, wecom):
    first = serial.issue("CRM-7", clock.now(), userids=["lisi"])
    assert serial.issue("CRM-7", clock.now(), userids=["lisi"]) == first
    assert serial.issue("CRM-8", clock.now()).status == "state_only"

    for _ in range(2):
        refresh(first.state, reason="serial")

    made = serial.serial(first.state)
    assert (made.status, made.crmid, len(first.state) <= 30) == ("active", "CRM-7", True)
    (way,) = wecom.world.contact_ways.values()
    assert (way.state, way.user, made.qr_code) == (first.state, ["lisi"], way.qr_code)
    assert channels.crmid_of(first.state) == "CRM-7"


def test_an_unknown_channel_and_an_archived_one_are_left_alone(refresh, made, ask, wecom):
    channel_id = made()
    ask("DELETE", f"/admin/channels/{channel_id}")

    assert refresh("ch_none", channel_id) == []
    assert calls_of(wecom, UPDATE) == []


def test_the_adds_of_a_day_are_those_of_beijing(made):
    channel_id = made()
    at = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
    channels.record_add(channel_id, "lisi", "wm1", "e1", at)

    assert channels.adds_on(channel_id, "2026-03-02") == []
    assert [each.userid for each in channels.adds_on(channel_id, "2026-03-03")] == ["lisi"]
