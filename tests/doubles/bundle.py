"""The whole bundle in one process: real handlers, in-memory AWS, simulated WeCom, and a clock that is moved.

    bundle = Bundle()
    with bundle.running():
        bundle.wecom.people.scan(userid="zhangsan")
        bundle.settle()

One bundle runs at a time. While none does, the product's clocks, settings and wires are what they were, so
that other tests may share the process.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.doubles.cloud import Call, Cloud, Mode
from tests.doubles.dynamodb.tables import template
from tests.doubles.s3 import BUCKET
from tests.doubles.sqs import Queues, lambda_event, queues_of_template

ROOT = Path(__file__).parents[2]
SIMULATOR = ROOT / "infra" / "local"
CORP_ID = "ww8f3c0b9e12aa4d01"
AGENT_ID = 1000002
STACK = "scrm-test"
SECRET = "bundle-secret"
TOKEN = "BundleToken01"
AES_KEY = "BundleAESKeyForCallbacksOfTheTestsAbcdefghi"[:43]
FUNCTION = "AWS::Serverless::Function"
START = datetime.fromisoformat("2026-03-02T10:15:00+08:00").timestamp()

if str(SIMULATOR) not in sys.path:
    sys.path.append(str(SIMULATOR))
if str(ROOT / "layers" / "scrm" / "python") not in sys.path:
    sys.path.append(str(ROOT / "layers" / "scrm" / "python"))


def environment() -> dict[str, str]:
    """Return what the template puts into the functions' environment, with this bundle's values."""
    described = template()
    stated: dict[str, Any] = dict(described["Globals"]["Function"]["Environment"]["Variables"])
    for resource in described["Resources"].values():
        stated |= resource.get("Properties", {}).get("Environment", {}).get("Variables", {})
    queues = {name: Queues.url(ref) for name, ref in stated.items() if ref in queues_of_template()}
    return {
        **{name: str(value) for name, value in stated.items() if name.startswith("POWERTOOLS_")},
        **queues,
        "ENV": "local",
        "STACK_NAME": STACK,
        "TABLE_NAME": "ScrmTable",
        "VOLATILE_TABLE_NAME": "VolatileTable",
        "CONTENT_BUCKET": BUCKET,
        "WECOM_CORP_ID": CORP_ID,
        "WECOM_AGENT_ID": str(AGENT_ID),
        "WECOM_BASE_URL": "https://wecom.test",
        "PUBLIC_URL": "https://scrm.test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }


@dataclass
class Time:
    """Time as the product reads it: it stands still until someone sleeps or moves it."""

    seconds: float = START

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def readings(self) -> tuple[datetime, ...]:
        return (self.now(),)

    def time(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@dataclass
class _Handover:
    """What the product's modules hold: it follows whichever bundle is running, and real time when none is."""

    time: Time | None = None
    transport: httpx.BaseTransport | None = None

    def seconds(self) -> float:
        return self.time.seconds if self.time else time.time()

    def monotonic(self) -> float:
        return self.time.seconds if self.time else time.monotonic()

    def sleep(self, seconds: float) -> None:
        (self.time.sleep if self.time else time.sleep)(seconds)

    def as_module(self) -> Any:
        """Return a stand-in for the module `time`."""
        return SimpleNamespace(
            time=self.seconds,
            monotonic=self.monotonic,
            perf_counter=time.perf_counter,
            sleep=self.sleep,
        )


_running = _Handover()


def running_time() -> Any:
    """Return a stand-in for the module `time` that follows the running bundle."""
    return _running.as_module()


