"""Dead letters go back after the fix: R10, ADM-10."""

from types import SimpleNamespace

import pytest

from tests.doubles.cloud import Cloud

BODY = '{"event_id": "e1", "xml": "<xml>…</xml>"}'


@pytest.fixture
def redrive(tables, queues, function, at):
    """Redrive a queue as the command does."""

    def run(queue="CustomerEvents", remaining=60_000):
        context = SimpleNamespace(aws_request_id="request-1", get_remaining_time_in_millis=lambda: remaining)
        event = {"queue": queue, "requested_by": "admin"}
        return function("redrive_dead_letters").handler(event, context)

    return run


@pytest.fixture
def bury(queues):
    """Put messages among a queue's dead."""

    def put(count, queue="CustomerEvents", group="wm1"):
        for number in range(count):
            fifo = {"MessageGroupId": group, "MessageDeduplicationId": f"d{group}{number}"}
            queues.client.send_message(
                QueueUrl=queues.url(f"{queue}Dead"),
                MessageBody=f"{queue} {group} {number} {BODY}",
                **(fifo if queue != "SyncPages" else {}),
            )

    return put


def audit_lines(tables):
    return [row for row in tables.rows("AUDIT") if row.get("action") == "message_redriven"]


def test_every_message_goes_back_in_order_with_body_and_group(redrive, bury, queues, tables):
    bury(12)
    bury(12, group="wm2")

    assert redrive() == {"queue": "CustomerEvents", "moved": 24, "left": 0}

    back = queues.received("CustomerEvents")
    for group in ("wm1", "wm2"):
        bodies = [each["Body"] for each in back if each["Attributes"]["MessageGroupId"] == group]
        assert bodies == [f"CustomerEvents {group} {number} {BODY}" for number in range(12)]
    assert len(audit_lines(tables)) == 24
    assert {row["actor"] for row in audit_lines(tables)} == {"admin"}


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("side", ["before", "after"])
def test_killed_at_any_call_and_repeated_nothing_is_lost_or_told_twice(side, redrive, at):
    """Kill before or after each call to AWS in turn, let the visibility pass, and redrive again."""
    kill_at, killed = 1, True
    while killed:
        cloud = Cloud()
        for number in range(3):
            cloud.queues.handle("SendMessage", _dead_letter(number))
        calls = [0]

        def dying(_, calls=calls, kill_at=kill_at):
            calls[0] += 1
            if calls[0] == kill_at:
                raise Killed

        getattr(cloud, side).append(dying)
        with cloud.active():
            killed = _is_killed(redrive)
            if killed:
                cloud.queues.now += 130
                redrive()
        assert cloud.queues.bodies("CustomerEventsDead") == []
        assert cloud.queues.bodies("CustomerEvents") == [f"body {number}" for number in range(3)]
        assert len([row for row in cloud.store.rows("ScrmTable") if "action" in row]) == 3
        kill_at += 1
    assert kill_at > 10


def _is_killed(redrive):
    try:
        redrive()
    except Killed:
        return True
    return False


def _dead_letter(number):
    return {
        "QueueUrl": "https://sqs.test/CustomerEventsDead.fifo",
        "MessageBody": f"body {number}",
        "MessageGroupId": "wm1",
        "MessageDeduplicationId": f"d{number}",
    }


def test_a_standard_queue_too(redrive, bury, queues):
    bury(3, "SyncPages")

    assert redrive("SyncPages")["moved"] == 3
    assert len(queues.received("SyncPages")) == 3


def test_an_empty_queue_is_left_alone(redrive, tables):
    assert redrive() == {"queue": "CustomerEvents", "moved": 0, "left": 0}
    assert audit_lines(tables) == []


def test_without_time_what_is_left_is_told(redrive, bury):
    bury(2)

    assert redrive(remaining=1000) == {"queue": "CustomerEvents", "moved": 0, "left": 2}


def test_a_message_that_dies_again_is_redriven_again(redrive, bury, queues, tables):
    bury(1)
    redrive()
    (body,) = [each["Body"] for each in queues.received("CustomerEvents")]
    queues.client.send_message(
        QueueUrl=queues.url("CustomerEventsDead"),
        MessageBody=body,
        MessageGroupId="wm1",
        MessageDeduplicationId="x",
    )

    assert redrive()["moved"] == 1
    assert len(queues.received("CustomerEvents")) == 1
    assert len(audit_lines(tables)) == 2


@pytest.mark.parametrize("queue", ["", "Nothing", "ReactToChanges"])
def test_an_unknown_queue_is_named_and_nothing_is_touched(redrive, queue):
    answer = redrive(queue)

    assert answer["error"] == "unknown_queue"
    assert "CustomerEvents" in answer["detail"]
