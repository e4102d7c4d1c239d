"""Routes and their one entry: find, authorise, validate, call, answer.

A table of our own rather than Powertools' resolver: every route must name who may call it, paths such as
`/admin/sops/{id}:publish` carry an action behind a colon, and one dispatch has to cost less than 0.6 of
the resolver's with validation (docs/decisions/0004-http-edge.md, bar W2).
"""

import base64
import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, unquote

from pydantic import BaseModel

from scrm.batches import will_pass
from scrm.http import problems, validation
from scrm.http.caller import ROLES, Caller
from scrm.http.idempotency import FirstAnswers, answered_once
from scrm.http.problems import Problem
from scrm.http.request import BODY_LIMIT, Answer, Request, is_navigation, path_of, read, refuse_foreign_pages
from scrm.telemetry import Log, correlate

__all__ = ["ANYONE", "ANY_STAFF", "Answer", "Api", "Handler", "Request", "Route"]

ANYONE: frozenset[str] = frozenset()
ANY_STAFF: frozenset[str] = ROLES
# In bytes: four in a character fit a sort key of 1024 bytes no longer.
LONGEST_PARAMETER = 256

Handler = Callable[[Request], Any]
Response = dict[str, Any]
Parts = list[tuple[str, str]]
Start = tuple[str, int, str | None, str | None]
"""Method, number of segments, and the first two of them where they are fixed text."""


@dataclass(frozen=True)
class Route:
    """One route: who may call it, what it takes, what it answers, which scope its object is checked in.

    A route that `creates` honours Idempotency-Key. A `public` one is for callers without a session. One
    that `takes` a file has no body model and is sent the file, as one of these types, of `largest` bytes.
    One that `gives` a file has no model of an answer and answers it as one of these types.
    """

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
    creates: bool
    largest: int = BODY_LIMIT
    takes: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()


Gate = Callable[[Request, Route], None]
"""Runs before a request is validated, and may refuse it."""


