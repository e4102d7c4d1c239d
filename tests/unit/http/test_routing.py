"""The one entry of every API: what it finds, whom it refuses, what it answers."""

import base64
import json
import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
from pydantic import Field

from scrm.http.caller import Caller
from scrm.http.fields import In, Out, PageQuery
from scrm.http.request import BODY_LIMIT, Answer, Request
from scrm.http.routing import ANY_STAFF, ANYONE, Api, Route

NOW = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)
ADMINS = frozenset({"operations_admin"})


class ThingIn(In):
    name: Annotated[str, Field(min_length=1, max_length=10)]
    count: Annotated[int, Field(ge=0, le=100)] = 0
    price: float = 0
    tags: Annotated[list[str], Field(max_length=3, default_factory=list)]
    extra: Annotated[dict[str, Any], Field(default_factory=dict)]


class ThingOut(Out):
    name: str
    count: int = 0


def things() -> Api:
    api = Api("things")

    @api.route("GET", "/things", roles=ANY_STAFF, scope="all", query=PageQuery)
    def list_things(request: Request) -> dict[str, Any]:
        """List."""
        return {"limit": request.query.limit, "cursor": request.query.cursor}

    @api.route("POST", "/things", roles=ADMINS, scope="all", body=ThingIn, answers=ThingOut, status=201)
    def create_thing(request: Request) -> dict[str, Any]:
        """Create."""
        return {"name": request.body.name, "count": request.body.count, "secret": "hidden"}

    @api.route("GET", "/things/newest", roles=ANY_STAFF, scope="all")
    def newest(request: Request) -> dict[str, str]:
        """Newest."""
        return {"thing": "newest"}

    @api.route("GET", "/things/{thing_id}", roles=ANY_STAFF, scope="all")
    def get_thing(request: Request) -> dict[str, str]:
        """Get."""
        return dict(request.params)

    @api.route("POST", "/things/{thing_id}:publish", roles=ANY_STAFF, scope="all")
    def publish(request: Request) -> dict[str, str]:
        """Publish."""
        return {"published": request.params["thing_id"]}

    @api.route("GET", "/broken", roles=ANY_STAFF, scope="all")
    def broken(request: Request) -> None:
        """Break."""
        raise KeyError("a secret value")

    @api.route("GET", "/open", roles=ANYONE, scope="none", public=True)
    def hello(request: Request) -> Answer:
        """Say hello, showing the cookies."""
        return Answer(body=request.cookies, cookies=("a=b; Path=/",))

    return api


API = things()
ADMIN = Caller("ann", "operations_admin", "all")
STAFF = Caller("bob", "staff", "own")


def event(
    method: str, path: str, body: Any = None, caller: Caller | None = ADMIN, **more: Any
) -> dict[str, Any]:
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    context: dict[str, Any] = {"http": {"method": method, "path": path}, "requestId": "r-1"}
    if caller:
        context["authorizer"] = {"lambda": caller.context()}
    return {"rawPath": path, "requestContext": context, "headers": {}, "body": text, **more}


def call(method: str, path: str, body: Any = None, caller: Caller | None = ADMIN, **more: Any) -> Any:
    answer = API.answer(event(method, path, body, caller, **more), NOW)
    if answer["body"]:
        answer["json"] = json.loads(answer["body"])
    return answer


def wrong_fields(answer: Any) -> dict[str, str]:
    assert answer["statusCode"] == 422, answer
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    return {each["field"]: each["message"] for each in answer["json"]["errors"]}


# ------------------------------------------------------------------ finding


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/things/t1", {"thing_id": "t1"}),
        ("/things/t1/", {"thing_id": "t1"}),
        ("/things/%E5%BC%A0", {"thing_id": "张"}),
        ("/things/a%20b", {"thing_id": "a b"}),
        ("/things/newest", {"thing": "newest"}),
    ],
)
def test_a_path_gives_its_parameters_decoded_once(path, params):
    assert call("GET", path)["json"] == params


def test_a_parameter_fits_every_key_whatever_its_characters():
    assert call("GET", "/things/" + "张" * 85)["statusCode"] == 200
    assert call("GET", "/things/" + "张" * 86)["statusCode"] == 404
    assert call("GET", "/things/\ud800")["statusCode"] == 404


@pytest.mark.parametrize("path", ["/things/t1:publish", "/things/t1%3Apublish"])
def test_an_action_stands_behind_a_colon(path):
    assert call("POST", path)["json"] == {"published": "t1"}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nothing",
        "/things/t1/more",
        "/things//",
        "/things/:publish",
        "/things/a:b",
        "/things/a%3Ab",
        "/things/%ff",
        "/things/%00",
        "/things/a%0d%0ab",
        "/things/\ud800",
        "/things/" + "x" * 257,
        "/things/%ED%A0%80",
    ],
)
def test_what_is_no_address_of_ours_is_not_found(path):
    answer = call("GET", path)

    assert (answer["statusCode"], answer["json"]["code"]) == (404, "not_found")


