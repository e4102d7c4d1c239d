"""docs/events.md: what follows from a change; spec CUS-07, NTF-02, IDN-18."""

from typing import Any

import pytest


def notices(queues: Any) -> list[tuple[str, str]]:
    """Return the notices that were sent, as (kind, userid)."""
    return [(m["notice"]["kind"], m["notice"]["userid"]) for m in queues.messages("Notifications")]


def refreshed(queues: Any) -> list[tuple[str, str]]:
    """Return the refreshes that were asked for, as (channel, reason)."""
    return [(m["channel_id"], m["reason"]) for m in queues.messages("CorpEvents")]


def test_ntf_02_a_new_customer_is_told_once_and_gets_a_follow_up(
    wecom: Any, handle: Any, react: Any, queues: Any, tables: Any, timeline: Any
) -> None:
    handle(wecom.add())

    assert react() == []

    assert notices(queues) == [("new_customer", "lisi")]
    assert timeline() == [("customer_added", "03-02 02:15:00")]
    (task,) = tables.rows("MEMBER#lisi", "TASK#")
    assert (task["kind"], task["due"], task["status"]) == ("follow", "2026-03-03T02:15:00Z", "open")
    assert task["customer_id"] == tables.rows("CONTACT#wmE1", "CONTACT")[0]["customer_id"]


def test_a_repeated_stream_record_leaves_the_same_rows_and_messages(
    wecom: Any, handle: Any, react: Any, queues: Any, tables: Any, channel: Any
) -> None:
    handle(wecom.add(state=channel()))
    records = tables.stream()
    react(records)
    rows = tables.typed()

    react(records)

    assert tables.typed() == rows
    assert notices(queues) == [("new_customer", "lisi")]


def test_an_add_through_a_channel_is_counted_under_its_day(
    wecom: Any, handle: Any, react: Any, tables: Any, channel: Any
) -> None:
    handle(wecom.add(state=channel("ch_expo")))
    react()

    (row,) = tables.rows("CHANNEL#ch_expo", "ADD#")
    assert row["SK"].startswith("ADD#2026-03-02#2026-03-02T02:15:00Z#lisi#wmE1#")


def test_idn_18_an_add_asks_for_a_refresh_only_where_adds_are_counted(
    wecom: Any, handle: Any, react: Any, queues: Any, channel: Any
) -> None:
    from scrm.channel_codes.model import RosterEntry

    handle(wecom.add("lisi", "wmE1", channel("ch_free")))
    capped = channel("ch_capped", staff=(RosterEntry("lisi", 1, 2), RosterEntry("wangwu")))
    handle(wecom.add("lisi", "wmE2", capped))
    react()

    assert refreshed(queues) == [("ch_capped", "add")]


def test_a_deletion_by_the_customer_is_told_and_traced(
    wecom: Any, handle: Any, react: Any, queues: Any, timeline: Any, at: Any
) -> None:
    handle(wecom.add())
    at("2026-03-04T10:00:00+08:00")
    handle(wecom.act("customer_deletes", userid="lisi", external_userid="wmE1"))
    react()

    assert notices(queues) == [("new_customer", "lisi"), ("deleted_by_customer", "lisi")]
    assert timeline() == [
        ("deleted_by_customer", "03-04 02:00:00"),
        ("customer_added", "03-02 02:15:00"),
    ]


def test_a_deletion_by_the_member_is_traced_and_told_to_nobody(
    wecom: Any, handle: Any, react: Any, queues: Any, timeline: Any, at: Any
) -> None:
    handle(wecom.add())
    react()
    queues.messages("Notifications")
    at("2026-03-04T10:00:00+08:00")
    handle(wecom.act("member_deletes", userid="lisi", external_userid="wmE1"))
    react()

    assert notices(queues) == []
    assert timeline()[0] == ("deleted_by_staff", "03-04 02:00:00")


@pytest.mark.parametrize("late", [False, True], ids=["in order", "half arrives last"])
def test_r14_a_half_add_and_its_add_leave_one_entry_one_add_and_one_notice(
    wecom: Any,
    handle: Any,
    react: Any,
    queues: Any,
    tables: Any,
    timeline: Any,
    channel: Any,
    at: Any,
    late: bool,
) -> None:
    half = wecom.add(state=channel("ch_expo"), half=True)
    at("2026-03-02T10:20:00+08:00")
    wecom.people.accept(userid="lisi", external_userid="wmE1")
    (added,) = wecom.events()

    for event in (added, half) if late else (half, added):
        handle(event)
        react()

    assert timeline() == [("customer_added", "03-02 02:15:00")]
    assert len(tables.rows("CHANNEL#ch_expo", "ADD#")) == 1
    assert notices(queues) == [("new_customer", "lisi")]
    assert len(tables.rows("MEMBER#lisi", "TASK#")) == 1


