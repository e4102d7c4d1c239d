"""The minute's tick: finds who is due with one query a shard, and asks for no more than it may."""

from datetime import datetime, timedelta

import pytest

from scrm.notices.releasing import A_CROWDED_TICK, DueMember, members_to_release
from scrm.notices.sending import Outbox
from tests.doubles.cloud import Cloud

NOW = datetime.fromisoformat("2026-03-02T10:16:00+08:00")


@pytest.fixture
def waiting(tables):
    """Let a member's notices be due at a time."""
    from scrm.notices.dynamodb import DynamoNotices

    def put(userid, due):
        DynamoNotices().save_outbox(Outbox(userid, due=due, waiting_from="20260302T021500Z"))

    return put


@pytest.fixture
def tick(function, queues, lambda_context, at):
    """Run the schedule's function at a time and return the messages it queued."""

    def run(moment=NOW):
        function("release_notices").handler({"time": moment.isoformat()}, lambda_context)
        return queues.received("Notifications")

    return run


def test_who_is_due_is_asked_for_and_nobody_else(waiting, tick):
    waiting("ZhangSan", NOW)
    waiting("LiSi", NOW - timedelta(hours=3))
    waiting("WangWu", NOW + timedelta(seconds=1))

    messages = tick()

    assert sorted(each["Attributes"]["MessageGroupId"] for each in messages) == ["lisi", "zhangsan"]
    assert {each["Body"] for each in messages} == {
        '{"kind": "flush", "userid": "lisi"}',
        '{"kind": "flush", "userid": "zhangsan"}',
    }


def test_a_doubled_tick_is_recognised_by_the_queue_and_the_next_one_is_not(waiting, tick):
    waiting("ZhangSan", NOW)

    first, doubled, following = (tick(NOW + timedelta(minutes=minutes)) for minutes in (0, 0, 1))

    identity = [each[0]["Attributes"]["MessageDeduplicationId"] for each in (first, doubled, following)]
    assert identity[0] == identity[1] != identity[2]


def test_an_idle_tick_costs_one_query_a_shard(at, function, lambda_context):
    cloud = Cloud(calls=[])
    with cloud.active():
        function("release_notices").handler({"time": NOW.isoformat()}, lambda_context)

    assert [call.operation for call in cloud.calls] == ["Query"] * 4
    assert all(call.request["IndexName"] == "by_due" for call in cloud.calls)


def due_of(count):
    def due(shard, now, limit):
        return [DueMember(f"u{shard}-{number}", "2026-03-02T02:16:00Z") for number in range(count)][:limit]

    return due


@pytest.mark.parametrize(
    ("minute", "expected"), [(0, A_CROWDED_TICK), (30, A_CROWDED_TICK), (1, 1000), (59, 1000)]
)
def test_at_the_full_and_the_half_hour_few_are_asked_for(minute, expected):
    found = members_to_release(due_of(400), 4, NOW.replace(minute=minute))

    assert len(found) == expected


def test_a_small_corp_is_punctual_at_nine():
    assert len(members_to_release(due_of(5), 4, NOW.replace(hour=9, minute=0))) == 20
