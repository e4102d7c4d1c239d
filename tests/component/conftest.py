"""What component tests share: tables and queues made from template.yaml, a clock that stands still, events.

    def test_…(tables, queues, at, function, sqs_event, lambda_context): ...

An event goes in; rows, messages and calls to WeCom come out. Settings are in the environment before any
handler is imported; every test begins with empty tables and queues.
"""

import base64
import copy
import importlib.util
import json
import os
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from moto import mock_aws

from tests.component import laying
from tests.component.quick_moto import quicken
from tests.doubles.dynamodb.tables import template
from tests.doubles.s3 import BUCKET
from wecom_simulator import Simulator
from wecom_simulator.transport import SimulatorTransport

ROOT = Path(__file__).parents[2]
REGION = "us-east-1"
STACK = "scrm-test"
CORP_ID = "ww8f3c0b9e12aa4d01"
AGENT_ID = "1000002"
SECRET = "component-secret"
CALLBACK_TOKEN = "ComponentToken01"
CALLBACK_AES_KEY = "ComponentAESKeyForCallbacksOfTheTestsAbcdefg"[:43]
START = "2026-03-02T10:15:00+08:00"

_RESOURCES = template()["Resources"]
_QUEUES = {name: each for name, each in _RESOURCES.items() if each["Type"] == "AWS::SQS::Queue"}


def _queue_url(name: str) -> str:
    suffix = ".fifo" if _QUEUES[name].get("Properties", {}).get("FifoQueue") else ""
    return f"https://sqs.{REGION}.amazonaws.com/123456789012/{name}{suffix}"


def _environment() -> dict[str, str]:
    """Return the environment the template gives every function, with this test stack's values."""
    stated = template()["Globals"]["Function"]["Environment"]["Variables"]
    for each in _RESOURCES.values():
        stated |= each.get("Properties", {}).get("Environment", {}).get("Variables", {})
    queues = {name: _queue_url(ref) for name, ref in stated.items() if ref in _QUEUES}
    return {
        **{name: str(value) for name, value in stated.items() if name.startswith("POWERTOOLS_")},
        **queues,
        "ENV": "local",
        "STACK_NAME": STACK,
        "TABLE_NAME": "ScrmTable",
        "VOLATILE_TABLE_NAME": "VolatileTable",
        "CONTENT_BUCKET": BUCKET,
        "WECOM_CORP_ID": CORP_ID,
        "WECOM_AGENT_ID": AGENT_ID,
        "WECOM_BASE_URL": "https://wecom.test",
        "PUBLIC_URL": "https://scrm.test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_LAMBDA_FUNCTION_NAME": "component-test",
        "POWERTOOLS_METRICS_DISABLED": "false",
    }


os.environ.update(_environment())
os.environ.pop("AWS_PROFILE", None)
quicken()


@cache
def _client(service: str) -> Any:
    """Return the process's one client: building one costs more than most tests."""
    import boto3

    return boto3.client(service, region_name=REGION)


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    """An AWS account of its own for each test, in process."""
    with mock_aws():
        yield


@pytest.fixture
def tables(aws: None) -> Any:
    """Every table of template.yaml, empty, and the bucket; `tables.rows(prefix)` reads the rows back."""
    for name, resource in _RESOURCES.items():
        if resource["Type"] == "AWS::DynamoDB::Table":
            laying.table(name, resource["Properties"])
    laying.bucket(BUCKET)
    return Tables(_client("dynamodb"))


@pytest.fixture
def bucket(tables: Any) -> "Bucket":
    """The bucket, empty; it comes with the tables."""
    return Bucket(_client("s3"))


class Bucket:
    """The bucket as a test sees it."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def keys(self, prefix: str = "") -> list[str]:
        """Return the names of its objects."""
        found = self.client.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return [each["Key"] for each in found]

    def content(self, key: str) -> bytes:
        """Return an object."""
        return bytes(self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read())

    def put(self, key: str, content: bytes, content_type: str = "application/octet-stream") -> None:
        """Put an object there, as a browser's upload does."""
        self.client.put_object(Bucket=BUCKET, Key=key, Body=content, ContentType=content_type)