def test_a_deletion_that_arrives_before_its_add_is_traced_with_it(
    wecom: Any, handle: Any, react: Any, queues: Any, timeline: Any, at: Any
) -> None:
    added = wecom.add()
    at("2026-03-02T10:16:00+08:00")
    deleted = wecom.act("customer_deletes", userid="lisi", external_userid="wmE1")
    for event in (deleted, added):
        handle(event)
        react()

    assert timeline() == [
        ("deleted_by_customer", "03-02 02:16:00"),
        ("customer_added", "03-02 02:15:00"),
    ]
    assert notices(queues) == [("deleted_by_customer", "lisi")]


def test_an_edit_in_the_client_is_traced(
    wecom: Any, handle: Any, react: Any, tables: Any, timeline: Any, tag: Any, at: Any
) -> None:
    handle(wecom.add())
    at("2026-03-02T11:00:00+08:00")
    edit = {"add_tag": [tag("高意向")], "remark": "小雨-春季班"}
    handle(wecom.act("member_edits", userid="lisi", external_userid="wmE1", **edit))
    react()

    assert sorted(kind for kind, _ in timeline()) == ["customer_added", "remark_changed", "tagged"]
    (row,) = [row for row in tables.rows("TIMELINE#") if row["kind"] == "tagged"]
    assert edit["add_tag"][0] in str(row["facts"])


def test_a_channels_changed_roster_asks_for_a_refresh_and_its_own_writes_do_not(
    react: Any, queues: Any, channel: Any
) -> None:
    from scrm.channel_codes.model import RosterEntry

    channel("ch_expo")
    channel("ch_expo", staff=(RosterEntry("lisi"),), version=2)
    channel("ch_expo", staff=(RosterEntry("lisi"),), on_code=("lisi",), version=3)
    channel("ch_expo", staff=(RosterEntry("lisi"),), on_code=("lisi",), status="paused", version=4)
    react()

    assert refreshed(queues) == [("ch_expo", "changed"), ("ch_expo", "changed")]


def test_a_member_who_leaves_is_taken_off_the_codes_that_name_them(
    react: Any, queues: Any, channel: Any
) -> None:
    from scrm.channel_codes.model import RosterEntry
    from scrm.staff.dynamodb import StaffRow
    from scrm.staff.model import Member

    channel("ch_named", staff=(RosterEntry("LiSi"),))
    channel("ch_fallback", fallback=("lisi",))
    channel("ch_other", staff=(RosterEntry("wangwu"),))
    stamp = "2026-03-01T00:00:00Z"
    member = Member("lisi", "李四", can_contact=True, created_at=stamp, updated_at=stamp)
    StaffRow.of(member).save()
    react()
    assert sorted(refreshed(queues)) == [("ch_fallback", "staff"), ("ch_named", "staff")]

    StaffRow.of(Member("lisi", "李四", "left", created_at=stamp, updated_at="2026-03-02T00:00:00Z")).save()
    react()
    assert sorted(refreshed(queues)) == [("ch_fallback", "staff"), ("ch_named", "staff")]


def test_ntf_02_a_task_is_announced_for_when_it_is_due(react: Any, queues: Any, at: Any, tables: Any) -> None:
    from datetime import timedelta

    from scrm.tasks.dynamodb import DynamoTasks
    from scrm.tasks.model import task

    now = at("2026-03-02T10:15:00+08:00")
    DynamoTasks().open(task("visit", "lisi", now + timedelta(hours=3), "v1", created_at=now))
    react()

    (message,) = queues.messages("Notifications")
    assert message["notice"]["kind"] == "due_task"
    assert message["notice"]["not_before"].startswith("2026-03-02T05:15")


def test_a_record_that_cannot_be_read_is_parked_and_the_others_are_handled(
    wecom: Any, handle: Any, react: Any, queues: Any, tables: Any, timeline: Any
) -> None:
    handle(wecom.add())
    records = tables.stream()
    poison = next(each for each in records if each["dynamodb"]["Keys"]["SK"]["S"] == "RELATION#lisi")
    broken = {**poison, "dynamodb": {**poison["dynamodb"], "NewImage": {"facts": {"L": [{"S": "?"}]}}}}

    assert react([broken, *records]) == []

    assert len(queues.messages("ReactToChangesDead")) == 1
    assert timeline() == [("customer_added", "03-02 02:15:00")]


def test_a_queue_that_is_away_stops_the_batch_until_it_is_back(
    wecom: Any, handle: Any, react: Any, queues: Any, tables: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import EndpointConnectionError

    from scrm import aws

    handle(wecom.add())
    records = tables.stream()
    with monkeypatch.context() as patch:

        def away(**_: Any) -> None:
            raise EndpointConnectionError(endpoint_url="sqs")

        patch.setattr(aws.client("sqs"), "send_message", away)
        failed = react(records)

    last = next(r for r in reversed(records) if r["dynamodb"]["Keys"]["SK"]["S"] == "RELATION#lisi")
    assert failed == [last["dynamodb"]["SequenceNumber"]]
    assert react(records) == []
    assert notices(queues) == [("new_customer", "lisi")]
