"""Routes and their one entry: find, authorise, validate, call, answer.

A table of our own rather than Powertools' resolver: every route must name who may call it, paths such as
`/admin/sops/{id}:publish` carry an action behind a colon, and one dispatch has to cost less than 0.6 of
the resolver's with validation (docs/decisions/0004-http-edge.md, bar W2).
"""

import base64
import binascii
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from aws_lambda_powertools import Logger
from pydantic import BaseModel, ValidationError

from scrm.http import problems
from scrm.http.caller import ROLES, Caller
from scrm.http.problems import FieldError, Problem

BODY_LIMIT = 1024 * 1024
ANYONE: frozenset[str] = frozenset()
ANY_STAFF: frozenset[str] = ROLES

logger = Logger()


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

    def new_id(self, prefix: str) -> str:
        """Return an id for what this request creates, e.g. "ch_1f0c…".

        With an Idempotency-Key it is the same for every repetition of the request by the same caller, so
        that a creation which put its row and died is found, not doubled.
        """
        key = self.headers.get("idempotency-key")
        who = self.caller.userid if self.caller else self.headers.get("x-scrm-key", "")
        seed = uuid.uuid5(uuid.NAMESPACE_URL, f"{who}\n{self.method}\n{self.path}\n{key}") if key else uuid.uuid4()
        return f"{prefix}_{seed.hex[:20]}"


@dataclass(frozen=True)
class Answer:
    """A successful answer; `body` is a model, plain data, or None for an empty body."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    text: str | None = None


Handler = Callable[[Request], Any]


@dataclass(frozen=True)
class Route:
    """One route: who may call it, what it takes, what it answers, which scope its object is checked in."""

    method: str
    pattern: str
    handler: Handler
    roles: frozenset[str]
    scope: str
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    answers: type[BaseModel] | None
    status: int
    summary: str
    public: bool


class Api:
    """The routes of one function.

    `gate` runs before any route and may refuse (integrations verify their signature there); `after` sees
    every successful answer (sessions are renewed there).
    """

    def __init__(self, name: str, gate: Callable[[Request], None] | None = None) -> None:
        self.name = name
        self.routes: list[Route] = []
        self._gate = gate
        self._after: list[Callable[[Request, dict[str, Any]], None]] = []
        self._by_shape: dict[tuple[str, int], list[tuple[list[tuple[str, str]], Route]]] = {}

    def route(
        self,
        method: str,
        pattern: str,
        *,
        roles: frozenset[str],
        scope: str,
        body: type[BaseModel] | None = None,
        query: type[BaseModel] | None = None,
        answers: type[BaseModel] | None = None,
        status: int = 200,
        public: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Declare a route. `scope` says in words whose objects it may touch, for docs and the access test."""

        def add(handler: Handler) -> Handler:
            summary = (handler.__doc__ or handler.__name__).strip().splitlines()[0]
            declared = Route(
                method, pattern, handler, roles, scope, body, query, answers, status, summary, public
            )
            self.routes.append(declared)
            parts = [_part(segment) for segment in pattern.strip("/").split("/")]
            self._by_shape.setdefault((method, len(parts)), []).append((parts, declared))
            return handler

        return add

    def after(self, hook: Callable[[Request, dict[str, Any]], None]) -> None:
        """Call `hook(request, response)` on each successful answer; it may add headers or cookies."""
        self._after.append(hook)

    def answer(self, event: dict[str, Any], now: datetime) -> dict[str, Any]:
        """Return the API Gateway (payload 2.0) response to `event`. Never raises."""
        request_id = event.get("requestContext", {}).get("requestId", "")
        try:
            response = self._answer(event, now, request_id)
        except Problem as problem:
            logger.info("request_refused", code=problem.code, status=problem.status)
            response = _problem(problem)
        except Exception:
            logger.exception("request_failed")
            response = _problem(Problem(500, "internal_error", "系统错误，请稍后再试"))
        response["headers"].setdefault("X-Request-Id", request_id)
        response["headers"].setdefault("Cache-Control", "no-store")
        response["headers"].setdefault("X-Content-Type-Options", "nosniff")
        return response

    def _answer(self, event: dict[str, Any], now: datetime, request_id: str) -> dict[str, Any]:
        http = event["requestContext"]["http"]
        method, path = http["method"], event.get("rawPath") or http["path"]
        route, params = self._find(method, path)
        caller = Caller.of(event)
        if not route.public:
            _authorise(route, caller)
        raw = _raw_body(event)
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        request = Request(
            method=method,
            path=path,
            params=params,
            query=_query(route, event.get("rawQueryString") or ""),
            body=None,
            raw_body=raw,
            headers=headers,
            cookies=_cookies(event, headers),
            caller=caller,
            now=now,
            request_id=request_id,
            source_ip=http.get("sourceIp", ""),
        )
        if caller and caller.from_cookie and method not in {"GET", "HEAD"}:
            _same_origin(headers)
        if self._gate:
            self._gate(request)
        if route.body:
            request = _with_body(request, route.body)
        result = route.handler(request)
        response = _response(result, route.status)
        for hook in self._after:
            hook(request, response)
        logger.info("request_answered", route=route.pattern, status=response["statusCode"])
        return response

    def _find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        segments = path.strip("/").split("/")
        for parts, route in self._by_shape.get((method, len(segments)), ()):
            params = _match(parts, segments)
            if params is not None:
                return route, params
        allowed = sorted(
            verb
            for (verb, count), candidates in self._by_shape.items()
            if count == len(segments) and any(_match(parts, segments) is not None for parts, _ in candidates)
        )
        if allowed:
            raise Problem(405, "method_not_allowed", "不支持的请求方法", headers={"Allow": ", ".join(allowed)})
        raise problems.not_found("没有这个地址")


