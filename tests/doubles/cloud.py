"""One in-memory AWS account behind botocore: every client of the process speaks to the active one.

    with Cloud().active() as cloud: ...

Answers are given where the mode says:
- "call" (default): at `before-call`, requests serialised, nothing signed, no botocore retries;
- "wire": at `before-send`, where botocore's own retries apply;
- "fast": in place of the client's call, for runs of 100,000 deliveries. Objects are always served so.
Import this module before the first session is made.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Literal

import botocore.client
import botocore.handlers
from botocore.awsrequest import AWSResponse

from tests.doubles.dynamodb import Refused, Store
from tests.doubles.s3 import Objects
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
Mode = Literal["call", "wire", "fast"]


@dataclass
class Cloud:
    """Tables, queues, parameters, objects. `before` and `after` gates see each call and may raise instead."""

    store: Store = field(default_factory=Store.with_tables)
    queues: Queues = field(default_factory=Queues)
    parameters: Parameters = field(default_factory=Parameters)
    objects: Objects = field(default_factory=Objects)
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
        served = {"dynamodb": self.store, "sqs": self.queues, "ssm": self.parameters, "s3": self.objects}
        if service not in served:
            raise Refused("UnsupportedOperation", f"this double has no service {service}")
        return served[service]

    @contextmanager
    def active(self, mode: Mode = "call") -> Iterator[Cloud]:
        """Serve every botocore client of this process until the block ends."""
        earlier = _switch.cloud, _switch.mode
        _switch.cloud, _switch.mode = self, mode
        try:
            yield self
        finally:
            _switch.cloud, _switch.mode = earlier


# Which cloud answers: one for all threads, as clients are.
_switch: Any = SimpleNamespace(cloud=None, mode="call")


def _before_call(model: Any, params: dict[str, Any], **_: Any) -> tuple[Any, Answer] | None:
    if _switch.cloud is None or _switch.mode != "call":
        return None
    request = json.loads(params["body"] or b"{}")
    status, parsed = _parsed(model.service_model.service_name, model.name, request)
    return SimpleNamespace(status_code=status, headers={}, content=b""), parsed


def _parsed(service: str, operation: str, request: dict[str, Any]) -> tuple[int, Answer]:
    try:
        answer = _switch.cloud.ask(service, operation, request)
    except Refused as refused:
        return 400, _error(refused)
    return 200, {**answer, "ResponseMetadata": {"HTTPStatusCode": 200, "HTTPHeaders": {}}}


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
    if _switch.cloud is None or _switch.mode != "wire":
        return None
    status, body = over_the_wire(_switch.cloud, request.headers, request.body)
    headers: Any = {"content-type": "application/x-amz-json-1.0"}
    return AWSResponse(request.url, status, headers, _Raw(body))


botocore.handlers.BUILTIN_HANDLERS += [("before-call", _before_call), ("before-send", _before_send)]

# PynamoDB calls this directly as well.
_Client: Any = botocore.client.BaseClient
_make_api_call = _Client._make_api_call


def _answered_at_once(client: Any, operation: str, request: dict[str, Any]) -> Any:
    service = client.meta.service_model.service_name
    if _switch.cloud is None or (_switch.mode != "fast" and service != "s3"):
        return _make_api_call(client, operation, request)
    status, parsed = _parsed(service, operation, request)
    if status == 200:
        return parsed
    raise client.exceptions.from_code(parsed["Error"]["Code"])(parsed, operation)


_Client._make_api_call = _answered_at_once
