"""A request as API Gateway hands it over (payload 2.0), and what a route may answer."""

import base64
import binascii
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from scrm.config import optional
from scrm.http import problems
from scrm.http.caller import Caller

BODY_LIMIT = 1024 * 1024
SAFE_METHODS = frozenset({"GET", "HEAD"})


@dataclass(frozen=True)
class Request:
    """One HTTP request, validated. `body` and `query` are instances of the route's models, else None."""

    method: str
    path: str
    params: dict[str, str]
    query: Any
    body: Any
    raw_body: bytes
    headers: dict[str, str]
    cookies: dict[str, str]
    caller: Caller | None
    now: datetime
    request_id: str
    source_ip: str

    @property
    def staff(self) -> Caller:
        """The member of the corp who calls; raises 401 when there is no session."""
        if self.caller is None:
            raise problems.unauthenticated()
        return self.caller

    @property
    def who(self) -> str:
        """Whose request it is: a member, the holder of an integration key, or nobody in particular."""
        if self.caller:
            return f"staff:{self.caller.userid.lower()}"
        return f"key:{self.headers.get('x-scrm-key', '')}"

    def new_id(self, prefix: str) -> str:
        """Return an id for what this request creates, e.g. "ch_1f0c…".

        With an Idempotency-Key it is the same for every repetition of the request by the same caller, so
        that a creation which put its row and died is found, not doubled.
        """
        key = self.headers.get("idempotency-key")
        seed = _seed(self.who, self.method, self.path, key) if key else uuid.uuid4()
        return f"{prefix}_{seed.hex[:20]}"


def _seed(*parts: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(parts))


@dataclass(frozen=True)
class Answer:
    """A successful answer; `body` is a model, plain data, or None for an empty body.

    `content` are bytes that are no text, 4 MB at most: a function answers 6 MB, and they go as base64.
    """

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    text: str | None = None
    content: bytes | None = None


def read(
    event: dict[str, Any],
    params: dict[str, str],
    caller: Caller | None,
    now: datetime,
    largest: int = BODY_LIMIT,
) -> Request:
    """Return the request in an event, not yet validated; raises a 413 or 422 problem for its body."""
    context = event["requestContext"]
    http = context["http"]
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    return Request(
        method=http["method"],
        path=path_of(event),
        params=params,
        query=None,
        body=None,
        raw_body=_raw_body(event, largest),
        headers=headers,
        cookies=cookies_of(event, headers),
        caller=caller,
        now=now,
        request_id=context.get("requestId", ""),
        source_ip=http.get("sourceIp", ""),
    )


def path_of(event: dict[str, Any]) -> str:
    """Return the path as it was sent, which is also the path an integration signs."""
    return str(event.get("rawPath") or event["requestContext"]["http"]["path"])


def is_navigation(event: dict[str, Any]) -> bool:
    """Return whether a person opened the address in a browser, rather than a program asking for it."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    if event["requestContext"]["http"]["method"] != "GET" or "authorization" in headers:
        return False
    mode = str(headers.get("sec-fetch-mode", ""))
    return mode == "navigate" if mode else str(headers.get("accept", "")).startswith("text/html")


def _raw_body(event: dict[str, Any], largest: int) -> bytes:
    body = event.get("body") or ""
    encoded = bool(event.get("isBase64Encoded"))
    if len(body) > (largest * 4 // 3 + 4 if encoded else largest):
        raise problems.too_large(largest)
    try:
        raw = base64.b64decode(body, validate=True) if encoded else body.encode()
    except (binascii.Error, ValueError):
        raise problems.invalid_field("body", "无法解码") from None
    if len(raw) > largest:
        raise problems.too_large(largest)
    return raw


def cookies_of(event: dict[str, Any], headers: dict[str, str]) -> dict[str, str]:
    """Return an event's cookies. Both places are read: AWS fills `cookies`, the local engine the header."""
    pairs = list(event.get("cookies") or [])
    if "cookie" in headers:
        pairs += headers["cookie"].split(";")
    split = (pair.strip().partition("=") for pair in pairs)
    return {name: value for name, _, value in split if name}


def refuse_foreign_pages(request: Request, *, from_cookie: bool) -> None:
    """A cookie is sent by any page; a change made with one must come from a page of our own host."""
    if not from_cookie or request.method in SAFE_METHODS:
        return
    host = urlsplit(request.headers.get("origin", "")).netloc
    ours = {request.headers.get("host"), urlsplit(optional("PUBLIC_URL") or "").netloc}
    if (host and host in ours) or request.headers.get("sec-fetch-site") == "same-origin":
        return
    raise problems.forbidden("请从本系统的页面操作", code="cross_site_request")