def test_a_known_path_with_another_method_names_the_methods_it_has():
    answer = call("DELETE", "/things")

    assert (answer["statusCode"], answer["json"]["code"]) == (405, "method_not_allowed")
    assert answer["headers"]["Allow"] == "GET, POST"


def test_a_route_declared_twice_or_for_nobody_is_a_mistake():
    api = things()
    with pytest.raises(ValueError, match="twice"):
        api.route("GET", "/open", roles=ANYONE, scope="none", public=True)(lambda _: None)
    with pytest.raises(ValueError, match="nobody"):
        api.route("GET", "/new", roles=ANYONE, scope="none")


# ------------------------------------------------------------------ who


def test_without_a_session_everything_but_the_open_is_refused():
    answer = call("GET", "/things", caller=None)

    assert (answer["statusCode"], answer["json"]["code"]) == (401, "unauthenticated")
    assert answer["headers"]["WWW-Authenticate"] == "Bearer"
    assert call("GET", "/open", caller=None)["statusCode"] == 200


def test_a_person_who_opens_an_address_without_a_session_is_led_to_one_and_back():
    browser = {"accept": "text/html,application/xhtml+xml"}

    answer = call("GET", "/things/a%20b", caller=None, headers=browser, rawQueryString="tab=1")

    assert answer["statusCode"] == 302
    assert answer["headers"]["Location"] == "/auth/login?next=%2Fthings%2Fa%2520b%3Ftab%3D1"
    assert call("POST", "/things", {}, caller=None, headers=browser)["statusCode"] == 401
    assert call("GET", "/things/a", caller=None, headers={"sec-fetch-mode": "cors"})["statusCode"] == 401


def test_a_role_that_is_not_named_is_refused_before_its_body_is_read():
    answer = call("POST", "/things", "{not json", caller=STAFF)

    assert (answer["statusCode"], answer["json"]["code"]) == (403, "forbidden")


def test_an_authorizer_that_could_not_tell_is_not_taken_for_a_missing_session():
    asked = event("GET", "/things", caller=None)
    asked["requestContext"]["authorizer"] = {"lambda": {"unavailable": "1"}}

    assert API.answer(asked, NOW)["statusCode"] == 503


@pytest.mark.parametrize("context", [None, {}, {"userid": ""}, {"userid": "ann", "role": "root"}])
def test_an_authorizer_context_that_names_nobody_is_nobody(context):
    asked = event("GET", "/things", caller=None)
    asked["requestContext"]["authorizer"] = {"lambda": context}

    assert API.answer(asked, NOW)["statusCode"] == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://scrm.example.evil.example"}, 403),
        ({"Origin": "https://scrm.example"}, 201),
        ({"Origin": "https://public.example"}, 201),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
    ],
)
def test_a_change_with_a_cookie_session_comes_from_our_own_page(headers, status, monkeypatch):
    monkeypatch.setenv("PUBLIC_URL", "https://public.example")
    browser = Caller("ann", "operations_admin", "all", from_cookie=True)

    answer = call("POST", "/things", {"name": "n"}, browser, headers={"Host": "scrm.example", **headers})

    assert answer["statusCode"] == status


def test_reading_with_a_cookie_session_needs_no_origin():
    browser = Caller("ann", "operations_admin", "all", from_cookie=True)

    assert call("GET", "/things", caller=browser)["statusCode"] == 200


# ------------------------------------------------------------------ what


def test_only_what_the_answer_model_declares_leaves_the_house():
    answer = call("POST", "/things", {"name": "n"})

    assert (answer["statusCode"], answer["json"]) == (201, {"name": "n", "count": 0})


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name": "必填"}),
        ({"name": ""}, {"name": "至少 1 个字符"}),
        ({"name": "n" * 11}, {"name": "最多 10 个字符"}),
        ({"name": "n", "count": "many"}, {"count": "应为整数"}),
        ({"name": "n", "count": 101}, {"count": "不能大于 100"}),
        ({"name": "n", "count": 10**400}, {"count": "不能大于 100"}),
        ({"name": "n", "tags": ["a"] * 4}, {"tags": "最多 3 项"}),
        ({"name": "n", "tags": [1]}, {"tags.0": "应为文本"}),
        ({"name": "n", "surprise": 1}, {"surprise": "不支持的字段"}),
        ({"name": 5, "count": 1.5}, {"name": "应为文本", "count": "应为整数"}),
        ([], {"body": "应为 JSON 对象"}),
        ("", {"name": "必填"}),
        ("{", {"body": "不是有效的 JSON"}),
        ('{"name": "n", "price": NaN}', {"price": "应为有限的数字"}),
        ('{"name": "n", "price": 1e999}', {"price": "应为有限的数字"}),
        ('{"name": "\\ud800"}', {"body": "不是有效的 JSON"}),
        ('{"name": "n", "extra": {"\\udc00": 1}}', {"body": "不是有效的 JSON"}),
        ('{"name": "n", "count": ' + "9" * 5000 + "}", None),
        ('{"name": "n", "extra": ' + '{"a":' * 5000 + "1" + "}" * 5001, {"body": "不是有效的 JSON"}),
        ("[" * 100_000, {"body": "不是有效的 JSON"}),
        ('{"name": "n"}\x00', {"body": "不是有效的 JSON"}),
        ('{"name": "\ud800"}', {"body": "无法解码"}),
    ],
)
def test_a_wrong_body_is_answered_field_by_field(body, fields):
    found = wrong_fields(call("POST", "/things", body))

    assert fields is None or found == fields


