"""Quality bar R2: killed at any step and delivered again: the same end state, and one welcome."""

from collections.abc import Callable
from typing import Any

import pytest

from scrm.kept import Kept
from scrm.wecom import deployed
from tests.component.aborting import Steps, survives
from tests.component.conftest import app_of, sqs_event_of
from tests.component.handle_customer_event.conftest import message

SEND_WELCOME = "externalcontact/send_welcome_msg"
_CHANGING = {"version", "updated_at", "expires_at"}


def an_add(wecom: Any, channel: Any, tag: Any) -> list[str]:
    """Return the add of a customer through a channel with a welcome and two tags."""
    state = channel(tags=(tag("展会"), tag("高意向")))
    return [wecom.add("lisi", "wmE1", state, name="小雨", unionid="oU1")]


@pytest.fixture
def interrupted(
    wecom: Any, tables: Any, lambda_context: Any, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., dict[int, Any]]:
    """Play events with a kill at every step of the last one; return what ended otherwise."""

    def play(make: Callable[[], list[str]]) -> dict[int, Any]:
        steps = Steps()

        def prepare() -> Callable[[], None]:
            tables.empty()
            wecom.simulator.reset()
            wecom._seen = 0
            wecom.stopwatch.passed = 0.0
            Kept.forget_all()
            deployed.wecom.cache_clear()
            *earlier, last = make()
            for each in earlier:
                app_of("handle_customer_event").handler(sqs_event_of(message(each)), lambda_context)

            def work() -> None:
                Kept.forget_all()
                deployed.wecom.cache_clear()
                app = app_of("handle_customer_event")
                with steps.watched(monkeypatch, wecom.simulator):
                    answer = app.handler(sqs_event_of(message(last)), lambda_context)
                assert answer == {"batchItemFailures": []}

            return work

        def outcome() -> Any:
            rows = [
                {name: value for name, value in row.items() if name not in _CHANGING} for row in tables.rows()
            ]
            took = [c for c in wecom.called(SEND_WELCOME) if c["outcome"] == "ok"]
            world = wecom.simulator.world.relation("lisi", "wmE1")
            return rows, len(took), world.tags, world.welcomed

        return survives(steps, prepare, outcome)

    return play


def test_r2_an_add_ends_alike_wherever_its_worker_dies(
    interrupted: Any, wecom: Any, channel: Any, tag: Any
) -> None:
    assert interrupted(lambda: an_add(wecom, channel, tag)) == {}


def test_r2_an_add_through_a_serial_code(interrupted: Any, wecom: Any, serial: Any) -> None:
    assert interrupted(lambda: [wecom.add("lisi", "wmE1", serial("sc_1"), unionid="oU1")]) == {}


def test_r2_a_deletion_and_a_new_add(interrupted: Any, wecom: Any, channel: Any, tag: Any, at: Any) -> None:
    def life() -> list[str]:
        at("2026-03-02T10:15:00+08:00")
        events = an_add(wecom, channel, tag)
        at("2026-03-02T10:15:05+08:00")
        events.append(wecom.act("customer_deletes", userid="lisi", external_userid="wmE1"))
        at("2026-03-02T10:15:10+08:00")
        return [*events, wecom.add("lisi", "wmE1", "ch_expo")]

    assert interrupted(life) == {}


def test_r2_an_edit(interrupted: Any, wecom: Any, channel: Any, tag: Any) -> None:
    def life() -> list[str]:
        events = an_add(wecom, channel, tag)
        edited = wecom.act("member_edits", userid="lisi", external_userid="wmE1", remark="小雨-春季班")
        return [*events, edited]

    assert interrupted(life) == {}


def test_the_harness_sees_a_worker_that_forgets_what_it_was_asking(
    interrupted: Any, wecom: Any, channel: Any, tag: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from scrm.customers.dynamodb import Customers

    save = Customers.save_relation

    def without_intents(self: Any, relation: Any, now: Any) -> Any:
        saved = save(self, replace(relation, intents=None), now)
        return replace(saved, intents=relation.intents)

    monkeypatch.setattr(Customers, "save_relation", without_intents)

    assert interrupted(lambda: an_add(wecom, channel, tag)) != {}
