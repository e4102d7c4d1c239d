"""What every call passes before its business rules: address, token, permission, body, limits."""

from __future__ import annotations

import json
from email.message import Message as Headers
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from .calls import Call, Upload
from .errors import Refused
from .faults import matches_path
from .limits import Rule
from .registry import Endpoint
from .validation import check_request

if TYPE_CHECKING:
    from .simulator import Simulator

MAX_BODY = 25 * 1024 * 1024


def parse_query(text: str) -> dict[str, str]:
    """Return the first value of each parameter."""
    values: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        values.setdefault(name, value)
    return values


def pass_gates(sim: Simulator, endpoint: Endpoint, call: Call, running: int) -> None:
    """Raise Refused at the first gate that does not open (order: fact sheet 13.1).

    running: calls of this API under way, this one included.
    """
    if 0 < sim.limits.concurrency < running:
        raise Refused(45033)
    if not endpoint.public:
        _address(sim, call)
        _token(sim, call)
        _permission(call)
    _body(endpoint, call)
    if not endpoint.exempt:
        _frequency(sim, call)
    if call.method == "POST" or endpoint.method == "GET":
        check_request(call.path, call.query, call.body)


def _address(sim: Simulator, call: Call) -> None:
    world = sim.world
    if world.trusted_ips is None or call.now < world.trusted_from:
        return
    if call.source_ip not in world.trusted_ips:
        raise Refused(60020)


def _token(sim: Simulator, call: Call) -> None:
    text = call.query.get("access_token", "")
    if not text:
        raise Refused(41001)
    token = sim.world.tokens.get(text)
    if token is None or token.ended == 40014:
        raise Refused(40014)
    if token.ended or call.now >= token.expires_at:
        raise Refused(42001)
    call.app = sim.world.apps[token.agent]
    if call.app.disabled:
        raise Refused(50003)


def _permission(call: Call) -> None:
    if any(matches_path(path, call.path) for path in call.app.denied):
        raise Refused(48002)
    if call.app.contacts_sync and call.path.startswith(("/cgi-bin/externalcontact/", "/cgi-bin/message/")):
        raise Refused(48002)


def _body(endpoint: Endpoint, call: Call) -> None:
    if endpoint.upload:
        call.upload = _multipart(call.raw, call.content_type)
        return
    if endpoint.method == "GET":
        return
    try:
        body = json.loads(call.raw)
    except ValueError:
        raise Refused(40058) from None
    if call.method != "POST" or not isinstance(body, dict):
        raise Refused(40058)
    call.body = body


def _frequency(sim: Simulator, call: Call) -> None:
    limits = sim.limits
    corp: tuple[Rule, ...] = (("minute", limits.api_per_minute), ("hour", limits.api_per_hour))
    if not sim.windows.take(("corp", call.path), call.now, *corp):
        raise Refused(45009)
    address: tuple[Rule, ...] = (("minute", limits.ip_per_minute), ("hour", limits.ip_per_hour))
    if not sim.windows.take(("ip", call.source_ip, call.path), call.now, *address):
        raise Refused(45009)


def _multipart(raw: bytes, content_type: str) -> Upload:
    """Return the first part that has a file name; raises Refused when there is none."""
    headers = Headers()
    headers["content-type"] = content_type
    boundary: Any = headers.get_param("boundary")
    if headers.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        raise Refused(44001)
    for part in raw.split(b"--" + boundary.encode())[1:]:
        head, found, content = part.partition(b"\r\n\r\n")
        disposition = Headers()
        for line in head.decode("utf-8", "replace").split("\r\n"):
            name, _, value = line.partition(":")
            if name.strip().lower() == "content-disposition":
                disposition["content-disposition"] = value.strip()
        filename = disposition.get_filename()
        if found and filename:
            return Upload(filename, content.removesuffix(b"\r\n"))
    raise Refused(44001)
