"""Quality bar R2: a stream consumer killed at any step and started again leaves the same rows and notices."""

from collections.abc import Callable
from typing import Any

from tests.component.aborting import Steps, survives
from tests.component.conftest import app_of


def test_r2_what_follows_from_an_add_and_a_deletion(
    wecom: Any,
    handle: Any,
    tables: Any,
    queues: Any,
    channel: Any,
    at: Any,
    lambda_context: Any,
    monkeypatch: Any,
) -> None:
    state = channel("ch_expo")
    handle(wecom.add(state=state))
    at("2026-03-02T10:20:00+08:00")
    handle(wecom.act("customer_deletes", userid="lisi", external_userid="wmE1"))
    records = tables.stream()
    before = tables.typed()
    steps = Steps()

    def prepare() -> Callable[[], None]:
        tables.empty()
        for row in before:
            tables.client.put_item(TableName="ScrmTable", Item=row)
        tables.stream()
        for name in ("Notifications", "CorpEvents"):
            queues.renew(name)

        def work() -> None:
            app = app_of("react_to_changes")
            with steps.watched(monkeypatch, wecom.simulator):
                assert app.handler({"Records": records}, lambda_context) == {"batchItemFailures": []}

        return work

    def outcome() -> Any:
        notices = {each["notice"]["id"] for each in queues.messages("Notifications")}
        return tables.rows(), sorted(notices)

    assert survives(steps, prepare, outcome) == {}
    assert len(tables.rows("TIMELINE#")) == 2
