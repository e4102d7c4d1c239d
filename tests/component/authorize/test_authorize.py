"""Who calls, as the authorizer tells the APIs."""

from datetime import datetime, timedelta

import pytest

from scrm.http.caller import Caller
from tests.component.conftest import START, app_of, http_event_of
from tests.component.http_world import logged_in

BEGAN = datetime.fromisoformat(START)


def authorized(**headers: str):
    answer = app_of("authorize").handler(http_event_of("GET", "/sidebar/jssdk", headers=headers), None)
    assert answer["isAuthorized"] is True
    return answer["context"]


def caller(context):
    return Caller.of({"requestContext": {"authorizer": {"lambda": context}}})


@pytest.mark.parametrize("carry", ["authorization", "cookie", "cookies"])
def test_a_session_makes_a_caller_with_role_scope_and_departments(corp, carry):
    token = logged_in(corp, "LiuYang").token
    event = http_event_of("GET", "/sidebar/jssdk")
    if carry == "cookies":
        event["cookies"] = ["a=b", f"scrm_session={token}"]
    elif carry == "cookie":
        event["headers"]["cookie"] = f"a=b; scrm_session={token}"
    else:
        event["headers"]["authorization"] = f"Bearer {token}"

    context = app_of("authorize").handler(event, None)["context"]

    assert all(isinstance(value, str) for value in context.values())
    assert caller(context) == Caller(
        "LiuYang", "staff", "own", (3, 4), (3,), from_cookie=carry != "authorization"
    )


def test_an_older_session_asks_for_renewal(corp, at):
    token = logged_in(corp, "lisi").token
    at((BEGAN + timedelta(minutes=31)).isoformat())

    assert caller(authorized(authorization=f"Bearer {token}")).renew


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer x"}, {"cookie": "scrm_session=x"}])
def test_without_a_session_the_context_is_empty(corp, headers):
    assert authorized(**headers) == {}


def test_a_forged_session_costs_no_read(corp, monkeypatch):
    from pynamodb.connection.base import Connection

    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Connection, "dispatch", refuse)

    assert authorized(authorization="Bearer WyJzMSIsImxpc2kiLDEsMV0.xyz") == {}


def test_a_request_reads_the_session_and_the_member(corp, monkeypatch):
    from pynamodb.connection.base import Connection

    token = logged_in(corp, "lisi").token
    authorized(authorization=f"Bearer {token}")
    sent: list[str] = []
    dispatch = Connection.dispatch
    monkeypatch.setattr(
        Connection,
        "dispatch",
        lambda self, name, args: sent.append(args["TableName"]) or dispatch(self, name, args),
    )

    authorized(authorization=f"Bearer {token}")

    assert sent == ["VolatileTable", "ScrmTable"]


def test_a_changed_role_counts_from_the_next_request_on(corp):
    from scrm.staff.dynamodb import StaffRow

    token = logged_in(corp, "lisi").token
    before = authorized(authorization=f"Bearer {token}")
    StaffRow("STAFF", "STAFF#lisi").update(actions=[StaffRow.role.set("auditor")])

    assert (before["role"], authorized(authorization=f"Bearer {token}")["role"]) == ("staff", "auditor")


def test_when_we_cannot_tell_nobody_is_logged_out(corp, monkeypatch):
    from scrm.sessions import dynamodb

    token = logged_in(corp, "lisi").token

    def down(*_: object) -> bool:
        raise TimeoutError

    monkeypatch.setattr(dynamodb, "is_open", down)
    context = authorized(authorization=f"Bearer {token}")
    event = http_event_of("GET", "/workbench/today")
    event["requestContext"]["authorizer"] = {"lambda": context}

    assert app_of("workbench_api").handler(event, None)["statusCode"] == 503


def test_another_members_row_does_not_open_a_session(corp, tables):
    token = logged_in(corp, "lisi").token
    (row,) = [row for row in tables.typed("VolatileTable") if row["key"]["S"].startswith("SESSION#")]
    tables.client.put_item(TableName="VolatileTable", Item={**row, "userid": {"S": "admin"}})

    assert authorized(authorization=f"Bearer {token}") == {}
