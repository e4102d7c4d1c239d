"""The welcome of a SOP as its step 0 (SOP-15), from the callback of the add on."""

from dataclasses import replace
from typing import Any

import pytest

from scrm.sops.model import Trigger, Version
from tests.bench.scenarios import with_channel
from tests.component.sops.sops_world import Sops, shown
from tests.unit.sops.journeys import SOP_A

SEND = "externalcontact/send_welcome_msg"
TEXT = "您好,我是{brand}家居顾问{staff}😊 先送您《全屋定制避坑20问》,户型、预算有疑问随时找我。"


class Welcomes:
    """SOP-A with a channel of its own."""

    def __init__(self, sops: Sops) -> None:
        self.sops, self.wecom = sops, sops.bundle.wecom
        self.channel = with_channel(sops.bundle, tagged=False)
        self.version = replace(SOP_A, triggers=(Trigger("added", (self.channel,)),))

    def publish(self, text: str = TEXT, number: int = 1) -> Version:
        """Put SOP-A in force, with this as its A0."""
        parts = [{"kind": "text", "text": text}]
        version = replace(self.version, number=number)
        self.sops.put(version, {"A0": {"parts": parts, "revision": 1}})
        self.sops.bundle.settle()
        return version

    def added(self, name: str = "X", state: str | None = None) -> tuple[str, str]:
        """Let somebody add the member through the channel."""
        return self.sops.friend(name, state=self.channel if state is None else state)

    def said(self) -> list[str]:
        """Return the texts of welcomes that WeCom was asked for."""
        return [each["body"]["text"]["content"] for each in self.wecom.calls.listed(SEND)]


@pytest.fixture
def welcomes(sops: Any) -> Welcomes:
    """A channel, and the brand that texts name."""
    from scrm.settings.dynamodb import save_step
    from scrm.settings.model import Settings
    from scrm.table import in_transaction

    with in_transaction() as transaction:
        save_step(replace(Settings(), brand="木语"), 0, sops.bundle.time.now())(transaction)
    return Welcomes(sops)


def test_sop_15_who_adds_through_a_channel_of_the_sop_is_welcomed_by_a0(welcomes: Welcomes) -> None:
    welcomes.publish()
    _, x = welcomes.added()
    (said,) = welcomes.said()
    assert said.startswith("您好,我是木语家居顾问")
    assert "{" not in said
    it = welcomes.sops.enrollment(x, "A")
    assert welcomes.sops.bar(x, "A") == "0/5 A1 03-02 10:15"
    welcomes.sops.tick("02 10:16")
    run = welcomes.sops.enrollment(x, "A").latest("A0")
    assert run
    assert (run.status, it.trigger) == ("SENT", "added")
    assert welcomes.sops.bar(x, "A") == "0/5 A1"


def test_o_s3_a_welcome_goes_at_once_at_night_and_the_first_to_do_in_the_morning(welcomes: Welcomes) -> None:
    welcomes.publish()
    welcomes.sops.clock("02 22:30")
    _, x = welcomes.added()
    assert len(welcomes.said()) == 1
    assert shown(welcomes.sops.enrollment(x, "A").due_at) == "03-03 09:00"
    welcomes.sops.tick("03 08:59")
    assert welcomes.sops.to_dos("zhangsan") == []
    welcomes.sops.tick("03 09:00")
    assert [each.payload["step_key"] for each in welcomes.sops.to_dos("zhangsan")] == ["A1"]


def test_sop_15_a_pause_or_a_text_without_a_value_leave_the_channels_own(welcomes: Welcomes) -> None:
    welcomes.publish()
    welcomes.sops.switch("A", "paused")
    welcomes.added("before the stream has told the channel")
    welcomes.sops.switch("A", "running")
    welcomes.sops.bundle.settle()
    welcomes.added("again")
    assert [each.startswith("您好,我是木语") for each in welcomes.said()] == [False, True]
    welcomes.publish("{field.area}", number=2)
    welcomes.added("nothing to say")
    assert not welcomes.said()[-1].startswith("您好,我是木语")


def test_sop_15_a_welcome_that_failed_is_a_failed_step_and_the_next_goes_on(welcomes: Welcomes) -> None:
    welcomes.publish()
    welcomes.wecom.faults.add({"endpoint": SEND, "what": "errcode", "errcode": 41050, "count": 0})
    _, x = welcomes.added()
    welcomes.sops.tick("02 10:16")
    run = welcomes.sops.enrollment(x, "A").latest("A0")
    assert run
    assert (run.status, run.why) == ("FAILED", "expired")
    assert welcomes.sops.bar(x, "A") == "0/5 A1"
