"""Quality bar R2: what follows from sends is the same however often, and in which order, it is told."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.component.aborting import Steps, survives
from tests.component.conftest import app_of
from tests.component.identities.conftest import BEGAN
from tests.component.sends.conftest import forward, token_of, visit


@pytest.fixture
def history(send: Any, tables: Any, queues: Any, at: Any) -> list[dict[str, Any]]:
    """A send that was told of, and one that was only opened; return the stream's records."""
    from scrm.sends import dynamodb as stored

    tables.stream()
    first, _ = send(1), send(2)
    assert stored.mark_sent(first, BEGAN)
    for minutes in (1, 5):
        at((BEGAN + timedelta(minutes=minutes)).isoformat())
        visit(token_of(1))
        visit(token_of(2))
    forward(token_of(2))
    return list(tables.stream())


def settled(tables: Any) -> Any:
    """Return all rows but the facts' versions and times, which tell how often they were written."""
    rows = tables.rows()
    return [
        {name: value for name, value in row.items() if name not in {"version", "updated_at"}} for row in rows
    ]


def play(tables: Any, records: list[dict[str, Any]], lambda_context: Any) -> None:
    app, waiting = app_of("react_to_changes"), records
    while waiting:
        assert app.handler({"Records": waiting}, lambda_context) == {"batchItemFailures": []}
        waiting = tables.stream()


@pytest.mark.parametrize("told", [True, False])
def test_r2_killed_at_any_step_it_ends_the_same(
    wecom: Any,
    send: Any,
    tables: Any,
    queues: Any,
    lambda_context: Any,
    monkeypatch: Any,
    told: bool,
) -> None:
    from scrm.sends import dynamodb as stored

    tables.stream()
    made = send(1)
    if told:
        stored.mark_sent(made, BEGAN)
    else:
        visit(token_of(1))
    history, before = tables.stream(), tables.typed()
    steps = Steps()

    def prepare() -> Callable[[], None]:
        tables.empty()
        for row in before:
            tables.client.put_item(TableName="ScrmTable", Item=row)
        began = tables.position("")

        def work() -> None:
            tables.rewind("", began)
            with steps.watched(monkeypatch, wecom):
                play(tables, history, lambda_context)

        return work

    assert survives(steps, prepare, lambda: settled(tables)) == {}
    (row,) = tables.rows("USES#material", "ma_1")
    assert (row["sends"], row.get("opens", 0)) == (1, 0 if told else 1)


@pytest.mark.parametrize("seed", range(6))
def test_told_twice_and_in_any_order_it_counts_once(
    history: Any, tables: Any, queues: Any, lambda_context: Any, seed: int
) -> None:
    shuffled = history * 2
    random.Random(seed).shuffle(shuffled)

    play(tables, shuffled, lambda_context)
    play(tables, history, lambda_context)

    (row,) = tables.rows("USES#material", "ma_1")
    assert (row["sends"], row["opens"], row["forwards"]) == (2, 4, 1)
    days = tables.rows("USES#material#2026-03")
    assert [(each["SK"], each["sends"], each["opens"]) for each in days] == [("2026-03-02#ma_1#lisi", 2, 4)]
    sent = tables.rows("SENDS#material#ma_1")
    assert sorted((each["opens"], each.get("forwards", 0)) for each in sent) == [(2, 0), (2, 1)]
    assert {each["customer_id"] for each in sent} == {each["PK"][7:] for each in tables.rows("SHARES#")}
    shares = [each["what"] for each in tables.rows("SHARES#")]
    assert sorted(shares) == ["opened"] * 4 + ["prepared"] * 2 + ["sent"] * 2
    kinds = [each["kind"] for each in tables.rows("TIMELINE#")]
    assert sorted(each for each in kinds if each in {"sent", "link_open", "share"}) == (
        ["link_open"] * 4 + ["sent"] * 2 + ["share"]
    )


def test_two_who_count_the_same_open_at_once_count_it_once(send: Any, tables: Any) -> None:
    from scrm.sends import dynamodb as stored
    from scrm.sends.counting_dynamodb import count_event
    from scrm.sends.uses_dynamodb import uses_of

    made = send(1)
    visit(token_of(1))
    (row,) = tables.rows(f"SEND#{made.send_id}", "OPEN#")
    event = stored.event(made.send_id, row["SK"])
    assert event is not None

    first = count_event(event, made)
    stale, fresh = count_event(event, made), count_event(event, stored.send(made.send_id) or made)

    assert (first, stale, fresh) == ("counted", "known", "known")
    assert uses_of("material", "ma_1").opens == 1


def test_a_send_that_was_told_of_meanwhile_is_counted_as_it_is_then(send: Any, tables: Any) -> None:
    from scrm.sends import dynamodb as stored
    from scrm.sends.counting_dynamodb import count_event

    made = send(1)
    visit(token_of(1))
    (row,) = tables.rows(f"SEND#{made.send_id}", "OPEN#")
    event = stored.event(made.send_id, row["SK"])
    assert event is not None
    stored.mark_sent(made, BEGAN - timedelta(minutes=1))

    assert count_event(event, made) == "again"
    assert count_event(event, stored.send(made.send_id) or made) == "counted"
    known = stored.send(made.send_id)
    assert known is not None
    assert (known.evidence, known.opened_at) == ("told", BEGAN)


def test_nothing_follows_from_a_send_that_went_with_its_customer(
    history: Any, tables: Any, queues: Any, lambda_context: Any
) -> None:
    for row in tables.rows("SEND#"):
        tables.client.delete_item(TableName="ScrmTable", Key={"PK": {"S": row["PK"]}, "SK": {"S": row["SK"]}})
    tables.stream()
    before = tables.typed()

    play(tables, history, lambda_context)

    assert tables.typed() == before