class Api:
    """The routes of one function.

    `gate` runs before anything is validated and may refuse (integrations verify their signature there);
    `first_answers` keeps what creating routes answered (Idempotency-Key); a hook added by `after` sees
    every successful answer (sessions are renewed there).
    """

    def __init__(
        self,
        name: str,
        gate: Gate | None = None,
        first_answers: FirstAnswers | None = None,
    ) -> None:
        self.name = name
        self.routes: list[Route] = []
        self._log = Log(f"{name}_api")
        self._gate = gate
        self._first_answers = first_answers
        self._after: list[Callable[[Request, Response], None]] = []
        self._groups: dict[str, list[tuple[str, tuple[Any, ...]]]] = {}
        self._loaded: set[str] = set()
        self._by_start: dict[Start, list[tuple[Parts, Route]]] = {}

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
        creates: bool | None = None,
        largest: int = BODY_LIMIT,
        takes: tuple[str, ...] = (),
        gives: tuple[str, ...] = (),
    ) -> Callable[[Handler], Handler]:
        """Declare a route. `scope` says in words whose objects it may touch, for docs and the access test.

        A POST that answers 201 creates, unless `creates` says otherwise.
        """
        if not roles and not public:
            raise ValueError(f"{method} {pattern} names nobody who may call it")

        def add(handler: Handler) -> Handler:
            summary = (handler.__doc__ or handler.__name__).strip().splitlines()[0]
            makes = creates if creates is not None else (method == "POST" and status == 201)
            self._add(
                Route(
                    method,
                    pattern,
                    handler,
                    roles,
                    scope,
                    body,
                    query,
                    answers,
                    status,
                    summary,
                    public,
                    makes,
                    largest,
                    takes,
                    gives,
                )
            )
            return handler

        return add

    def _add(self, route: Route) -> None:
        if any((r.method, r.pattern) == (route.method, route.pattern) for r in self.routes):
            raise ValueError(f"{route.method} {route.pattern} is declared twice")
        self.routes.append(route)
        parts = [_part(segment) for segment in route.pattern.strip("/").split("/")]
        first, second = [None if name else text for name, text in (*parts, ("", ""))[:2]]
        same_start = self._by_start.setdefault((route.method, len(parts), first, second), [])
        same_start.append((parts, route))
        same_start.sort(key=lambda each: [(bool(name), not text) for name, text in each[0]])

    def group(self, root: str, module: str, *given: Any) -> None:
        """Let `module.declare(api)` add the routes whose second segment is `root` when one is asked for.

        `root` is the segment without an action: "customers" stands for /admin/customers, :search and below. A
        module that declares the routes of several roots does so once, for whichever is asked for first.
        A function with many areas imports those that are called and no others. `given` is what its `declare`
        takes beside the API.
        """
        self._groups.setdefault(root, []).append((module, given))

    def load(self, root: str | None = None) -> bool:
        """Add the routes of one group, or of all; return whether any were left to add."""
        roots = list(self._groups) if root is None else [root]
        named = dict(each for name in roots for each in self._groups.pop(name, ()))
        waiting = {module: given for module, given in named.items() if module not in self._loaded}
        for module, given in waiting.items():
            self._loaded.add(module)
            importlib.import_module(module).declare(self, *given)
        return bool(waiting)

    def after(self, hook: Callable[[Request, Response], None]) -> None:
        """Call `hook(request, response)` on each successful answer; it may add headers or cookies."""
        self._after.append(hook)

    def answer(self, event: dict[str, Any], now: datetime) -> Response:
        """Return the API Gateway (payload 2.0) response to `event`, and log one line. Never raises."""
        request_id = str(event.get("requestContext", {}).get("requestId", ""))
        with self._log.invocation():
            correlate(request_id=request_id)
            response = self._answer_or_problem(event, now)
            correlate(status=response["statusCode"])
        headers = response["headers"]
        headers.setdefault("X-Request-Id", request_id)
        headers.setdefault("Cache-Control", "no-store")
        headers.setdefault("X-Content-Type-Options", "nosniff")
        return response

    def _answer_or_problem(self, event: dict[str, Any], now: datetime) -> Response:
        try:
            return self._answer(event, now)
        except Problem as problem:
            correlate(code=problem.code)
            lost = problem.code == "unauthenticated" and is_navigation(event)
            return _to_login(event) if lost else _problem(problem)
        except Exception as error:  # noqa: BLE001  # the edge answers whatever breaks, and logs where
            self._log.exception("request_failed")
            if will_pass(error):
                return _problem(problems.unavailable())
            return _problem(Problem(500, "internal_error", "系统错误，请稍后再试"))

    def _answer(self, event: dict[str, Any], now: datetime) -> Response:
        route, params = self._find(event["requestContext"]["http"]["method"], path_of(event))
        correlate(route=f"{route.method} {route.pattern}")
        caller = Caller.of(event)
        if not route.public:
            _authorise(route, caller, event)
        request = read(event, params, caller, now, route.largest)
        refuse_foreign_pages(request, from_cookie=caller is not None and caller.from_cookie)
        if self._gate:
            self._gate(request, route)
        request = _validated(route, request, event.get("rawQueryString") or "")
        if route.creates and self._first_answers:
            response = answered_once(request, self._first_answers, lambda: _called(route, request))
        else:
            response = _called(route, request)
        for hook in self._after:
            hook(request, response)
        return response

    def _find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        segments = _segments(path)
        if self._groups and len(segments) > 1:
            self.load(segments[1].partition(":")[0])
        found = self._fitting(method, segments)
        if found:
            return found
        methods = {verb for verb, *_ in self._by_start}
        allowed = ", ".join(sorted(verb for verb in methods if self._fitting(verb, segments)))
        if allowed:
            raise Problem(405, "method_not_allowed", "不支持的请求方法", headers={"Allow": allowed})
        raise problems.not_found("没有这个地址")

    def _fitting(self, method: str, segments: list[str]) -> tuple[Route, dict[str, str]] | None:
        """Return the route that fits and its parameters; fixed text goes before a parameter."""
        count = len(segments)
        first, second = segments[0], segments[1] if count > 1 else ""
        for start in ((first, second), (first, None), (None, second), (None, None)):
            for parts, route in self._by_start.get((method, count, *start), ()):
                params = _match(parts, segments)
                if params is not None:
                    return route, params
        return None


