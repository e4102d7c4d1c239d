"""P4: 400 days later everything past due is gone in one run, and nothing else is."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.component.privacy.world import ask, known_customer
from tests.doubles.bundle import Bundle

DAY = 86_400
# A year for what a customer did; what is no more than the shortest for the rest.
YEAR = {"timeline": 365, "stages": 365, "tasks": 90, "notices": 90}


@pytest.fixture
def bundle() -> Iterator[Bundle]:
    made = Bundle(seed="retention")
    with made.running():
        yield made


def days_later(bundle: Bundle, days: int) -> Any:
    bundle.time.sleep(days * DAY)
    gone = bundle.invoke("apply_retention", {"time": bundle.time.now().isoformat()})
    bundle.settle()
    return gone


def kept(bundle: Bundle, *prefixes: str) -> list[tuple[str, str]]:
    return [
        (row["PK"], row["SK"]) for row in bundle.rows() if f"{row['PK']}/{row['SK']}".startswith(prefixes)
    ]


def closed(bundle: Bundle) -> None:
    from scrm.tasks.dynamodb import DynamoTasks

    (row,) = [row for row in bundle.rows("MEMBER#zhangsan") if row["SK"].startswith("TASK#")]
    task_id = row["SK"].removeprefix("TASK#")
    DynamoTasks().close(task_id, 1, "done", by="zhangsan", at=bundle.time.now())


def moved(bundle: Bundle, there: str) -> None:
    from scrm.privacy.rows_dynamodb import _client
    from tests.component.privacy.world import customer_id

    row = {"PK": f"CUSTOMER#{customer_id(there)}", "SK": "STAGE#2026-03-02T02:15:00Z#1", "to": "potential"}
    image = {name: {"S": value} for name, value in row.items()} | {"by": {"S": "zhangsan"}}
    _client().put_item(TableName="ScrmTable", Item=image)


PAST_DUE = (
    "TIMELINE#",
    "CALLBACKS#",
    "SYNC#",
    "SYNC/RUN#",
    "MEMBER#zhangsan/NOTICE#",
    "MEMBER#zhangsan/TASK#",
)


def test_p4_after_400_days_all_that_is_past_due_is_gone_in_one_run(bundle):
    assert ask(bundle, "PUT", "/admin/settings", {"retention_days": YEAR}).status == 200
    there = known_customer(bundle)
    closed(bundle)
    moved(bundle, there)
    bundle.invoke("reconcile_customers", {"time": bundle.time.now().isoformat()})
    bundle.settle()
    assert len(kept(bundle, *PAST_DUE)) >= 6

    days_later(bundle, 400)

    assert kept(bundle, *PAST_DUE) == []
    assert [key for key in kept(bundle, "CUSTOMER#") if key[1].startswith("STAGE#")] == []


def test_p4_what_is_not_past_due_stays(bundle):
    there = known_customer(bundle)
    before = kept(bundle, "TIMELINE#", "CONTACT#", "CUSTOMER#", "IDENTITY#", "CHANNEL#", "CALLBACKS#")
    tasks = kept(bundle, "MEMBER#zhangsan/TASK#")

    days_later(bundle, 20)

    after = kept(bundle, "TIMELINE#", "CONTACT#", "CUSTOMER#", "IDENTITY#", "CHANNEL#", "CALLBACKS#")
    assert after == before
    days_later(bundle, 400)
    assert kept(bundle, "MEMBER#zhangsan/TASK#") == tasks
    assert kept(bundle, f"CONTACT#{there}") != []


def test_p4_somebody_added_again_later_is_met_too(bundle):
    ask(bundle, "PUT", "/admin/settings", {"retention_days": YEAR})
    there = known_customer(bundle)
    bundle.time.sleep(390 * DAY)
    bundle.wecom.people.scan(userid="lisi", external_userid=there)
    bundle.arrive()
    bundle.settle()
    old = [key for key in kept(bundle, "TIMELINE#") if key[1] < "2027"]
    assert old

    days_later(bundle, 10)

    assert [key for key in kept(bundle, "TIMELINE#") if key[1] < "2027"] == []
    assert [key for key in kept(bundle, "TIMELINE#") if key[1] > "2027"] != []


def test_p4_a_second_run_finds_nothing(bundle):
    known_customer(bundle)
    days_later(bundle, 400)

    assert set(days_later(bundle, 0).values()) == {0}


@pytest.mark.parametrize("days", [{"timeline": 29}, {"notices": 91}, {"faces": 30}])
def test_days_out_of_bounds_are_refused(bundle, days):
    refused = ask(bundle, "PUT", "/admin/settings", {"retention_days": days})

    assert refused.status == 422
    assert "retention_days" in json.dumps(refused.json["errors"])
