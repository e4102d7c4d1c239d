"""Notices arrive at members: NTF-01, 03, 04, 05, 06, 07."""

import json
from datetime import timedelta

import pytest

from scrm import clock
from scrm.notices.model import flush_message, notice, notice_message
from tests.component.conftest import START
from tests.component.http_world import change_member

NIGHT = "2026-03-02T22:00:00+08:00"


@pytest.fixture
def deliver(wecom, corp, function, sqs_event, lambda_context):
    """Hand messages over as the queue does, ten at a time; none may fail."""

    def hand_over(*messages):
        for at in range(0, len(messages), 10):
            event = sqs_event(*messages[at : at + 10], queue="Notifications")
            assert function("send_notices").handler(event, lambda_context) == {"batchItemFailures": []}

    return hand_over


@pytest.fixture
def sent(wecom):
    """Return the bodies of the messages WeCom was asked to send."""
    return lambda: [each["body"] for each in wecom.calls.listed("/cgi-bin/message/send")]


@pytest.fixture
def tick(function, queues, deliver, lambda_context):
    """Run the minute's schedule at a time and hand over what it queues."""

    def run(at):
        released = function("release_notices").handler({"time": clock.now().isoformat()}, lambda_context)
        found = queues.messages("Notifications")
        assert released == {"released": len(found)}
        deliver(*found)
        return len(found)

    return run


def added(number=1, userid="zhangsan", **subject):
    return notice_message(
        notice(
            "new_customer",
            userid,
            clock.now(),
            f"e{number}",
            subject={"external_userid": f"wm{number}", **subject},
        )
    )


def paid(number=1):
    return notice_message(
        notice("order_paid", "zhangsan", clock.now(), f"o{number}", facts={"amount": "¥199"})
    )


def statuses(tables):
    return [row["status"] for row in tables.rows("MEMBER#", "NOTICE#")]


def test_a_new_customer_is_told_at_once_with_a_link_to_the_task(deliver, sent, tables, at):
    deliver(added(task_id="20260302T021500Z-abc-zhangsan"))

    (body,) = sent()
    assert body["touser"] == "zhangsan"
    assert body["msgtype"] == "textcard"
    assert body["enable_duplicate_check"] == 1
    assert body["duplicate_check_interval"] == 14_400
    assert body["textcard"]["url"].startswith(
        "https://scrm.test/workbench/tasks/20260302T021500Z-abc-zhangsan"
    )
    (row,) = tables.rows("MEMBER#zhangsan", "NOTICE#")
    assert row["status"] == "sent"
    assert row["msgid"]


def test_a_notice_delivered_twice_by_the_queue_is_sent_once(deliver, sent, at):
    deliver(added())
    at("2026-03-02T10:20:00+08:00")
    deliver(added())
    deliver(notice_message(notice("new_customer", "zhangsan", clock.now(), "e1")))

    assert len(sent()) == 2


def test_31_in_one_minute_make_30_calls_and_the_31st_in_the_next(deliver, sent, tick, at, wecom):
    deliver(*(added(number) for number in range(31)))
    assert len(sent()) == 30
    assert tick(START) == 0

    at("2026-03-02T10:16:00+08:00")
    assert tick("2026-03-02T10:16:00+08:00") == 1

    assert len(sent()) == 31
    assert tick("2026-03-02T10:16:00+08:00") == 0


def test_ten_within_half_an_hour_become_one_digest_with_ten(deliver, sent, tick, at, tables):
    start = clock.now()
    for number in range(10):
        at((start + timedelta(minutes=3 * number)).isoformat())
        deliver(paid(number))
        tick(clock.now())
    assert sent() == []

    at((start + timedelta(minutes=30)).isoformat())
    assert tick(clock.now()) == 1

    (body,) = sent()
    assert body["textcard"]["title"] == "你有 10 条新提醒"
    assert statuses(tables) == ["sent"] * 10