class Tables:
    """The tables as a test sees them."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self._seen: dict[str, int] = {}

    def stream(self, reader: str = "") -> list[dict[str, Any]]:
        """Return the domain table's stream records since this reader's last call, as Lambda has them."""
        records = [each.to_json() for each in laying.held("ScrmTable").stream_shard.items]
        new = records[self._seen.get(reader, 0) :]
        self._seen[reader] = len(records)
        return copy.deepcopy(new)

    def position(self, reader: str) -> int:
        """Return the end of the stream, from which on the reader goes on."""
        self.stream(reader)
        return self._seen[reader]

    def rewind(self, reader: str, position: int) -> None:
        """Deliver the stream from a position on once more, as after a reader that was killed."""
        self._seen[reader] = position

    def empty(self) -> None:
        """Delete every row of every table."""
        for name, resource in _RESOURCES.items():
            if resource["Type"] == "AWS::DynamoDB::Table":
                keys = [each["AttributeName"] for each in resource["Properties"]["KeySchema"]]
                for row in self.typed(name):
                    self.client.delete_item(TableName=name, Key={key: row[key] for key in keys})

    def typed(self, table: str = "ScrmTable") -> list[dict[str, Any]]:
        """Return every row as DynamoDB holds it, by key: read where it is held, a scan takes a second."""
        rows = [copy.deepcopy(each.to_json()["Attributes"]) for each in self.held(table)]
        return sorted(rows, key=lambda row: str((row.get("PK"), row.get("SK"))))

    def held(self, table: str = "ScrmTable") -> list[Any]:
        """Return the rows themselves, for tests to see that nothing has changed: a change makes a new one."""
        found: list[Any] = []
        for rows in laying.held(table).items.values():
            found += rows.values() if isinstance(rows, dict) else [rows]
        return found

    def rows(self, pk: str = "", sk: str = "", table: str = "ScrmTable") -> list[dict[str, Any]]:
        """Return rows as plain values whose keys begin with `pk` and `sk`, in key order."""
        from scrm.table import Raw

        plain = [
            Raw.plain(copy.deepcopy(each.to_json()["Attributes"]))
            for each in self.held(table)
            if each.hash_key.value.startswith(pk)
            and (each.range_key is None or each.range_key.value.startswith(sk))
        ]
        return sorted(plain, key=lambda row: str((row.get("PK"), row.get("SK"))))


@pytest.fixture
def queues(aws: None) -> Any:
    """Every queue of template.yaml; `queues.messages("CustomerEvents")` returns and removes what is there."""
    for name in _QUEUES:
        laying.queue(_queue_url(name).rsplit("/", 1)[1])
    return Queues(_client("sqs"))


class Queues:
    """The queues as a test sees them."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def url(self, name: str) -> str:
        """Return the URL of a queue by its logical name."""
        return _queue_url(name)

    def renew(self, name: str) -> None:
        """Replace a queue with an empty one that remembers no deduplication ids."""
        self.client.delete_queue(QueueUrl=_queue_url(name))
        laying.queue(_queue_url(name).rsplit("/", 1)[1])

    def received(self, name: str) -> list[dict[str, Any]]:
        """Return and remove the messages of a queue as SQS gives them."""
        found: list[dict[str, Any]] = []
        while batch := self.client.receive_message(
            QueueUrl=_queue_url(name), MaxNumberOfMessages=10, AttributeNames=["All"]
        ).get("Messages"):
            for message in batch:
                self.client.delete_message(QueueUrl=_queue_url(name), ReceiptHandle=message["ReceiptHandle"])
            found += batch
        return found

    def messages(self, name: str) -> list[dict[str, Any]]:
        """Return and remove the bodies of a queue's messages."""
        return [json.loads(message["Body"]) for message in self.received(name)]


