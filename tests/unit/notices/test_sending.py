"""A notice is delivered once: killed at any step, repeated, throttled, or left without an answer."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from scrm.notices.model import notice
from scrm.notices.plan import Rules, Waiting
from scrm.notices.sending import Answer, Delivery, Outbox, Surroundings, flush, take
from scrm.wecom.errors import (
    InvalidRequest,
    NoReceiver,
    Throttled,
    UnknownOutcome,
    Unreachable,
    UntrustedIp,
)

NOW = datetime.fromisoformat("2026-03-02T10:15:00+08:00")


class Killed(BaseException):
    """The process is gone."""


class Conflict(Exception):
    """The row changed."""


class World:
    """Rows, WeCom and the queue of one member, with a step counter that kills."""

    def __init__(self):
        self.outboxes: dict[str, Outbox] = {}
        self.deliveries: dict[str, Delivery] = {}
        self.requests: list[str] = []
        self.delivered: list[str] = []
        self.faults: list[Exception] = []
        self.reached = True
        self.wanted = True
        self.kill_at = 0
        self.steps = 0
        self.writes = 0

    def _step(self):
        self.steps += 1
        if self.steps == self.kill_at:
            raise Killed

    def outbox(self, userid):
        return self.outboxes.get(userid.lower(), Outbox(userid))

    def save_outbox(self, outbox):
        self._step()
        if self.outbox(outbox.userid).version != outbox.version:
            raise Conflict
        saved = replace(outbox, version=outbox.version + 1)
        self.outboxes[outbox.userid.lower()] = saved
        self.writes += 1
        self._step()
        return saved

    def delivery(self, userid, notice_id):
        return self.deliveries.get(notice_id)

    def waiting(self, userid, from_id):
        return [
            Waiting(each.notice, each.since)
            for key, each in sorted(self.deliveries.items())
            if key >= from_id and not each.settled
        ]

    def put(self, delivery):
        self._step()
        known = self.deliveries.get(delivery.notice.id)
        if known and (known.settled or not delivery.settled):
            return False
        self.deliveries[delivery.notice.id] = delivery
        self.writes += 1
        self._step()
        return True

    def send(self, userid, composed):
        self._step()
        body = json.dumps([userid, composed])
        self.requests.append(body)
        fault = self.faults.pop(0) if self.faults else None
        if (fault is None or isinstance(fault, UnknownOutcome)) and body not in self.delivered:
            self.delivered.append(body)
        if fault:
            raise fault
        self._step()
        return Answer("msg1", self.reached)

    def surroundings(self, **changes):
        rules = Rules(**changes)
        return Surroundings(
            store=self,
            compose=lambda said, wanted: {"msgtype": wanted, "body": [said.title, *said.lines, said.url]},
            send=self.send,
            names=lambda told: {each.subject.get("external_userid", ""): "小雨" for each in told},
            still_wanted=lambda _: self.wanted,
            rules=rules,
            base_url="https://scrm.example.com",
        )

    def statuses(self):
        return [each.status for _, each in sorted(self.deliveries.items())]

    def due(self):
        return self.outbox("ZhangSan").due

    def flush(self, now):
        flush("zhangsan", self.surroundings(), now)


def urgent(number=1):
    return notice("new_customer", "ZhangSan", NOW, f"e{number}", subject={"external_userid": f"wm{number}"})


def quiet(number=1):
    return notice("order_paid", "ZhangSan", NOW, f"o{number}", facts={"amount": f"{number}"})


def test_an_urgent_notice_costs_two_writes_and_one_call():
    world = World()

    take(urgent(), world.surroundings(), NOW)

    assert len(world.delivered) == 1
    assert world.statuses() == ["sent"]
    assert world.writes == 2


def test_a_repeated_notice_is_neither_sent_nor_written_again():
    world = World()

    take(urgent(), world.surroundings(), NOW)
    take(urgent(), world.surroundings(), NOW + timedelta(minutes=3))

    assert len(world.requests) == 1
    assert world.writes == 2


def test_ten_that_wait_cost_a_write_each_and_one_opens_the_window():
    world = World()

    for number in range(10):
        take(quiet(number), world.surroundings(), NOW + timedelta(minutes=number))

    assert world.requests == []
    assert world.writes == 11
    assert world.due() == NOW + timedelta(minutes=30)


def test_the_digest_tells_all_ten_and_leaves_nothing_due():
    world = World()
    for number in range(10):
        take(quiet(number), world.surroundings(), NOW + timedelta(minutes=number))

    world.flush(NOW + timedelta(minutes=30))

    assert len(world.delivered) == 1
    assert world.statuses() == ["sent"] * 10
    assert world.due() is None


def test_31_urgent_ones_in_a_minute_make_30_calls_and_the_31st_in_the_next():
    world = World()

    for number in range(31):
        take(urgent(number), world.surroundings(), NOW + timedelta(seconds=number))
    assert len(world.requests) == 30
    assert world.due() == NOW + timedelta(minutes=1)
    world.flush(NOW + timedelta(minutes=1))

    assert len(world.delivered) == 31
    assert world.statuses() == ["sent"] * 31


@pytest.mark.parametrize("kill_at", range(1, 8))
def test_killed_at_any_step_an_urgent_notice_arrives_once(kill_at):
    world = World()
    world.kill_at = kill_at
    try:
        take(urgent(), world.surroundings(), NOW)
    except Killed:
        take(urgent(), world.surroundings(), NOW + timedelta(minutes=2))

    assert len(world.delivered) == 1
    assert world.statuses() == ["sent"]


@pytest.mark.parametrize("kill_at", range(1, 40))
def test_killed_at_any_step_a_digest_arrives_once(kill_at):
    world = World()
    world.kill_at = kill_at
    world_of = world.surroundings()
    steps: list[Any] = [partial(take, quiet(number), world_of) for number in range(4)]
    steps.append(lambda at: world.flush(at + timedelta(minutes=30)))
    for minute, step in enumerate(steps):
        try:
            step(NOW + timedelta(minutes=minute))
        except Killed:
            step(NOW + timedelta(minutes=minute))

    assert len(world.delivered) == 1
    assert world.statuses() == ["sent"] * 4
    world.flush(NOW + timedelta(hours=2))
    assert len(world.delivered) == 1


def test_another_notice_finishes_what_a_killed_one_left():
    world = World()
    world.kill_at = 3
    with pytest.raises(Killed):
        take(urgent(1), world.surroundings(), NOW)

    take(urgent(2), world.surroundings(), NOW + timedelta(minutes=20))

    assert len(world.delivered) == 2
    assert world.statuses() == ["sent", "sent"]


def test_an_unknown_outcome_is_asked_again_with_the_same_json():
    world = World()
    world.faults = [UnknownOutcome("/cgi-bin/message/send", "timeout")]

    take(urgent(), world.surroundings(), NOW)
    assert world.statuses() == []
    assert world.due() == NOW + timedelta(minutes=1)
    world.flush(NOW + timedelta(minutes=1))

    assert len(world.requests) == 2
    assert len(world.delivered) == 1
    assert world.statuses() == ["sent"]
    assert world.due() is None


def test_after_four_hours_an_unknown_outcome_stays_unknown():
    world = World()
    world.faults = [UnknownOutcome("/cgi-bin/message/send", "timeout")]

    take(urgent(), world.surroundings(), NOW)
    world.flush(NOW + timedelta(hours=4))

    assert len(world.requests) == 1
    assert world.statuses() == ["unknown"]


def test_throttled_notices_wait_as_long_as_wecom_says():
    world = World()
    world.faults = [Throttled("/cgi-bin/message/send", 60)]

    take(urgent(), world.surroundings(), NOW)
    assert world.statuses() == ["waiting"]
    assert world.due() == NOW + timedelta(seconds=60)
    world.flush(NOW + timedelta(seconds=60))

    assert len(world.delivered) == 1
    assert world.statuses() == ["sent"]


@pytest.mark.parametrize(
    "error",
    [
        Unreachable("/cgi-bin/message/send", "ConnectError"),
        UntrustedIp(60020, "not allow", "/cgi-bin/message/send"),
    ],
)
def test_while_wecom_cannot_be_called_waits_grow_and_nothing_is_lost(error):
    world = World()
    world.faults = [error] * 3
    take(urgent(), world.surroundings(), NOW)
    waits = []
    for _ in range(3):
        waits.append(world.due() - NOW)
        world.flush(world.due())

    assert waits == [timedelta(minutes=minutes) for minutes in (1, 3, 7)]
    assert world.statuses() == ["sent"]
    assert len(world.delivered) == 1


def test_new_notices_do_not_hammer_a_wecom_that_is_down():
    world = World()
    world.faults = [UnknownOutcome("/cgi-bin/message/send", "timeout")] * 2

    take(urgent(1), world.surroundings(), NOW)
    take(urgent(2), world.surroundings(), NOW + timedelta(seconds=1))
    assert len(world.requests) == 2
    assert world.statuses() == ["waiting"]
    world.flush(NOW + timedelta(minutes=10))

    assert world.statuses() == ["sent", "sent"]
    assert len(world.delivered) == 2


def test_an_invalid_member_is_marked_and_not_tried_again():
    partly, wholly = World(), World()
    partly.reached = False
    wholly.faults = [NoReceiver(81013, "", "/cgi-bin/message/send")]
    for world in (partly, wholly):
        take(urgent(), world.surroundings(), NOW)
        take(urgent(), world.surroundings(), NOW)
        world.flush(NOW + timedelta(hours=1))

        assert world.statuses() == ["undeliverable"]
        assert len(world.requests) == 1
        assert world.due() is None


def test_a_message_wecom_refuses_is_not_tried_again():
    world = World()
    world.faults = [InvalidRequest(40058, "", "/cgi-bin/message/send")]

    take(urgent(), world.surroundings(), NOW)
    take(urgent(), world.surroundings(), NOW)

    assert world.statuses() == ["failed"]
    assert len(world.requests) == 1


def test_a_kind_muted_by_the_member_or_the_corp_is_never_sent():
    by_member, by_corp = World(), World()
    by_member.outboxes["zhangsan"] = Outbox("ZhangSan", muted=frozenset({"new_customer"}))

    take(urgent(), by_member.surroundings(), NOW)
    take(urgent(), by_corp.surroundings(muted=frozenset({"new_customer"})), NOW)

    assert by_member.statuses() == by_corp.statuses() == ["muted"]
    assert by_member.requests == by_corp.requests == []


def test_a_digest_leaves_out_what_is_done_meanwhile():
    world = World()
    world.wanted = False
    take(quiet(), world.surroundings(), NOW)

    world.flush(NOW + timedelta(minutes=30))

    assert world.statuses() == ["dropped"]
    assert world.requests == []
    assert world.due() is None


def test_an_urgent_notice_leaves_the_open_window_as_it_is():
    world = World()

    take(quiet(), world.surroundings(), NOW)
    take(urgent(), world.surroundings(), NOW + timedelta(minutes=5))

    assert world.due() == NOW + timedelta(minutes=30)
    world.flush(NOW + timedelta(minutes=30))
    assert world.statuses() == ["sent", "sent"]


def test_a_flush_too_early_sends_nothing():
    world = World()
    take(quiet(), world.surroundings(), NOW)

    world.flush(NOW + timedelta(minutes=29))

    assert world.requests == []
    assert world.statuses() == ["waiting"]