def test_a_wrong_value_is_never_repeated_in_the_answer():
    answer = call("POST", "/things", {"name": "13800008000" * 3, "count": "13800008000"})

    assert "13800008000" not in answer["body"]


def test_a_body_in_base64_is_read():
    body = base64.b64encode('{"name": "张"}'.encode()).decode()

    assert call("POST", "/things", body, isBase64Encoded=True)["json"]["name"] == "张"


@pytest.mark.parametrize("body", ["###", "e30", "é", base64.b64encode(b'{"name": "\xff\xfe"}').decode()])
def test_a_body_that_does_not_decode_is_named(body):
    assert list(wrong_fields(call("POST", "/things", body, isBase64Encoded=True))) == ["body"]


@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize(
    ("size", "status"), [(BODY_LIMIT, 422), (BODY_LIMIT + 1, 413), (BODY_LIMIT * 2, 413)]
)
def test_a_body_over_the_limit_is_refused(size, status, encoded):
    body = "x" * size
    text = base64.b64encode(body.encode()).decode() if encoded else body

    assert call("POST", "/things", text, isBase64Encoded=encoded)["statusCode"] == status


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("surprise=1", "surprise"),
        ("cursor=%ff", "query"),
        ("cursor=\ud800", "query"),
        ("&".join(f"a{n}=1" for n in range(60)), "query"),
    ],
)
def test_a_wrong_query_is_answered_field_by_field(query, field):
    assert list(wrong_fields(call("GET", "/things", rawQueryString=query))) == [field]


def test_a_query_is_decoded():
    answer = call("GET", "/things", rawQueryString="limit=100&cursor=a%2Bb")

    assert answer["json"] == {"limit": 100, "cursor": "a+b"}


@pytest.mark.parametrize(
    "more",
    [
        {"headers": {"cookie": "x=1; y=a=b"}},
        {"cookies": ["x=1", "y=a=b"]},
        {"headers": {"Cookie": "y=a=b"}, "cookies": ["x=1"]},
    ],
)
def test_cookies_are_read_from_both_places(more):
    answer = call("GET", "/open", **more)

    assert answer["json"] == {"x": "1", "y": "a=b"}
    assert answer["cookies"] == ["a=b; Path=/"]


def test_what_breaks_is_answered_without_a_trace():
    answer = call("GET", "/broken")

    assert (answer["statusCode"], answer["json"]["code"]) == (500, "internal_error")
    assert "secret value" not in answer["body"]


def test_every_answer_names_its_request_and_is_not_stored():
    for answer in (call("GET", "/things"), call("GET", "/nothing"), call("GET", "/broken")):
        assert answer["headers"]["X-Request-Id"] == "r-1"
        assert answer["headers"]["Cache-Control"] == "no-store"
        assert answer["headers"]["X-Content-Type-Options"] == "nosniff"


def test_a_hook_sees_successful_answers_only():
    api = things()
    api.after(lambda _, response: response["headers"].update(Seen="yes"))

    assert api.answer(event("GET", "/things"), NOW)["headers"]["Seen"] == "yes"
    assert "Seen" not in api.answer(event("GET", "/nothing"), NOW)["headers"]


def test_a_gate_is_asked_before_anything_is_validated():
    def refuse(request: Request, route: Route) -> None:
        raise PermissionError

    api = Api("gated", gate=refuse)
    api.route("POST", "/things", roles=ANYONE, scope="none", body=ThingIn, public=True)(lambda _: None)

    assert api.answer(event("POST", "/things", "{", None), NOW)["statusCode"] == 500


class Area:
    """A module of routes, as the registry of modules has it."""

    def __init__(self) -> None:
        self.declared = 0

    def declare(self, api: Api) -> None:
        self.declared += 1

        @api.route("POST", "/things/boxes:search", roles=ANY_STAFF, scope="all")
        def search(request: Request) -> dict[str, str]:
            """Search."""
            return {"found": "boxes"}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/things/boxes:search", 200), ("/things/boxes/b1", 404), ("/things/boxes:other", 404)],
)
def test_an_area_is_declared_when_one_of_its_routes_is_first_called(path, status, monkeypatch):
    area = Area()
    monkeypatch.setitem(sys.modules, "boxes_routes", area)
    api = things()
    api.group("boxes", "boxes_routes")

    api.answer(event("GET", "/things/t1"), NOW)
    before = area.declared
    answers = [api.answer(event("POST", path), NOW)["statusCode"] for _ in range(2)]

    assert (before, area.declared) == (0, 1)
    assert answers == [status] * 2
