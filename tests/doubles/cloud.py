"""One in-memory AWS account behind botocore: every client of the process speaks to the active one.

    with Cloud().active() as cloud: ...

Answers are given at `before-call` (no signing, no HTTP, no botocore retries), or with `wire=True` at
`before-send`, where botocore's own retries apply. Import this module before the first session is made.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import botocore.handlers
from botocore.awsrequest import AWSResponse

from tests.doubles.dynamodb import Refused, Store
from tests.doubles.sqs import Queues

Answer = dict[str, Any]


@dataclass
class Call:
    """One request to one service. `answer` is None until it has taken effect."""

    service: str
    operation: str
    request: dict[str, Any]
    answer: Answer | None = None


class Parameters:
    """SSM parameters by full name."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def handle(self, operation: str, request: dict[str, Any]) -> Answer:
        if operation == "GetParameter":
            return {"Parameter": self._parameter(request["Name"])}
        if operation == "PutParameter":
            self.values[request["Name"]] = request["Value"]
            return {"Version": 1}
        raise Refused("UnsupportedOperation", f"this double does not know {operation}")

    def _parameter(self, name: str) -> Answer:
        if name not in self.values:
            raise Refused("ParameterNotFound", "")
        return {"Name": name, "Type": "SecureString", "Value": self.values[name], "Version": 1}


Gate = Callable[[Call], None]


@dataclass
class Cloud:
    """Tables, queues and parameters. `before` and `after` gates see each call and may raise instead."""

    store: Store = field(default_factory=Store.with_tables)
    queues: Queues = field(default_factory=Queues)
    parameters: Parameters = field(default_factory=Parameters)
    before: list[Gate] = field(default_factory=list)
    after: list[Gate] = field(default_factory=list)
    calls: list[Call] | None = None

    def ask(self, service: str, operation: str, request: dict[str, Any]) -> Answer:
        """Return the answer of a service; raises Refused for an error of AWS, and whatever a gate raises."""
        call = Call(service, operation, request)
        for gate in self.before:
            gate(call)
        call.answer = self._service(service).handle(operation, request)
        if self.calls is not None:
            self.calls.append(call)
        for gate in self.after:
            gate(call)
        return call.answer

    def _service(self, service: str) -> Any:
        served = {"dynamodb": self.store, "sqs": self.queues, "ssm": self.parameters}
        if service not in served:
            raise Refused("UnsupportedOperation", f"this double has no service {service}")
        return served[service]

    @contextmanager
    def active(self, *, wire: bool = False) -> Iterator[Cloud]:
        """Serve every botocore client of this process until the block ends."""
        earlier = _switch.cloud, _switch.wire
        _switch.cloud, _switch.wire = self, wire
        try:
            yield self
        finally:
            _switch.cloud, _switch.wire = earlier


# Which cloud answers: one for all threads, as clients are.
_switch: Any = SimpleNamespace(cloud=None, wire=False)


def _before_call(model: Any, params: dict[str, Any], **_: Any) -> tuple[Any, Answer] | None:
    if _switch.cloud is None or _switch.wire:
        return None
    request = json.loads(params["body"] or b"{}")
    service = model.service_model.service_name
    try:
        answer = _switch.cloud.ask(service, model.name, request)
    except Refused as refused:
        return _http(400), _error(refused)
    return _http(200), {**answer, "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}}}


def _http(status: int) -> SimpleNamespace:
    return SimpleNamespace(status_code=status, headers={}, content=b"")


def _error(refused: Refused) -> Answer:
    return {
        "Error": {"Code": refused.code, "Message": refused.message},
        **refused.members,
        "ResponseMetadata": {"HTTPStatusCode": 400, "HTTPHeaders": {}},
    }


class _Raw(io.BytesIO):
    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.read()


TARGETS = {"DynamoDB_20120810": "dynamodb", "AmazonSQS": "sqs", "AmazonSSM": "ssm"}


def over_the_wire(cloud: Cloud, headers: Any, body: bytes) -> tuple[int, bytes]:
    """Return (status, JSON body) for one request as AWS clients send it."""
    target = headers["X-Amz-Target"]
    prefix, _, operation = (target.decode() if isinstance(target, bytes) else target).partition(".")
    try:
        answer = cloud.ask(TARGETS[prefix], operation, json.loads(body or b"{}"))
    except Refused as refused:
        error = {"__type": f"com.amazonaws#{refused.code}", "message": refused.message, **refused.members}
        return refused.members.get("http_status", 400), json.dumps(error).encode()
    return 200, json.dumps(answer).encode()


def _before_send(request: Any, **_: Any) -> AWSResponse | None:
    if _switch.cloud is None or not _switch.wire:
        return None
    status, body = over_the_wire(_switch.cloud, request.headers, request.body)
    headers: Any = {"content-type": "application/x-amz-json-1.0"}
    return AWSResponse(request.url, status, headers, _Raw(body))


botocore.handlers.BUILTIN_HANDLERS += [("before-call", _before_call), ("before-send", _before_send)]