def test_a_quiet_one_at_night_waits_for_nine_and_an_urgent_one_does_not(deliver, sent, tick, at):
    at(NIGHT)
    deliver(paid(), added())
    assert len(sent()) == 1

    at("2026-03-03T08:59:00+08:00")
    assert tick(clock.now()) == 0
    at("2026-03-03T09:00:00+08:00")
    assert tick(clock.now()) == 1

    assert sent()[1]["textcard"]["title"] == "客户已付款"


def test_what_a_member_has_muted_never_arrives(deliver, sent, tables, at):
    from scrm.notices.dynamodb import DynamoNotices

    deliver(added(1))
    DynamoNotices().mute("zhangsan", ["new_customer"])
    deliver(added(2))
    DynamoNotices().mute("ZhangSan", [])
    deliver(added(3))

    assert len(sent()) == 2
    assert sorted(statuses(tables)) == ["muted", "sent", "sent"]


def test_a_member_mutes_kinds_from_the_workbench(deliver, sent, http_event, function, at):
    from tests.component.http_world import caller_of

    def ask(method, body=None):
        event = http_event(method, "/workbench/notice-preferences", body, caller=caller_of("zhangsan"))
        answer = function("workbench_api").handler(event, None)
        return answer["statusCode"], json.loads(answer["body"])

    status, chosen = ask("PUT", {"muted_kinds": ["order_paid"]})
    assert (status, [each["kind"] for each in chosen["kinds"] if each["muted"]]) == (200, ["order_paid"])
    assert ask("GET") == (200, chosen)
    assert ask("PUT", {"muted_kinds": ["gossip"]})[0] == 422
    deliver(paid(), added())

    assert [body["textcard"]["title"] for body in sent()] == ["新客户添加了你"]


def test_what_was_acknowledged_while_it_waited_stays_so(deliver, tick, tables, at):
    from scrm.workbench.dynamodb import acknowledge

    deliver(paid())
    (row,) = tables.rows("MEMBER#zhangsan", "NOTICE#")
    acknowledge("zhangsan", row["SK"].removeprefix("NOTICE#"), clock.now())
    at("2026-03-02T10:45:00+08:00")
    tick(clock.now())

    (row,) = tables.rows("MEMBER#zhangsan", "NOTICE#")
    assert (row["status"], row["since"]) == ("sent", "2026-03-02T02:15:00Z")
    assert row["acknowledged_at"] == "2026-03-02T02:15:00Z"


@pytest.mark.parametrize(("handled", "told"), [("", 1), ("acknowledged", 0), ("done", 0)])
def test_the_manager_is_told_of_what_nobody_has_acted_on_for_two_hours(
    handled, told, deliver, sent, tick, tables, queues, function, lambda_context, at, wecom
):
    """NTF-08, through the table's stream: urgent notice, two hours, one notice to the manager."""
    from scrm.settings.dynamodb import SettingsRow
    from scrm.tasks.dynamodb import DynamoTasks
    from scrm.tasks.model import task
    from scrm.workbench.dynamodb import acknowledge

    SettingsRow(
        "SETTINGS", "SETTINGS", version=1, chosen={"escalate_after_minutes": 120}, updated_at="x"
    ).save()
    change_member("lisi", direct_leaders=("zhangsan",))
    to_do = task("follow", "lisi", clock.now(), "s1", created_at=clock.now())
    DynamoTasks().open(to_do)
    tables.stream()
    message = added(userid="lisi", task_id=to_do.id)
    deliver(message)
    function("react_to_changes").handler({"Records": tables.stream()}, lambda_context)
    deliver(*queues.messages("Notifications"))
    if handled == "acknowledged":
        acknowledge("lisi", message["notice"]["id"], clock.now())
    if handled == "done":
        DynamoTasks().close(to_do.id, 1, "done", by="lisi", at=clock.now())

    at("2026-03-02T12:14:00+08:00")
    assert tick(clock.now()) == 0
    at("2026-03-02T12:15:00+08:00")
    assert tick(clock.now()) == 1
    at("2026-03-02T15:00:00+08:00")
    tick(clock.now())

    others = [body for body in sent() if body["touser"] != "lisi"]
    assert [body["touser"] for body in others] == ["zhangsan"] * told
    assert all("李四 新客户添加了你" in body["textcard"]["description"] for body in others)


