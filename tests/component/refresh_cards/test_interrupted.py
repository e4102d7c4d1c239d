"""Killed at any step, or with others at work on the same customer: the same rows are left (bar R2)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.client import BaseClient

from tests.component.aborting import Steps, survives
from tests.component.conftest import app_of, sqs_event_of
from tests.component.refresh_cards.world import (
    AT,
    cards,
    expected_postings,
    friend,
    members,
    postings,
    relation,
    segment,
    tally,
)

BUYERS = {"field": "order_count", "op": "gte", "value": 1}
TAGGED = {"field": "tags", "op": "any", "value": ["et1"]}


def test_r2_a_change_that_moves_tags_segments_and_postings(
    wecom: Any, tables: Any, queues: Any, at: Any, refreshed: Any, lambda_context: Any, monkeypatch: Any
) -> None:
    segment("buyers", BUYERS)
    segment("tagged", TAGGED)
    friend("cu_1", "wmE1", tags=("et1",))
    refreshed()
    relation("wmE1", tags=("et2",), remark="改过")
    tally("cu_1", orders=2)
    before = tables.typed()
    records = tables.stream("refresh_cards")[-1:]
    steps = Steps()

    def prepare() -> Callable[[], None]:
        tables.empty()
        for row in before:
            tables.client.put_item(TableName="ScrmTable", Item=row)
        delivered = tables.position("refresh_cards")

        def work() -> None:
            app = app_of("refresh_cards")
            tables.rewind("refresh_cards", delivered)
            with steps.watched(monkeypatch, wecom.simulator):
                assert app.handler({"Records": records}, lambda_context) == {"batchItemFailures": []}
                while follow := tables.stream("refresh_cards"):
                    assert app.handler({"Records": follow}, lambda_context) == {"batchItemFailures": []}

        return work

    def outcome() -> Any:
        tries = {"basis", "version", "epoch"}
        found = [{k: v for k, v in row.items() if k not in tries} for row in tables.rows()]
        assert postings(tables) >= expected_postings("cu_1")
        return found

    assert survives(steps, prepare, outcome) == {}
    assert members("buyers") == ["cu_1"]
    assert members("tagged") == []


def test_r2_a_tick(
    wecom: Any, tables: Any, queues: Any, at: Any, refreshed: Any, lambda_context: Any, monkeypatch: Any
) -> None:
    segment("fresh", {"field": "added_at", "op": "within_days", "value": 1})
    friend("cu_1", "wmE1")
    friend("cu_2", "wmE2")
    refreshed()
    tick = {"time": (AT + timedelta(days=1, minutes=3)).isoformat()}
    at(tick["time"])
    before = tables.typed()
    steps = Steps()

    def prepare() -> Callable[[], None]:
        tables.empty()
        for row in before:
            tables.client.put_item(TableName="ScrmTable", Item=row)
        queues.renew("CardRefreshes")

        def work() -> None:
            app = app_of("move_boundaries")
            with steps.watched(monkeypatch, wecom.simulator):
                app.handler(tick, lambda_context)

        return work

    def outcome() -> Any:
        asked = {each for message in queues.messages("CardRefreshes") for each in message["customer_ids"]}
        return asked, tables.rows("CARDS")

    assert survives(steps, prepare, outcome) == {}


@pytest.mark.parametrize("when", ["before", "after"])
def test_two_at_once_leave_what_the_later_one_saw(
    tables: Any, at: Any, refreshed: Any, monkeypatch: Any, when: str
) -> None:
    """Another refresh runs to its end within the first one: at each of its requests in turn."""
    from scrm.cards.refreshing import Refresher

    segment("buyers", BUYERS)
    segment("tagged", TAGGED)
    real = BaseClient._make_api_call
    for place in range(1, 11):
        name, there = f"cu_{place}", f"wmE{place}"
        friend(name, there, tags=("et1",))
        refreshed()
        tally(name, orders=1)
        taken = iter(range(1, 1000))

        def between(
            client: Any,
            operation: str,
            params: Any,
            *,
            steps: Any = taken,
            at_step: int = place,
            name: str = name,
            there: str = there,
        ) -> Any:
            mine = next(steps) == at_step
            if mine and when == "before":
                _changed_by_another(there, name)
            answer = real(client, operation, params)
            if mine and when == "after":
                _changed_by_another(there, name)
            return answer

        with monkeypatch.context() as patch:
            patch.setattr(BaseClient, "_make_api_call", between)
            Refresher().refresh(name, AT)
        refreshed()
        (card,) = cards(name)
        assert (card.tags, card.order_count, card.segments) == (("et2",), 1, ("buyers",)), place
        assert name in members("buyers")
        assert name not in members("tagged")
    assert postings(tables) == expected_postings(*(f"cu_{place}" for place in range(1, 11)))


def _changed_by_another(external_userid: str, customer_id: str) -> None:
    from scrm.cards.refreshing import Refresher

    relation(external_userid, tags=("et2",))
    Refresher().refresh(customer_id, AT)


def test_a_message_is_done_again_without_harm(
    tables: Any, queues: Any, at: Any, refreshed: Any, lambda_context: Any
) -> None:
    friend()
    refreshed()
    before = tables.typed()
    event = sqs_event_of({"customer_ids": ["cu_1"]}, {"customer_ids": ["cu_1"], "anew": True})
    assert app_of("refresh_cards").handler(event, lambda_context) == {"batchItemFailures": []}
    assert tables.typed() == before


def test_what_a_table_lost_of_the_postings_is_put_again(
    tables: Any, queues: Any, at: Any, refreshed: Any
) -> None:
    from scrm.cards.asking import ask
    from scrm.cards.posting import PostingRow

    friend(tags=("et1",))
    tally(orders=1)
    refreshed()
    expected = postings(tables)
    for pk, sk in expected:
        PostingRow(pk, sk).delete()
    ask(["cu_1"], AT, anew=True)
    refreshed()

    assert postings(tables) == expected
