"""Every route × role × ownership: what is allowed works, what is forbidden shows nothing (S4, ADM-01, 02)."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml

from scrm.http.caller import ROLES, Caller
from tests.access.world import World, as_actors, path_of

MATRIX: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "matrix.yaml").read_text(encoding="utf-8"))
ROUTES: dict[str, dict[str, Any]] = MATRIX["routes"]
STAFF_ROUTES = {name: row for name, row in ROUTES.items() if "roles" in row}
OBJECT_ROUTES = {name: row for name, row in STAFF_ROUTES.items() if "object" in row}
KINDS = {
    "customer": World.customers,
    "contract": World.contracts,
    "handover": World.handovers,
    "order": World.orders,
    "task": World.tasks,
    "visit": World.visits,
    "step": World.steps,
    "call": World.calls,
    "notice": World.notices,
    "list": World.lists,
    "feed": World.feeds,
    "job": World.jobs,
    "export": World.exports,
    "query": World.queries,
    "recipient": World.recipients,
    "send": World.sends,
    "shelf": World.shelves,
    "lead": World.leads,
    "pool": World.pools,
    "claim": World.claims,
    "bar": World.bars,
    "plan": World.plans,
    "leaver": World.leavers,
    "attachment": World.attachments,
    "group": World.groups,
}


def declared() -> dict[str, Any]:
    from scrm.http.openapi import apis

    return {f"{route.method} {route.pattern}": route for api in apis() for route in api.routes}


def roles_of(row: dict[str, Any]) -> set[str]:
    return set(MATRIX["roles"][row["roles"]])


@pytest.fixture
def world(corp, queues) -> World:
    return World(corp)


def test_every_route_has_a_line_and_every_line_a_route():
    assert set(declared()) == set(ROUTES)


def test_every_route_allows_the_roles_of_its_line():
    for name, route in declared().items():
        row = ROUTES[name]
        assert route.roles == (roles_of(row) if "roles" in row else set()), name
        assert route.public == ("roles" not in row), name


def test_every_route_that_names_an_object_says_whose():
    for name, row in STAFF_ROUTES.items():
        assert ("{" in name) <= ("object" in row), name


def test_the_matrix_is_complete():
    assert set(MATRIX["roles"]["any"]) == ROLES
    for kind, table in MATRIX["objects"].items():
        rows = {name: cells for name, cells in table.items() if name != "columns"}
        assert set(rows) == ({"nobody", "by_role"} if kind == "corp" else set(MATRIX["actors"])), kind
        assert all(len(cells) == len(table["columns"]) for cells in rows.values()), kind


def split(name: str) -> tuple[str, str]:
    method, _, pattern = name.partition(" ")
    return method, pattern


def shows_nothing(answered: Any, world: World) -> None:
    """A refusal is a problem that holds nothing of the object."""
    assert answered.headers["content-type"] == "application/problem+json"
    assert not any(secret in answered.text for secret in world.secrets), answered.text


@pytest.mark.parametrize("name", STAFF_ROUTES)
def test_a_role_that_is_not_named_is_refused_and_a_named_one_is_not(world, tables, name):
    row, (method, pattern) = STAFF_ROUTES[name], split(name)
    path = path_of(pattern, "nothing")

    nobody = world.send(method, path, world.filled(row.get("body")), None, row.get("query", ""))
    assert (nobody.status, nobody.code) == (401, "unauthenticated")
    for role in sorted(ROLES - roles_of(row)):
        body, before = world.filled(row.get("body")), tables.held()
        caller = Caller("admin", role, "all", (1, 2), (1, 2))  # type: ignore[arg-type]  # one of ROLES
        answered = world.send(method, path, body, caller, row.get("query", ""))
        assert (answered.status, answered.code) == (403, "forbidden"), role
        assert tables.held() == before, role
    if "object" in row:
        return
    for role in sorted(roles_of(row)):
        caller = Caller("admin", role, "all", (1, 2), (1, 2))  # type: ignore[arg-type]  # one of ROLES
        answered = world.send(method, path, world.filled(row.get("body")), caller, row.get("query", ""))
        assert answered.status < 300, (role, answered.status, answered.text)


@pytest.mark.parametrize("name", [name for name, row in OBJECT_ROUTES.items() if row["object"] != "corp"])
def test_whose_objects_are_reached(world, tables, name):
    row, (method, pattern) = OBJECT_ROUTES[name], split(name)
    table = MATRIX["objects"][row["object"]]
    objects = KINDS[row["object"].split("_")[0]](world)

    for userid, caller in as_actors(MATRIX["actors"]):
        for column, expected in zip(table["columns"], table[userid], strict=True):
            path, query = path_of(pattern, row.get("item", objects[column])), row.get("query", "")
            if "{" not in pattern and not query:
                query = f"owner={objects[column]}"
            query = query.replace("<object>", quote(objects[column]))
            body, before = world.filled(row.get("body"), objects[column]), tables.held()
            answered = world.send(method, path, body, caller, query)
            cell = (userid, column, answered.status, answered.text)
            if expected == "ok":
                assert answered.status < 300, cell
                continue
            assert answered.status == expected, cell
            shows_nothing(answered, world)
            assert tables.held() == before, cell


@pytest.mark.parametrize("name", [name for name, row in OBJECT_ROUTES.items() if row["object"] == "corp"])
def test_what_the_corp_owns_is_reached_by_role_alone(world, tables, name):
    row, (method, pattern) = OBJECT_ROUTES[name], split(name)
    cells = dict(zip(MATRIX["objects"]["corp"]["columns"], MATRIX["objects"]["corp"]["by_role"], strict=True))

    for role in sorted(ROLES):
        caller = Caller("admin", role, "all", (1, 2), (1, 2))  # type: ignore[arg-type]  # one of ROLES
        for column, value in (("existing", ""), ("unknown", "nothing"), ("malformed", "%20..")):
            path = path_of(pattern, value or world.existing(pattern))
            body, before = world.filled(row.get("body")), tables.held()
            answered = world.send(method, path, body, caller)
            cell = (role, column, answered.status, answered.text)
            if role not in roles_of(row):
                assert answered.status == 403, cell
                assert tables.held() == before, cell
            elif cells[column] == "ok":
                assert answered.status < 300, cell
            else:
                assert answered.status == cells[column], cell


@pytest.mark.parametrize("name", [name for name, row in ROUTES.items() if row.get("signed")])
def test_a_session_opens_nothing_that_is_signed(world, name):
    method, pattern = split(name)
    path = path_of(pattern, "sc_nothing")

    for caller in (None, Caller("admin", "operations_admin", "all")):
        answered = world.send(method, path, {}, caller)
        assert (answered.status, answered.code) == (401, "invalid_signature")


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        ("own", {"wangwus"}),
        ("team", {"wangwus"}),
        ("department", {"lisis", "wangwus", "deleted"}),
        ("all", {"lisis", "wangwus", "chenmeis", "handed_over", "deleted"}),
    ],
)
def test_a_data_scope_never_shows_what_lies_outside(world, scope, seen):
    """wangwu belongs to department 2 and leads nothing; detail and list agree for every scope (ADM-02)."""
    from tests.component.http_world import caller_of, change_member

    change_member("wangwu", data_scope=scope)
    caller, objects = caller_of("wangwu"), world.customers()
    there = {name: value for name, value in objects.items() if name not in {"unknown", "malformed"}}

    details = {
        name
        for name, value in there.items()
        if world.send("GET", f"/sidebar/customers/{value}", None, caller).status == 200
    }
    listed = "".join(
        world.send("GET", "/workbench/customers", None, caller, f"owner={owner}").text
        for owner in ("lisi", "wangwu", "ChenMei")
    )

    assert details == seen
    assert {name for name, value in there.items() if value in listed} - {"handed_over"} == seen - {
        "handed_over"
    }