def _part(segment: str) -> tuple[str, str]:
    """Return (parameter or "", fixed text) of a pattern's segment: {id}:publish → ("id", ":publish")."""
    if segment.startswith("{"):
        name, _, rest = segment[1:].partition("}")
        return name, rest
    return "", segment


def _segments(path: str) -> list[str]:
    """Return a path's segments, decoded once; text that is not UTF-8 is no address of ours."""
    try:
        segments = [
            unquote(each, errors="strict") if "%" in each else each
            for each in path.removeprefix("/").removesuffix("/").split("/")
        ]
    except UnicodeError:
        raise problems.not_found("没有这个地址") from None
    if not all(each.isprintable() and len(each.encode()) <= LONGEST_PARAMETER for each in segments):
        raise problems.not_found("没有这个地址")
    return segments


def _match(parts: Parts, segments: list[str]) -> dict[str, str] | None:
    """Return the parameters when the segments fit the pattern; a plain parameter holds no colon."""
    params: dict[str, str] = {}
    for (name, text), segment in zip(parts, segments, strict=True):
        if not name:
            if segment != text:
                return None
            continue
        if text and not segment.endswith(text):
            return None
        value = segment.removesuffix(text)
        if not value or ":" in value:
            return None
        params[name] = value
    return params


def _authorise(route: Route, caller: Caller | None, event: dict[str, Any]) -> None:
    if caller is None:
        raise problems.unavailable() if Caller.unknown_for_now(event) else problems.unauthenticated()
    if caller.role not in route.roles:
        raise problems.forbidden()


def _validated(route: Route, request: Request, query_text: str) -> Request:
    if route.query is None and route.body is None:
        return request
    return replace(
        request,
        query=validation.query(route.query, query_text) if route.query else None,
        body=validation.body(route.body, request.raw_body) if route.body else None,
    )


def _called(route: Route, request: Request) -> Response:
    """Return the route's answer; only what its answer model declares leaves the house."""
    result = route.handler(request)
    answer = result if isinstance(result, Answer) else Answer(result, route.status)
    headers = dict(answer.headers)
    if answer.content is not None:
        body = base64.b64encode(answer.content).decode()
    elif answer.text is not None:
        body = answer.text
        headers.setdefault("Content-Type", "text/plain; charset=utf-8")
    elif answer.body is None:
        body = ""
    else:
        body = _json(route, answer.body)
        headers.setdefault("Content-Type", "application/json")
    response: Response = {"statusCode": answer.status, "headers": headers, "body": body}
    if answer.content is not None:
        response["isBase64Encoded"] = True
    if answer.cookies:
        response["cookies"] = list(answer.cookies)
    return response


def _json(route: Route, body: Any) -> str:
    if route.answers and not isinstance(body, route.answers):
        body = route.answers.model_validate(body)
    if isinstance(body, BaseModel):
        return body.model_dump_json()
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _to_login(event: dict[str, Any]) -> Response:
    """Return the way to a session and back, for a person who opened the address, e.g. from a notice."""
    query = event.get("rawQueryString") or ""
    here = path_of(event) + (f"?{query}" if query else "")
    location = f"/auth/login?next={quote(here, safe='')}"
    return {"statusCode": 302, "headers": {"Location": location}, "body": ""}


def _problem(problem: Problem) -> Response:
    return {
        "statusCode": problem.status,
        "headers": {"Content-Type": "application/problem+json", **problem.headers},
        "body": problem.body(),
    }