def _part(segment: str) -> tuple[str, str]:
    """Return (parameter or "", fixed text) of a pattern's segment: {id}:publish → ("id", ":publish")."""
    if segment.startswith("{"):
        name, _, rest = segment[1:].partition("}")
        return name, rest
    return "", segment


def _match(parts: list[tuple[str, str]], segments: list[str]) -> dict[str, str] | None:
    params: dict[str, str] = {}
    for (name, text), segment in zip(parts, segments, strict=True):
        if not name:
            if segment != text:
                return None
            continue
        value = segment.removesuffix(text) if text and segment.endswith(text) else segment
        if (text and not segment.endswith(text)) or not value or (not text and ":" in segment):
            return None
        params[name] = unquote(value)
    return params


def _authorise(route: Route, caller: Caller | None) -> None:
    if caller is None:
        raise problems.unauthenticated()
    if caller.role not in route.roles:
        raise problems.forbidden()


def _same_origin(headers: dict[str, str]) -> None:
    """A cookie is sent by any page; a change made with one must come from a page of our own host."""
    origin = headers.get("origin")
    same = bool(origin) and urlsplit(origin or "").netloc == headers.get("host")
    if not same and headers.get("sec-fetch-site") != "same-origin":
        raise problems.forbidden("请从本系统的页面操作", code="cross_site_request")


def _raw_body(event: dict[str, Any]) -> bytes:
    body = event.get("body") or ""
    try:
        raw = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    except (binascii.Error, UnicodeEncodeError):
        raise problems.invalid_field("body", "无法解码") from None
    if len(raw) > BODY_LIMIT:
        raise problems.too_large(BODY_LIMIT)
    return raw


def _cookies(event: dict[str, Any], headers: dict[str, str]) -> dict[str, str]:
    """Both places are read: AWS fills `cookies`, the local engine only the header."""
    pairs = list(event.get("cookies") or []) + headers.get("cookie", "").split(";")
    split = (pair.strip().partition("=") for pair in pairs)
    return {name: value for name, _, value in split if name}


def _query(route: Route, text: str) -> BaseModel | None:
    if route.query is None:
        return None
    given = parse_qs(text, keep_blank_values=True)
    return _validated(route.query, {name: values[-1] for name, values in given.items()})


def _with_body(request: Request, model: type[BaseModel]) -> Request:
    try:
        data = json.loads(request.raw_body or b"{}")
    except (ValueError, RecursionError):
        raise problems.invalid_field("body", "不是有效的 JSON") from None
    if not isinstance(data, dict):
        raise problems.invalid_field("body", "应为 JSON 对象")
    return Request(**{**request.__dict__, "body": _validated(model, data)})


def _validated(model: type[BaseModel], data: dict[str, Any]) -> BaseModel:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        fields = error.errors(include_url=False, include_context=False, include_input=False)
        raise problems.invalid(
            *(FieldError(".".join(map(str, each["loc"])) or "body", each["msg"]) for each in fields)
        ) from None


def _response(result: Any, status: int) -> dict[str, Any]:
    answer = result if isinstance(result, Answer) else Answer(result, status)
    headers = dict(answer.headers)
    if answer.text is not None:
        body = answer.text
        headers.setdefault("Content-Type", "text/plain; charset=utf-8")
    elif answer.body is None:
        body = ""
    else:
        body = answer.body.model_dump_json() if isinstance(answer.body, BaseModel) else _json(answer.body)
        headers.setdefault("Content-Type", "application/json")
    response: dict[str, Any] = {"statusCode": answer.status, "headers": headers, "body": body}
    if answer.cookies:
        response["cookies"] = list(answer.cookies)
    return response


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "statusCode": problem.status,
        "headers": {"Content-Type": "application/problem+json", **problem.headers},
        "body": problem.body(),
    }
