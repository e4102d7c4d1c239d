"""A corp to measure in, and the scenarios whose units and calls are counted."""

from __future__ import annotations

from typing import Any

from tests.doubles.bundle import Bundle, http_event

STATE = "ch_benchmark00000000001"
WELCOME = "您好，欢迎添加我们，我是您的专属顾问 {staff}。"


def with_staff(bundle: Bundle) -> None:
    """Put the simulated corp's departments and staff into the table, as the hourly sync does."""
    from scrm.staff.dynamodb import DepartmentRow, StaffRow
    from scrm.staff.model import Department, Member

    for each in bundle.wecom.world.departments.values():
        DepartmentRow.of(Department(each.id, each.name, each.parentid)).save()
    for staff in bundle.wecom.world.employed():
        scope: Any = "all" if staff.userid == "admin" else "own"
        role: Any = "operations_admin" if staff.userid == "admin" else "staff"
        member = Member(
            staff.userid,
            staff.name,
            role=role,
            data_scope=scope,
            departments=tuple(staff.department),
            can_contact=staff.customer_contact,
        )
        StaffRow.of(member).save()


def with_channel(bundle: Bundle, *, tagged: bool = True, members: tuple[str, ...] = ("zhangsan",)) -> str:
    """Return the state of an active channel with a welcome, and with one tag where wished."""
    from scrm.channel_codes.dynamodb import put
    from scrm.channel_codes.model import Channel, RosterEntry, Welcome
    from scrm.wecom.deployed import wecom

    with_staff(bundle)
    tags = (with_tag(bundle),) if tagged else ()
    answer = wecom().call(
        "POST",
        "/cgi-bin/externalcontact/add_contact_way",
        json={"type": 2, "scene": 2, "state": STATE, "user": list(members), "skip_verify": True},
        idempotent=False,
    )
    put(
        Channel(
            STATE,
            "展会",
            "offline_exhibition",
            staff=tuple(RosterEntry(each) for each in members),
            tags=tags,
            welcome=Welcome(WELCOME),
            status="active",
            config_id=str(answer["config_id"]),
            on_code=members,
            created_at="2026-03-01T00:00:00Z",
            updated_at="2026-03-01T00:00:00Z",
        )
    )
    return STATE


def with_tag(bundle: Bundle, name: str = "展会", group: str = "来源") -> str:
    """Return the id of a corp tag that exists at WeCom and in the table."""
    from scrm.tags.dynamodb import put_group, put_tags
    from scrm.tags.model import Tag, TagGroup
    from wecom_simulator.acts import tag_created

    made = tag_created(bundle.wecom, group_name=group, names=[name])
    tag_id, group_id = str(made["tags"][name]), str(made["group_id"])
    put_group(TagGroup(group_id, group))
    put_tags([Tag(tag_id, name, group_id)])
    bundle.callbacks()  # the tag is known already
    return tag_id


def warmed(bundle: Bundle, state: str) -> None:
    """Take in one customer, so that tokens, secrets and the directory are in memory."""
    bundle.wecom.people.scan(userid="zhangsan", state=state)
    bundle.arrive()
    bundle.settle()
    bundle.callbacks()


def get(bundle: Bundle, function: str, path: str, userid: str, query: str = "") -> dict[str, Any]:
    """Return the answer of an HTTP function to a GET of a member with a session."""
    from scrm.http.caller import Caller
    from scrm.staff.dynamodb import member

    known = member(userid)
    if known is None:
        raise LookupError(userid)
    caller = Caller(known.userid, known.role, known.data_scope, known.departments, known.leads)
    event = http_event("GET", f"{path}?{query}" if query else path, "", {"accept": "application/json"})
    event["requestContext"]["authorizer"] = {"lambda": caller.context()}
    answer: dict[str, Any] = bundle.invoke(function, event)
    return answer
