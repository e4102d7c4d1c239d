"""The API's description says what the routes do, and is the one that is served."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, RootModel

from scrm.http import openapi
from scrm.http.caller import ROLES
from scrm.http.routing import Api

# Customers' pages and everybody's entry ask for no session; h5 links prove themselves by their own token.
OF_A_FORM = {"SentIn"}
OPEN_TO_ALL = {"public", "h5"}
TABLES = openapi.apis()
DESCRIPTION = openapi.described(TABLES)
ROUTES = [(api, route) for api in TABLES for route in api.routes]
OPERATIONS = [
    (path, method, operation)
    for path, item in DESCRIPTION["paths"].items()
    for method, operation in item.items()
]


def test_the_file_that_is_served_is_what_the_routes_say():
    fresh = openapi.text(DESCRIPTION)

    assert openapi.DESCRIPTION.read_text(encoding="utf-8") == fresh, "run: python -m scrm.http.openapi"


def test_every_route_is_described():
    described = {(method.upper(), path) for path, method, _ in OPERATIONS}

    assert {(route.method, route.pattern) for _, route in ROUTES} <= described
    # WeCom's callbacks stand in no route table.
    assert len(described) == len(ROUTES) + 2


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_an_operation_is_complete(path, method, operation):
    assert operation["operationId"]
    assert operation["summary"].endswith((".", "。"))
    assert "default" in operation["responses"]
    assert re.findall(r"{([a-z_]+)}", path) == [
        each["name"] for each in operation["parameters"] if each["in"] == "path"
    ]
    assert (method in {"post", "put", "patch"}) or "requestBody" not in operation


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_a_success_says_what_is_answered_where_something_is(path, method, operation):
    if path not in {"/openapi.json", "/{file}", "/wecom/callbacks/{receiver}"}:
        done = operation["responses"].get("200")
        assert done is None or done["content"], "name `answers`, or what type of file the route `gives`"


def test_a_file_and_an_address_elsewhere_are_described_as_they_are_answered():
    paths = DESCRIPTION["paths"]

    assert list(paths["/admin/scripts:export"]["get"]["responses"]["200"]["content"]) == ["text/csv"]
    pictures = paths["/h5/files/{file_id}/{signature}"]["get"]["responses"]["200"]["content"]
    assert set(pictures) == {"image/jpeg", "image/png"}
    assert "Location" in paths["/h5/r/{token}"]["get"]["responses"]["302"]["headers"]


def test_operations_have_names_of_their_own():
    names = [operation["operationId"] for _, _, operation in OPERATIONS]

    assert len(names) == len(set(names))


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for each in node.values():
            yield from references(each)
    elif isinstance(node, list):
        for each in node:
            yield from references(each)


def test_every_reference_leads_to_a_schema():
    for reference in references(DESCRIPTION):
        assert reference.rpartition("/")[2] in DESCRIPTION["components"]["schemas"], reference


def test_who_may_call_is_told():
    for api, route in ROUTES:
        operation = DESCRIPTION["paths"][route.pattern][route.method.lower()]
        expected = {"bearer", "cookie"} if route.roles else {"key", "timestamp", "signature"}
        told = {name for each in operation["security"] for name in each}
        assert told == (set() if api.name in OPEN_TO_ALL else expected), route.pattern


def refuses_the_rest(model: type[BaseModel]) -> bool:
    """Whether unknown fields are refused; a map's keys are judged by their own type, a form's by the form."""
    of_its_own = issubclass(model, RootModel) or model.__name__ in OF_A_FORM
    return of_its_own or model.model_config.get("extra") == "forbid"


def test_every_route_with_a_body_or_an_answer_has_a_model_that_refuses_or_drops_the_rest():
    for _, route in ROUTES:
        for model in (route.body, route.query):
            assert model is None or refuses_the_rest(model), model
        assert route.answers is None or route.answers.model_config.get("extra") == "ignore", route.answers


def test_the_description_is_the_same_whenever_it_is_made():
    again = openapi.text(openapi.described(TABLES))

    assert again == openapi.text(json.loads(json.dumps(DESCRIPTION)))


def test_it_is_a_valid_description():
    schemathesis = pytest.importorskip("schemathesis")

    loaded = schemathesis.openapi.from_dict(DESCRIPTION)

    assert len(list(loaded.get_all_operations())) == len(OPERATIONS)


def test_a_route_names_roles_that_exist():
    for _, route in ROUTES:
        assert route.roles <= ROLES


def test_an_api_of_another_name_can_be_described_too():
    api = Api("other")
    api.route("GET", "/other", roles=ROLES, scope="own")(lambda _: None)

    assert "/other" in openapi.described([api])["paths"]
