"""Bad input never breaks anything: no route answers 500, and every refusal is a problem (S5, S7, S14)."""

import json
from dataclasses import replace
from typing import Any

import pytest

from scrm.http.caller import Caller
from tests.access.world import FUNCTIONS, World, path_of
from tests.component.conftest import app_of, http_event_of
from tests.component.http_world import Answered

ADMIN = Caller("admin", "operations_admin", "all", (1,), (1,))
PEER = Caller("lisi", "staff", "own", (2,))

BODIES: dict[str, bytes | str | None] = {
    "nothing": None,
    "empty": "",
    "no json": "{",
    "null": "null",
    "list": "[]",
    "text": '"x"',
    "number": "1e999",
    "NaN": '{"version": NaN}',
    "deep list": "[" * 50_000,
    "deep object": '{"a":' * 50_000,
    "nested": '{"custom_fields": ' + '{"a":' * 100 + "1" + "}" * 101,
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "lone surrogate": '{"name": "\\ud800"}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "many keys": json.dumps({f"k{number}": number for number in range(5000)}),
    "prototype": '{"__proto__": {"a": 1}, "constructor": 1}',
    "too large": "x" * (1024 * 1024 + 1),
}
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    10**30,
    1.5,
    "",
    "x" * 5000,
    "\x00",
    "a\r\nb",
    "‮",
    "😀" * 200,
    [],
    [None],
    [[]] * 10,
    {},
    {"": ""},
    {"x" * 300: 1},
    "../../x",
    "<script>",
    "=1+1",
)
# Any object is one that a foreign system may send; only its mapping says what it means.
TAKES_ANYTHING = {"POST /integrations/feeds/{feed}"}
QUERIES = (
    "limit=0",
    "limit=-1",
    "limit=99999999999999999999999",
    "limit=1e3",
    "limit=",
    "cursor=",
    "cursor=%00",
    "cursor=%ff",
    "cursor=W10",
    "cursor=eyJhIjoxfQ",
    "cursor=" + "A" * 3000,
    "url=%00",
    "url=javascript:1",
    "owner=%00",
    "owner=" + "%E5%BC%A0" * 60,
    "from=x&to=y",
    "next=//evil",
    "code=%00&state=%00",
    "&&&===",
    "a[]=1&a[]=2",
    "%",
    "status=%F0%9F%98%80",
)
PARAMETERS = (
    "%00",
    "%ff",
    "..%2f..",
    "a%2Fb",
    "%E5%BC%A0" * 80,
    "x" * 256,
    "x" * 257,
    "a b",
    "'",
    '"',
    "*",
    "#",
    "😀",
)


def routes() -> list[Any]:
    from scrm.http.openapi import apis

    return [route for api in apis() for route in api.routes]


ROUTES = {f"{route.method} {route.pattern}": route for route in routes()}


@pytest.fixture
def world(corp, queues, monkeypatch) -> World:
    from scrm.integrations import routes as integrations

    # The signature is another test's matter; here what lies behind it is tried.
    monkeypatch.setattr(integrations.api, "_gate", lambda *_: None)
    return World(corp)


def caller_for(name: str) -> Caller:
    """Return somebody whom the route lets in: an administrator where it may be one."""
    roles = ROUTES[name].roles
    return ADMIN if not roles or ADMIN.role in roles else replace(ADMIN, role=min(roles))


def send(method: str, path: str, body: Any, query: str = "", caller: Caller = ADMIN) -> Answered:
    event = http_event_of(method, path, body, caller=caller, headers={"x-scrm-key": "k"})
    event["rawQueryString"] = query
    return Answered(app_of(FUNCTIONS.get(path.split("/")[1], "public_api")).handler(event, None))


def is_civil(answered: Answered, what: Any) -> None:
    assert answered.status < 500, (what, answered.status, answered.text)
    if answered.status >= 400:
        assert answered.headers["content-type"] == "application/problem+json", what
        assert {"type", "title", "status", "detail", "code"} <= set(answered.json), what
        assert answered.json["status"] == answered.status
        assert (answered.status == 422) == ("errors" in answered.json), what
        assert "Traceback" not in answered.text


def is_civil_unless_wecom_is_asked(answered: Answered, what: Any) -> None:
    """WeCom may be unavailable to a login (503); nothing of ours may fail."""
    if answered.status != 503:
        is_civil(answered, what)


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route.body])
def test_bodies_that_are_no_request(world, name):
    route = ROUTES[name]
    path = path_of(route.pattern, "nothing")

    for what, body in BODIES.items():
        answered = send(route.method, path, body, caller=caller_for(name))
        is_civil(answered, what)
        if what not in {"nothing", "empty", "byte order mark"}:
            expected = {413} if what == "too large" else {422, 404} if name in TAKES_ANYTHING else {422}
            assert answered.status in expected, (what, answered.status, answered.text)


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route.body])
def test_fields_of_every_wrong_kind(world, name):
    route = ROUTES[name]
    path = path_of(route.pattern, "nothing")

    for field in route.body.model_fields:
        for value in VALUES:
            is_civil_unless_wecom_is_asked(send(route.method, path, {field: value}), (field, value))


@pytest.mark.parametrize("name", ROUTES)
def test_queries_and_addresses_of_every_wrong_kind(world, name):
    route = ROUTES[name]

    for query in QUERIES:
        is_civil_unless_wecom_is_asked(
            send(route.method, path_of(route.pattern, "nothing"), {}, query), query
        )
    if "{" in route.pattern:
        for value in PARAMETERS:
            start, _, rest = route.pattern.partition("{")
            path = f"{start}{value}{rest.partition('}')[2]}"
            for caller in (ADMIN, PEER):
                is_civil(send(route.method, path, {}, caller=caller), (value, caller.userid))


@pytest.mark.parametrize("name", [name for name, route in ROUTES.items() if route.query])
def test_a_query_field_that_no_route_knows_is_refused(world, name):
    route = ROUTES[name]

    answered = send(route.method, path_of(route.pattern, "nothing"), {}, "surprise=1")

    assert (answered.status, answered.json["errors"][-1]["field"]) == (422, "surprise")
