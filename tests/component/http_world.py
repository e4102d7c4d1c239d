"""What tests of the HTTP functions share: a corp with its staff, WeCom simulated, and browsers that call."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from scrm.http.caller import Caller
from tests.component import laying
from tests.component.conftest import AGENT_ID, CORP_ID, SECRET, app_of, http_event_of
from wecom_simulator.simulator import Simulator
from wecom_simulator.transport import SimulatorTransport

SESSION_KEYS = ["newest-session-key", "older-session-key"]
ROLES_OF = {
    "admin": ("operations_admin", "all"),
    "zhangsan": ("team_lead", "team"),
    "zhengshi": ("finance", "all"),
}


@pytest.fixture
def wecom(
    tables: Any, parameters: Callable[[str, str], None], at: Callable[[str], datetime]
) -> Iterator[Simulator]:
    """WeCom, simulated in process on the test's clock; every client of this test reaches it."""
    from scrm import clock
    from scrm.wecom.deployed import reach_through

    simulator = Simulator(
        clock=lambda: clock.now().timestamp(), corp_id=CORP_ID, agent_id=int(AGENT_ID), secret=SECRET
    )
    parameters("session/keys", json.dumps(SESSION_KEYS))
    parameters("h5/keys", json.dumps(["key-of-the-pages"]))
    reach_through(SimulatorTransport(simulator))
    yield simulator
    reach_through(None)


@pytest.fixture
def corp(wecom: Simulator) -> Simulator:
    """The simulated corp, with its departments and staff in our table."""
    from scrm.staff.dynamodb import DepartmentRow, StaffRow
    from scrm.staff.model import Department, Member

    for each in wecom.world.departments.values():
        laying.rows(DepartmentRow.of(Department(each.id, each.name, each.parentid)))
    for staff in wecom.world.employed():
        role, scope = ROLES_OF.get(staff.userid, ("staff", "own"))
        leads = tuple(
            department
            for department, leading in zip(staff.department, staff.is_leader_in_dept, strict=True)
            if leading
        )
        member = Member(
            staff.userid,
            staff.name,
            role=role,  # type: ignore[arg-type]  # one of ROLES_OF
            data_scope=scope,  # type: ignore[arg-type]  # one of ROLES_OF
            departments=tuple(staff.department),
            leads=leads,
            can_contact=staff.customer_contact,
        )
        laying.rows(StaffRow.of(member))
    return wecom


def change_member(userid: str, **changes: Any) -> None:
    """Change a member's row, as an administrator or the organisation's sync does."""
    from dataclasses import replace

    from scrm.staff import dynamodb as staff

    member = staff.member(userid)
    assert member is not None
    staff.StaffRow.of(replace(member, **changes)).save()


def code_of(simulator: Simulator, userid: str) -> str:
    """Return a fresh OAuth code of a member."""
    return str(simulator.people.login(userid=userid)["code"])


class Answered:
    """An answer as its caller sees it."""

    def __init__(self, response: dict[str, Any]) -> None:
        self.status: int = response["statusCode"]
        self.headers: dict[str, str] = {name.lower(): value for name, value in response["headers"].items()}
        self.cookies: list[str] = response.get("cookies", [])
        self.text: str = response["body"]

    @property
    def json(self) -> Any:
        """The body as data."""
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """The problem's code."""
        return str(self.json["code"])


class Browser:
    """Sends requests through authorizer and function, as API Gateway does, and keeps cookies."""

    def __init__(self, token: str | None = None) -> None:
        self.token = token
        self.cookies: dict[str, str] = {}

    def send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answered:
        """Send one request; `path` may carry a query."""
        parts = urlsplit(path)
        sent = {**(headers or {})}
        if self.token:
            sent.setdefault("authorization", f"Bearer {self.token}")
        if self.cookies:
            sent.setdefault("cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        event = http_event_of(method, parts.path, body, headers=sent)
        event["rawQueryString"] = parts.query
        root = parts.path.split("/")[1]
        if root in {"sidebar", "workbench", "admin"}:
            context = app_of("authorize").handler(event, None)["context"]
            event["requestContext"]["authorizer"] = {"lambda": context}
        own = {"sidebar", "workbench", "admin", "integrations", "h5"}
        name = f"{root}_api" if root in own else "public_api"
        answered = Answered(app_of(name).handler(event, None))
        for cookie in answered.cookies:
            name, _, rest = cookie.partition("=")
            value = rest.split(";")[0]
            self.cookies.pop(name, None)
            if value:
                self.cookies[name] = value
        return answered


def logged_in(simulator: Simulator, userid: str) -> Browser:
    """Return a caller with a bearer session of a member."""
    answered = Browser().send("POST", "/auth/session", {"code": code_of(simulator, userid)})
    assert answered.status == 200, answered.text
    return Browser(answered.json["token"])


def caller_of(userid: str) -> Caller:
    """Return the caller that the authorizer makes of a member."""
    from scrm.staff import dynamodb as staff

    member = staff.member(userid)
    assert member is not None
    return Caller(member.userid, member.role, member.data_scope, member.departments, member.leads)


def befriended(
    simulator: Simulator, userid: str, name: str = "小雨", *, external_userid: str = "", **fields: Any
) -> str:
    """Make a customer the member's friend at WeCom and in our table, with cards; return the external_userid.

    `fields` are those of our relation, e.g. `remark`; facts default to one add, now.
    """
    from scrm import clock
    from scrm.cards.posting import post_anew
    from scrm.cards.refreshing import Refresher
    from scrm.customers.dynamodb import Customers
    from scrm.customers.model import Contact, Customer, Relation, customer_id_of
    from scrm.customers.relation import Fact

    added = simulator.people.scan(userid=userid, name=name, external_userid=external_userid, welcome=False)
    there, now, rows = str(added["external_userid"]), clock.now(), Customers()
    customer_id = customer_id_of(CORP_ID, there)
    known = simulator.world.customers[there]
    if rows.contact(there, consistent=True) is None:
        rows.save_contact(Contact(there, customer_id, name=known.name, avatar=known.avatar), now)
        rows.save_customer(Customer(customer_id, external_userids=(there,)), now)
    at_wecom = simulator.people.relation(userid, there)
    stated = {
        "facts": (Fact("add", int(now.timestamp()), f"add-{userid}-{there}"),),
        "add_way": at_wecom.add_way,
        "name": known.name,
        "remark": at_wecom.remark,
        **fields,
    }
    at_wecom.remark = stated["remark"]
    rows.save_relation(Relation(there, at_wecom.userid, **stated), now)
    Refresher().refresh(customer_id, now)
    post_anew(customer_id)
    return there


def calls_of(simulator: Simulator, path: str) -> list[dict[str, Any]]:
    """Return the bodies of the calls that WeCom received at one path, oldest first."""
    return [row["body"] for row in simulator.calls.listed(path)]


def corp_tag(simulator: Simulator, name: str, group_name: str = "意向") -> str:
    """Make a corp tag at WeCom and in our table; return its id."""
    from scrm.tags.dynamodb import put_group, put_tags
    from scrm.tags.model import Tag, TagGroup
    from wecom_simulator.acts import tag_created

    made = tag_created(simulator, group_name=group_name, names=[name])
    tag_id, group_id = str(made["tags"][name]), str(made["group_id"])
    put_group(TagGroup(group_id, group_name))
    put_tags([Tag(tag_id, name, group_id)])
    return tag_id