@pytest.fixture
def parameters(aws: None) -> Callable[[str, str], None]:
    """The stack's secrets: the app's callback key and secret; call it to put another one."""

    def put(name: str, value: str) -> None:
        laying.parameter(f"/{STACK}/{name}", value)

    put("callbacks/app", json.dumps({"token": CALLBACK_TOKEN, "aes_key": CALLBACK_AES_KEY}))
    put("wecom/secret", SECRET)
    put("privacy/key", "component-privacy-key")
    return put


@pytest.fixture(autouse=True)
def forgetful(aws: None) -> Iterator[None]:
    """Nothing that a process keeps in memory survives into the next test."""
    yield
    from scrm import secret_store
    from scrm.callbacks import receivers
    from scrm.kept import Kept

    secret_store.forget()
    receivers.forget()
    Kept.forget_all()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], datetime]:
    """Set the clock, which stands still: `at("2026-03-02T10:15:00+08:00")`. It starts at START."""
    from scrm import clock

    def move(moment: str) -> datetime:
        fixed = datetime.fromisoformat(moment).astimezone(UTC)
        monkeypatch.setattr(clock, "now", lambda: fixed)
        monkeypatch.setattr(clock, "readings", lambda: (fixed,))
        return fixed

    move(START)
    return move


@pytest.fixture
def function() -> Callable[[str], ModuleType]:
    """Return the app of a function by its folder's name, as a cold start: `function("wecom_callback")`."""
    return app_of


def app_of(name: str) -> ModuleType:
    """Return `functions/<name>/app.py`, newly executed: its collaborators are this test's."""
    module_name = f"functions_{name}_app"
    spec = importlib.util.spec_from_file_location(module_name, ROOT / "functions" / name / "app.py")
    if spec is None or spec.loader is None:
        raise LookupError(name)
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    return module


class Stopwatch:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.passed = 0.0

    def monotonic(self) -> float:
        """Return the seconds slept so far."""
        return self.passed

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.passed += seconds


class WeComDouble:
    """The simulated WeCom behind every client of the process, and what it was asked."""

    def __init__(self, simulator: Simulator, stopwatch: Stopwatch) -> None:
        self.simulator = simulator
        self.people = simulator.people
        self.stopwatch = stopwatch
        self._seen = 0

    def add(
        self,
        userid: str = "lisi",
        external_userid: str = "wmE1",
        state: str = "",
        *,
        half: bool = False,
        welcome: bool = True,
        **who: Any,
    ) -> str:
        """Make two people friends and return the event's XML."""
        customer = self.people.new_customer(external_userid=external_userid, **who)
        self.people.add(self.people.staff(userid), customer, state, half=half, welcome=welcome, add_way=1)
        return self.events()[-1]

    def act(self, name: str, **values: Any) -> str:
        """Play an act of wecom_simulator.acts and return its event's XML, "" without one."""
        from wecom_simulator import acts

        getattr(acts, name)(self.simulator, **values)
        return (self.events() or [""])[-1]

    def events(self) -> list[str]:
        """Return the XML of the callbacks caused since the last call."""
        new = self.simulator.world.deliveries[self._seen :]
        self._seen += len(new)
        return [each.xml for each in new]

    def called(self, path: str = "") -> list[dict[str, Any]]:
        """Return the calls to a path (without /cgi-bin/), or all but those for tokens."""
        rows = self.simulator.calls.listed(path)
        return [row for row in rows if path or not row["path"].endswith("/gettoken")]

    def fail(self, endpoint: str, what: str = "errcode", **more: Any) -> None:
        """Let calls of an endpoint go wrong: see wecom_simulator.faults."""
        self.simulator.faults.add({"endpoint": endpoint, "what": what, **more})


