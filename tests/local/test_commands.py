"""The stack does what the contract says of its commands."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.stack import aws
from infra.local.stack.description import Description
from infra.local.stack.drain import drain as drained
from tests.local.conftest import STACK_DIR, Simulator, control_stack

KEYS = {
    *(
        "api_url",
        "callback_url",
        "wecom_url",
        "aws_endpoint_url",
        "region",
        "stack_name",
        "corp_id",
        "agent_id",
    ),
    *("callback_token", "callback_aes_key", "integration_key_id", "integration_secret"),
    *("tables", "queues", "functions"),
}


@pytest.fixture
def sqs(stack: Description) -> Any:
    return aws.client("sqs", stack.aws_endpoint_url)


@pytest.fixture
def dead_letter(stack: Description, sqs: Any) -> Iterator[str]:
    """A message in a dead-letter queue, gone after the test."""
    url = sqs.get_queue_url(QueueName=stack.queues["SyncPagesDead"])["QueueUrl"]
    body = json.dumps({"page_id": "p7", "name": "王小明"}, ensure_ascii=False)
    yield sqs.send_message(QueueUrl=url, MessageBody=body)["MessageId"]
    sqs.purge_queue(QueueUrl=url)


def test_stack_json_has_the_keys_of_the_contract(stack: Description) -> None:
    if not (STACK_DIR / "stack.json").exists():
        pytest.skip("a stack given by STACK_JSON lies elsewhere")
    written = json.loads((STACK_DIR / "stack.json").read_text())

    assert written.keys() == KEYS
    assert len(base64.b64decode(written["callback_aes_key"] + "=")) == 32
    assert {"ScrmTable", "VolatileTable"} <= written["tables"].keys()
    assert {"CustomerEvents", "CustomerEventsDead"} <= written["queues"].keys()
    assert {"WecomCallback", "SidebarApi"} <= written["functions"].keys()


def test_everything_listens_on_loopback_only(stack: Description) -> None:
    for url in (stack.api_url, stack.callback_url, stack.wecom_url, stack.aws_endpoint_url):
        assert httpx.URL(url).host == "127.0.0.1"


def test_the_api_answers_at_the_root_of_its_address(api: httpx.Client) -> None:
    assert api.get("/healthz").status_code == 200


def test_wecom_accepts_the_callback_address(
    stack: Description, api: httpx.Client, simulator: Simulator
) -> None:
    assert api.get(stack.callback_url).status_code in {400, 403}  # wakes the function; WeCom allows it 1 s

    assert simulator.post("callbacks/verify")["ok"]


def test_a_second_up_changes_nothing(stack: Description) -> None:
    printed = control_stack("up")

    assert "Deploying" not in printed
    assert "Starting" not in printed


def test_a_drained_stack_has_nothing_left(drain: Callable[..., None]) -> None:
    drain()


def test_a_dead_letter_is_named_without_what_is_private(stack: Description, dead_letter: str) -> None:
    (complaint,) = drained(stack, timeout=20)

    assert "SyncPagesDead" in complaint
    assert dead_letter in complaint
    assert '"page_id": "p7"' in complaint
    assert "王小明" not in complaint


def test_a_message_that_waits_is_seen(stack: Description, sqs: Any) -> None:
    url = sqs.get_queue_url(QueueName=stack.queues["SyncPages"])["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="{}", DelaySeconds=900)
    try:
        assert [complaint for complaint in drained(stack, timeout=0.5) if "waiting in SyncPages" in complaint]
    finally:
        sqs.purge_queue(QueueUrl=url)


def test_an_unread_stream_record_is_seen(stack: Description, drain: Callable[..., None]) -> None:
    """Its consumer is held back; nothing but the engine's own count tells that a record waits."""
    functions = aws.client("lambda", stack.aws_endpoint_url)
    table = aws.client("dynamodb", stack.aws_endpoint_url)
    name = stack.functions["ReactToChanges"]
    (mapping,) = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    key = {"PK": {"S": "NOTHING#drain"}, "SK": {"S": "NOTHING"}}
    held = {"FunctionName": name, "ReservedConcurrentExecutions": 0}
    functions.put_function_concurrency(**held)
    try:
        table.put_item(TableName=stack.tables["ScrmTable"], Item=key)
        behind = unread(stack)
    finally:
        functions.delete_function_concurrency(FunctionName=name)
        table.delete_item(TableName=stack.tables["ScrmTable"], Key=key)
    assert mapping["State"] == "Enabled"
    assert behind
    drain()


def unread(stack: Description) -> list[str]:
    return [complaint for complaint in drained(stack, timeout=0.5) if "stream not read" in complaint]


def test_the_clock_moves_functions_and_wecom_alike(
    clock: Callable[[str], datetime], simulator: Simulator, login: Callable[[str], httpx.Client]
) -> None:
    now = clock("2027-03-02T10:15:00+08:00")

    assert abs(simulator.get("health")["now"] - now.timestamp()) < 5
    fresh = httpx.Client(base_url=login("admin").base_url, timeout=35)
    code = simulator.post("people/login", userid="lisi")["code"]
    expires = datetime.fromisoformat(fresh.post("/auth/session", json={"code": code}).json()["expires_at"])
    fresh.close()
    assert timedelta() < expires - now < timedelta(days=2)


def test_a_tick_runs_every_schedule(tick: Callable[[], None], drain: Callable[..., None]) -> None:
    tick()
    drain()


def test_a_redrive_says_how_many_went_back(stack: Description) -> None:
    assert control_stack("redrive", "SyncPages") == "0 messages returned to SyncPages, 0 left.\n"


def test_a_redrive_names_the_queues_it_knows(stack: Description) -> None:
    with pytest.raises(RuntimeError, match="CorpEvents, CustomerEvents"):
        control_stack("redrive", "Nonsense")


def test_state_survives_down_and_up(
    stack: Description, login: Callable[[str], httpx.Client], simulator: Simulator
) -> None:
    before = login("admin").get("/admin/staff").json()

    assert "kept" in control_stack("down")
    assert not Path(STACK_DIR / "stack.json").exists()
    printed = control_stack("up")

    assert "Deploying" not in printed
    assert login("admin").get("/admin/staff").json() == before
    assert simulator.get("state")["sizes"]["staff"] == 12