class _Wire(httpx.BaseTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if _running.transport is None:
            raise httpx.ConnectError("no bundle is running", request=request)
        return _running.transport.handle_request(request)


class GatedTransport(httpx.BaseTransport):
    """WeCom behind the same gates as AWS, so that a run can be cut at any call."""

    def __init__(self, cloud: Cloud, inner: httpx.BaseTransport) -> None:
        self.cloud = cloud
        self.inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        call = Call("wecom", request.url.path, {"query": dict(request.url.params), "body": request.read()})
        for gate in self.cloud.before:
            gate(call)
        response = self.inner.handle_request(request)
        if self.cloud.calls is not None:
            self.cloud.calls.append(call)
        for gate in self.cloud.after:
            gate(call)
        return response


@functools.cache
def prepare() -> None:
    """Put the product's time and wire into our hands, and the settings its import asks for in place. Once."""
    for name, value in environment().items():
        os.environ.setdefault(name, value)
    import scrm
    from scrm import clock
    from scrm.wecom import client

    # Processes start and end here by the thousand: what one made must not outlive it.
    scrm.initialised = lambda: None
    now, readings, opened = clock.now, clock.readings, client.WeCom._open
    clock.now = lambda: _running.time.now() if _running.time else now()
    clock.readings = lambda: _running.time.readings() if _running.time else readings()
    client.Clocks.__init__.__defaults__ = (  # type: ignore[misc]  # its clocks, or the running bundle's
        lambda: clock.now().timestamp(),
        _running.monotonic,
        _running.sleep,
    )

    def reach(self: Any) -> httpx.Client:
        if _running.time is None:
            return opened(self)
        return httpx.Client(base_url=self.settings.base_url, transport=_Wire(), trust_env=False)

    client.WeCom._open = reach  # type: ignore[method-assign]


@contextlib.contextmanager
def _settings() -> Iterator[None]:
    """Let the environment be this bundle's, and then what it was."""
    earlier = dict(os.environ)
    os.environ.update(environment())
    os.environ.pop("AWS_PROFILE", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(earlier)


def _take_time() -> None:
    for name, module in list(sys.modules.items()):
        if name.startswith(("scrm.", "functions_")) and getattr(module, "time", None) is time:
            setattr(module, "time", _running.as_module())  # noqa: B010


def load(function: str, instance: int = 0) -> ModuleType:
    """Return `functions/<function>/app.py`, run anew: a new process as far as its own collaborators go."""
    prepare()
    name = f"functions_{function}_{instance}"
    path = ROOT / "functions" / function / "app.py"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise LookupError(function)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    _take_time()
    return module


@dataclass(frozen=True)
class Consumer:
    """A queue's function and the size of its batches."""

    function: str
    batch: int


def consumers() -> dict[str, Consumer]:
    """Return the function behind each queue of the template, where its code exists."""
    found: dict[str, Consumer] = {}
    for resource in template()["Resources"].values():
        if resource["Type"] != FUNCTION:
            continue
        function = resource["Properties"]["CodeUri"].rpartition("/")[2]
        for event in resource["Properties"].get("Events", {}).values():
            if event["Type"] == "SQS" and (ROOT / "functions" / function / "app.py").exists():
                queue = event["Properties"]["Queue"].partition(".")[0]
                found[queue] = Consumer(function, int(event["Properties"].get("BatchSize", 10)))
    return found


@functools.cache
def stream_consumers() -> tuple[str, ...]:
    """Return the functions that read the table's stream, as the template states them."""
    functions = [each for each in template()["Resources"].values() if each["Type"] == FUNCTION]
    reading = [
        each["Properties"]["CodeUri"].rpartition("/")[2]
        for each in functions
        if any(event["Type"] == "DynamoDB" for event in each["Properties"].get("Events", {}).values())
    ]
    return tuple(each for each in reading if (ROOT / "functions" / each / "app.py").exists())


CONTEXT = SimpleNamespace(
    function_name="bundle",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:us-east-1:000000000000:function:bundle",
    aws_request_id="00000000-0000-4000-8000-000000000000",
    get_remaining_time_in_millis=lambda: 60_000,
)


class Died(BaseException):
    """The process was killed: nothing that catches errors may catch it."""


class _Silence:
    """Where handlers print to."""

    def write(self, text: str) -> int:
        return len(text)

    def flush(self) -> None:
        return


class Bundle:
    """Everything deployed, at one moment."""

    def __init__(self, *, simulated: bool = True, seed: str = "bundle") -> None:
        prepare()
        self.cloud = Cloud()
        self._name_tables()
        self.time = Time()
        self.cloud.queues.clock = lambda: self.time.seconds
        self.deaths = 0
        self.on_death: list[Callable[[], None]] = []
        self.invocations = 0
        self._apps: dict[str, ModuleType] = {}
        self._stream_at: dict[str, int] = {}
        self.wecom: Any = self._simulator(seed) if simulated else None
        self.cloud.parameters.values |= {
            f"/{STACK}/callbacks/app": json.dumps({"token": TOKEN, "aes_key": AES_KEY}),
            f"/{STACK}/wecom/secret": SECRET,
            f"/{STACK}/privacy/key": "privacy-key-of-the-bundle",
            f"/{STACK}/session/keys": json.dumps(["newest-session-key", "older-session-key"]),
            f"/{STACK}/h5/keys": json.dumps(["key-of-the-pages"]),
        }

    def _name_tables(self) -> None:
        """Serve the tables under the names that this process was told first, by whichever test."""
        from scrm.table import Row, VolatileRow

        tables = self.cloud.store.tables
        tables[Row.Meta.table_name] = tables["ScrmTable"]
        tables[VolatileRow.Meta.table_name] = tables["VolatileTable"]

    def _simulator(self, seed: str) -> Any:
        from wecom_simulator import Simulator

        return Simulator(
            clock=lambda: self.time.seconds,
            seed=seed,
            corp_id=CORP_ID,
            agent_id=AGENT_ID,
            secret=SECRET,
            callback_url="https://scrm.test/wecom/callbacks/app",
            callback_token=TOKEN,
            callback_aes_key=AES_KEY,
        )

    @contextlib.contextmanager
    def running(self, mode: Mode = "call", *, silent: bool = True) -> Iterator[Bundle]:
        """Make this the bundle that the product's clients and clocks belong to."""
        earlier = _running.time, _running.transport
        _running.time = self.time
        _running.transport = self._transport()
        self.forget()
        quiet = contextlib.redirect_stdout(_Silence()) if silent else contextlib.nullcontext()
        try:
            with _settings(), self.cloud.active(mode), quiet:
                yield self
        finally:
            _running.time, _running.transport = earlier
            self.forget()

    def _transport(self) -> httpx.BaseTransport | None:
        if self.wecom is None:
            return None
        from wecom_simulator.transport import SimulatorTransport

        return GatedTransport(self.cloud, SimulatorTransport(self.wecom))

    def reach_through(self, transport: httpx.BaseTransport) -> None:
        """Let the product reach WeCom through another transport from now on."""
        _running.transport = GatedTransport(self.cloud, transport)

    # processes
    def app(self, function: str) -> ModuleType:
        """Return the function's running process, started if need be."""
        if function not in self._apps:
            self._apps[function] = load(function)
        return self._apps[function]

    def forget(self) -> None:
        """End every process: what is kept in memory is gone."""
        self._apps.clear()
        from scrm import config, secret_store
        from scrm.callbacks import receivers
        from scrm.kept import Kept
        from scrm.wecom import deployed

        config.corp.cache_clear()
        secret_store.forget()
        receivers.forget()
        Kept.forget_all()
        deployed.wecom.cache_clear()

    def invoke(self, function: str, event: dict[str, Any]) -> Any:
        """Return the handler's answer; None when it died on the way."""
        self.invocations += 1
        try:
            return self.app(function).handler(event, CONTEXT)
        except Died:
            self.deaths += 1
            self.forget()
            for started_again in self.on_death:
                started_again()
            return None

    # callbacks
    def post(self, sealed: Any) -> int | None:
        """Deliver one sealed callback over HTTP; return the status, None when the function died."""
        answer = self.invoke("wecom_callback", http_event(sealed.method, sealed.target, sealed.body))
        return answer["statusCode"] if answer else None

    def callbacks(self) -> list[Any]:
        """Return every callback WeCom has to send, sealed."""
        taken: list[Any] = self.wecom.callbacks.take()
        return taken

    def arrive(self) -> None:
        """Deliver all of WeCom's callbacks, repeating each until it is acknowledged."""
        for sealed in self.callbacks():
            while self.post(sealed) != 200:
                pass

    # queues and stream
    def work(self, queue: str, consumer: Consumer, *, patient: bool = False) -> int:
        """Hand one batch to the queue's function; return how many messages it was.

        What fails becomes visible at once, unless `patient`: then after its visibility timeout.
        """
        request = {"QueueUrl": Queues.url(queue), "MaxNumberOfMessages": consumer.batch}
        messages = self.cloud.queues.handle("ReceiveMessage", request).get("Messages", [])
        if not messages:
            return 0
        answer = self.invoke(consumer.function, lambda_event(queue, messages))
        failed = {each["itemIdentifier"] for each in (answer or {}).get("batchItemFailures", [])}
        for message in messages:
            held = {"QueueUrl": Queues.url(queue), "ReceiptHandle": message["ReceiptHandle"]}
            if answer is not None and message["MessageId"] not in failed:
                self.cloud.queues.handle("DeleteMessage", held)
            elif not patient:
                self.cloud.queues.handle("ChangeMessageVisibility", {**held, "VisibilityTimeout": 0})
        return len(messages)

    def react(self) -> int:
        """Hand the stream's next batch to each function that reads it; return how many records it was."""
        return sum(self._react(function) for function in stream_consumers())

    def _react(self, function: str) -> int:
        start = self._stream_at.get(function, 0)
        records = self.cloud.store.stream[start : start + 100]
        if not records:
            return 0
        answer = self.invoke(function, {"Records": records})
        if answer is None:
            return len(records)
        failures = answer.get("batchItemFailures", [])
        if failures:
            numbers = [each["dynamodb"]["SequenceNumber"] for each in records]
            self._stream_at[function] = start + numbers.index(failures[0]["itemIdentifier"])
        else:
            self._stream_at[function] = start + len(records)
        return len(records)

    def settle(self, most: int = 10_000) -> None:
        """Work until every queue and the stream are empty; raises when that does not end."""
        behind = consumers()
        for _ in range(most):
            moved = sum(self.work(queue, consumer) for queue, consumer in behind.items())
            if not moved + self.react():
                return
        raise AssertionError(f"not settled after {most} rounds: {self.waiting()}")

    def waiting(self) -> dict[str, int]:
        """Return how many messages each queue holds, dead-letter queues included."""
        held = {name: len(queue.messages) for name, queue in self.cloud.queues.queues.items()}
        return {name: count for name, count in held.items() if count}

    # what is left
    def rows(self, prefix: str = "") -> list[dict[str, Any]]:
        """Return the domain's rows as plain values, by key."""
        from scrm.table import Raw

        rows = self.cloud.store.rows("ScrmTable")
        return [Raw.plain(dict(row)) for row in rows if row["PK"]["S"].startswith(prefix)]


def http_event(
    method: str, target: str, body: bytes | str = b"", headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """Return an HTTP API event (payload 2.0) for a request."""
    url = urlsplit(target)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": url.path,
        "rawQueryString": url.query,
        "headers": headers or {"content-type": "text/xml"},
        "queryStringParameters": query or None,
        "pathParameters": {"receiver": url.path.rpartition("/")[2]},
        "requestContext": {
            "http": {"method": method, "path": url.path, "sourceIp": "127.0.0.1"},
            "requestId": "r-1",
        },
        "body": body.decode() if isinstance(body, bytes) else body,
        "isBase64Encoded": False,
    }