@pytest.fixture
def wecom(tables: Any, parameters: Any, at: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[WeComDouble]:
    """WeCom as the simulator plays it, in process, at the test's clock; waiting takes no time."""
    from scrm import clock
    from scrm.customers import intake
    from scrm.wecom import client, deployed

    stopwatch = Stopwatch()
    simulator = Simulator(
        clock=lambda: clock.now().timestamp(),
        corp_id=CORP_ID,
        agent_id=int(AGENT_ID),
        secret=SECRET,
        callback_token=CALLBACK_TOKEN,
        callback_aes_key=CALLBACK_AES_KEY,
    )
    waits = client.Clocks(monotonic=stopwatch.monotonic, sleep=stopwatch.sleep)
    monkeypatch.setattr(client, "Clocks", lambda: waits)
    monkeypatch.setattr(intake, "time", stopwatch)
    deployed.reach_through(SimulatorTransport(simulator))
    yield WeComDouble(simulator, stopwatch)
    deployed.reach_through(None)


@pytest.fixture
def lambda_context() -> Any:
    """A Lambda context as Powertools' logger reads it."""
    return SimpleNamespace(
        function_name="component-test",
        memory_limit_in_mb=512,
        invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:component-test",
        aws_request_id="00000000-0000-4000-8000-000000000000",
        get_remaining_time_in_millis=lambda: 10_000,
    )


@pytest.fixture
def sqs_event() -> Callable[..., dict[str, Any]]:
    """Return an SQS event of these bodies (dicts become JSON): `sqs_event({…}, {…})`."""
    return sqs_event_of


def sqs_event_of(*bodies: dict[str, Any] | str, queue: str = "CustomerEvents") -> dict[str, Any]:
    """Return an SQS event as Lambda hands it over."""
    return {
        "Records": [
            {
                "messageId": f"message-{number}",
                "receiptHandle": f"receipt-{number}",
                "body": body if isinstance(body, str) else json.dumps(body, ensure_ascii=False),
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": "1772417700000",
                    "MessageGroupId": "group",
                },
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:123456789012:{queue}",
                "awsRegion": REGION,
            }
            for number, body in enumerate(bodies, 1)
        ]
    }


@pytest.fixture
def refreshed(tables: Any, queues: Any, lambda_context: Any) -> Callable[[], None]:
    """Let cards, memberships and postings follow: `refreshed()` plays stream and queue to their ends."""
    app = app_of("refresh_cards")

    def play() -> None:
        while True:
            events = []
            if records := tables.stream("refresh_cards"):
                events.append({"Records": records})
            if messages := queues.messages("CardRefreshes"):
                events.append(sqs_event_of(*messages, queue="CardRefreshes"))
            if not events:
                return
            for event in events:
                assert app.handler(event, lambda_context) == {"batchItemFailures": []}

    return play


@pytest.fixture
def http_event() -> Callable[..., dict[str, Any]]:
    """Return an HTTP API event (payload 2.0): `http_event("GET", "/sidebar/…", caller=Caller(…))`."""
    return http_event_of


def http_event_of(
    method: str,
    path: str,
    body: dict[str, Any] | str | bytes | None = None,
    caller: Any = None,
    query: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    path_parameters: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Return an HTTP API event; bytes arrive base64 encoded, a caller as the authorizer's context."""
    sent = {"content-type": "application/json"} if isinstance(body, dict) else {}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": urlencode(query or {}),
        "headers": {"host": "scrm.test", **sent, **(headers or {})},
        "requestContext": {
            "requestId": "request-1",
            "stage": "$default",
            "http": {"method": method, "path": path, "sourceIp": "127.0.0.1", "userAgent": "test"},
        },
        "isBase64Encoded": isinstance(body, bytes),
    }
    if query:
        event["queryStringParameters"] = query
    if path_parameters:
        event["pathParameters"] = path_parameters
    if isinstance(body, bytes):
        event["body"] = base64.b64encode(body).decode()
    elif body is not None:
        event["body"] = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    if caller is not None:
        event["requestContext"]["authorizer"] = {"lambda": caller.context()}
    return event
