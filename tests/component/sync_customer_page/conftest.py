"""A corp whose callbacks may be lost, and a reconciliation played to its end."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.component.conftest import CORP_ID, app_of, sqs_event_of
from tests.component.http_world import corp, wecom

__all__ = ["corp", "wecom"]

NIGHT = "2026-03-03T02:00:00+08:00"


class Reconciliation:
    """Plays runs as schedule and queue do."""

    def __init__(
        self, queues: Any, at: Callable[[str], Any], context: Any, refreshed: Callable[[], None]
    ) -> None:
        self.queues = queues
        self.at = at
        self.context = context
        self.refreshed = refreshed

    def start(self, moment: str = NIGHT) -> str:
        """Start a run at a time and return its id."""
        now = self.at(moment)
        answer = app_of("reconcile_customers").handler({"time": now.isoformat()}, self.context)
        return str(answer["run_id"])

    def hand_over(self, message: dict[str, Any]) -> None:
        """Hand one page over as the queue does."""
        answer = app_of("sync_customer_page").handler(sqs_event_of(message, queue="SyncPages"), self.context)
        assert answer == {"batchItemFailures": []}

    def work_off(self) -> int:
        """Hand over every queued page until none is left; return how many there were."""
        count = 0
        while messages := self.queues.messages("SyncPages"):
            for message in messages:
                self.hand_over(message)
            count += len(messages)
        return count

    def play(self, moment: str = NIGHT) -> Any:
        """Run one reconciliation to its end and return its progress."""
        self.refreshed()
        run_id = self.start(moment)
        self.work_off()
        return self.progress(run_id)

    def progress(self, run_id: str) -> Any:
        """Return how far a run is."""
        from scrm.reconciliation.running import progress

        return progress(run_id)


@pytest.fixture
def reconciliation(
    wecom: Any, corp: Any, queues: Any, at: Any, lambda_context: Any, refreshed: Any
) -> Reconciliation:
    """Reconciliations of the simulated corp; cards follow what was written before each."""
    return Reconciliation(queues, at, lambda_context, refreshed)


@pytest.fixture
def callbacks(wecom: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The events WeCom has emitted, as XML, oldest first; none of them reaches us by itself."""
    emitted: list[str] = []

    def keep(_event: str, xml: str, _receiver: str = "") -> list[Any]:
        emitted.append(xml)
        return []

    monkeypatch.setattr(wecom.callbacks, "emit", keep)
    return emitted


@pytest.fixture
def receive(wecom: Any) -> Callable[[str], None]:
    """Take in one event as handle_customer_event does."""
    from scrm import clock
    from scrm.customers.arrival import arrival_of
    from scrm.customers.dynamodb import Customers
    from scrm.customers.intake import Intake
    from scrm.customers.person import People
    from scrm.identities.dynamodb import Identities
    from scrm.wecom.callbacks import event_id, parse
    from scrm.wecom.deployed import wecom as client
    from scrm.wecom.events import typed

    customers = Customers()
    intake = Intake(client(), customers, People(CORP_ID, customers, Identities()))

    def take_in(xml: str) -> None:
        arrival = arrival_of(typed(parse(xml.encode())), event_id(CORP_ID, "app", xml.encode()))
        assert arrival
        intake.take_in(arrival, clock.now(), (clock.now(),))

    return take_in


@pytest.fixture
def befriend(wecom: Any, callbacks: list[str]) -> Callable[..., str]:
    """Let a customer add a member in WeCom; return the customer's external_userid."""

    def add(number: int, userid: str = "zhangsan", **more: Any) -> str:
        return str(wecom.people.scan(userid=userid, name=f"客户{number}", **more)["external_userid"])

    return add