def test_the_channel_a_new_customer_came_through_is_named(deliver, sent, at):
    facts = {"channel_id": "ch_expo", "channel": "春季展会"}
    deliver(notice_message(notice("new_customer", "zhangsan", clock.now(), "e9", facts=facts)))

    assert sent()[0]["textcard"]["description"] == "来自 春季展会"


def test_a_member_who_is_gone_is_marked_and_never_tried_again(deliver, sent, tables, tick, at):
    deliver(added(userid="nobody"))
    deliver(added(userid="nobody"))
    at("2026-03-02T11:15:00+08:00")

    assert tick(clock.now()) == 0
    assert len(sent()) == 1
    (row,) = tables.rows("MEMBER#nobody", "NOTICE#")
    assert (row["status"], row["errcode"]) == ("undeliverable", 81013)


def test_a_failed_message_and_those_after_it_are_handed_back(
    wecom, corp, function, sqs_event, lambda_context, at
):
    event = sqs_event(added(1), {"kind": "notice", "notice": {"kind": "gossip"}}, added(2))

    answer = function("send_notices").handler(event, lambda_context)

    assert answer == {"batchItemFailures": [{"itemIdentifier": "message-2"}, {"itemIdentifier": "message-3"}]}


def test_the_corp_chooses_the_format(deliver, sent, at):
    from scrm.settings.dynamodb import SettingsRow

    SettingsRow(
        "SETTINGS",
        "SETTINGS",
        version=1,
        chosen={"notice_formats": {"new_customer": "markdown"}},
        updated_at="x",
    ).save()

    deliver(added())

    (body,) = sent()
    assert body["msgtype"] == "markdown"
    assert "新客户添加了你" in body["markdown"]["content"]


def test_a_due_task_that_is_done_meanwhile_is_not_reminded_of(deliver, sent, tick, tables, at):
    from scrm.tasks.dynamodb import DynamoTasks
    from scrm.tasks.model import task

    tasks = DynamoTasks()
    made = [task("follow", "zhangsan", clock.now(), f"s{n}", created_at=clock.now()) for n in range(2)]
    for each in made:
        tasks.open(each)
        deliver(
            notice_message(
                notice(
                    "due_task",
                    "zhangsan",
                    clock.now(),
                    each.id,
                    subject={"task_id": each.id},
                    facts={"title": "回访"},
                )
            )
        )
    tasks.close(made[0].id, 1, "done", by="zhangsan", at=clock.now())
    at("2026-03-02T10:45:00+08:00")
    tick(clock.now())

    (body,) = sent()
    assert made[1].id in body["textcard"]["url"]
    assert sorted(statuses(tables)) == ["dropped", "sent"]


def test_the_delivery_log_is_newest_first_and_paged(deliver, at):
    from scrm.notices.dynamodb import DynamoNotices

    for number in range(5):
        at(f"2026-03-02T10:{20 + number}:00+08:00")
        deliver(added(number))
    store = DynamoNotices()

    first, cursor = store.log("zhangsan", limit=3)
    rest, end = store.log("zhangsan", limit=3, before=cursor)

    times = [each.notice.at for each in (*first, *rest)]
    assert times == sorted(times, reverse=True)
    assert (len(first), len(rest), end) == (3, 2, None)


def test_logs_name_nobody_and_every_invocation_ends_in_one_line(deliver, wecom, at, capsys):
    capsys.readouterr()
    deliver(added(), flush_message("zhangsan"))

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[-1]["message"] == "invocation_finished"
    assert lines[-1]["notice_sent"] == 1
    assert lines[-1]["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [{"Name": "notice_sent", "Unit": "Count"}]
