"""Customers and their relations to staff, as WeCom knows them. WeCom documents 92571, 96314 to 96316.

A relation that the member deleted is simply missing from an answer: deletions are learnt from callbacks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from scrm.wecom.checks import at_most, in_characters
from scrm.wecom.client import WeCom
from scrm.wecom.errors import NotFriend

PAGE = 100
_MOST_PAGES = 100


@dataclass(frozen=True)
class Customer:
    """An external contact. `kind`: 1 a WeChat user, 2 a WeCom user of another corp. Absent values are ""."""

    external_userid: str
    name: str = field(repr=False)
    kind: int
    avatar: str = field(repr=False)
    gender: int
    unionid: str = field(repr=False)
    position: str = field(repr=False)
    corp_name: str = field(repr=False)
    corp_full_name: str = field(repr=False)


@dataclass(frozen=True)
class RelationTag:
    """A tag on a relation. `kind`: 1 corp, 2 personal (no id), 3 rule group; 0 where only ids are told."""

    id: str
    name: str
    group: str
    kind: int


@dataclass(frozen=True)
class Relation:
    """What one member has with one customer. `added_at` in unix seconds.

    `started_by` is the userid of who added the customer, or the customer's own id.
    """

    userid: str
    remark: str = field(repr=False)
    description: str = field(repr=False)
    company: str = field(repr=False)
    phones: tuple[str, ...] = field(repr=False)
    added_at: int
    add_way: int
    started_by: str
    state: str
    tags: tuple[RelationTag, ...]


@dataclass(frozen=True)
class CustomerDetail:
    """A customer with the relations to all members the app can see."""

    customer: Customer
    relations: tuple[Relation, ...]


@dataclass(frozen=True)
class CustomerPage:
    """One page of (customer, relation) rows; a customer occurs once for each member. No cursor at the end."""

    rows: tuple[tuple[Customer, Relation], ...]
    next_cursor: str | None


def staff_with_customers(wecom: WeCom) -> tuple[str, ...]:
    """Return the userids that have the customer-contact feature and are visible. Raises NoPermission."""
    answer = wecom.call("GET", "/cgi-bin/externalcontact/get_follow_user_list", idempotent=True)
    return tuple(str(each) for each in answer.get("follow_user", []))


def customer_ids(wecom: WeCom, userid: str) -> tuple[str, ...]:
    """Return all customers of one member, none when they have none."""
    try:
        answer = wecom.call(
            "GET", "/cgi-bin/externalcontact/list", params={"userid": userid}, idempotent=True
        )
    except NotFriend:
        return ()  # WeCom's way of saying that this member has no customer at all
    return tuple(str(each) for each in answer.get("external_userid", []))


def customer(wecom: WeCom, external_userid: str) -> CustomerDetail:
    """Return a customer with every visible relation; one call, one more per 500 relations.

    Raises UnknownCustomer, NotFriend (nobody visible is related), OutOfRange.
    """
    params: dict[str, str | int] = {"external_userid": external_userid}
    first: Customer | None = None
    relations: list[Relation] = []
    for _ in range(_MOST_PAGES):
        answer = wecom.call("GET", "/cgi-bin/externalcontact/get", params=params, idempotent=True)
        first = first or _customer(answer.get("external_contact", {}), external_userid)
        relations += [_relation(row) for row in answer.get("follow_user", [])]
        if not (cursor := answer.get("next_cursor")):
            break
        params = {**params, "cursor": str(cursor)}
    return CustomerDetail(first or _customer({}, external_userid), tuple(relations))


def customer_page(
    wecom: WeCom, userids: Sequence[str], cursor: str | None = None, limit: int = PAGE
) -> CustomerPage:
    """Return one page of the customers of up to 100 members. Raises CursorExpired: start again.

    Members without any customer give no rows. Tags come as ids alone.
    """
    at_most("userid_list", userids, 100)
    body = {"userid_list": list(userids), "cursor": cursor or "", "limit": min(limit, PAGE)}
    try:
        answer = wecom.call("POST", "/cgi-bin/externalcontact/batch/get_by_user", json=body, idempotent=True)
    except NotFriend:
        return CustomerPage((), None)
    rows = answer.get("external_contact_list", [])
    found = tuple(
        (_customer(r.get("external_contact", {}), ""), _relation(r.get("follow_info", {}))) for r in rows
    )
    return CustomerPage(found, answer.get("next_cursor") or None)


def set_remark(
    wecom: WeCom,
    userid: str,
    external_userid: str,
    *,
    remark: str | None = None,
    description: str | None = None,
    company: str | None = None,
    phones: Sequence[str] | None = None,
) -> None:
    """Set what the member notes about the customer; None leaves a value alone, [] clears the phones.

    Safe to repeat. Causes no callback, so the caller records it. Raises NotFriend, BreaksLimit.
    """
    body: dict[str, Any] = {"userid": userid, "external_userid": external_userid}
    if remark is not None:
        body["remark"] = in_characters("备注", remark, 20)
    if description is not None:
        body["description"] = in_characters("描述", description, 150)
    if company is not None:
        body["remark_company"] = in_characters("备注企业", company, 20)
    if phones is not None:
        body["remark_mobiles"] = list(phones) or [""]
    if len(body) == 2:
        return
    wecom.call("POST", "/cgi-bin/externalcontact/remark", json=body, idempotent=True)


def _customer(row: dict[str, Any], external_userid: str) -> Customer:
    return Customer(
        external_userid=str(row.get("external_userid") or external_userid),
        name=str(row.get("name") or ""),
        kind=int(row.get("type") or 0),
        avatar=str(row.get("avatar") or ""),
        gender=int(row.get("gender") or 0),
        unionid=str(row.get("unionid") or ""),
        position=str(row.get("position") or ""),
        corp_name=str(row.get("corp_name") or ""),
        corp_full_name=str(row.get("corp_full_name") or ""),
    )


def _relation(row: dict[str, Any]) -> Relation:
    return Relation(
        userid=str(row.get("userid") or ""),
        remark=str(row.get("remark") or ""),
        description=str(row.get("description") or ""),
        company=str(row.get("remark_corp_name") or ""),
        phones=tuple(str(each) for each in row.get("remark_mobiles") or () if each),
        added_at=int(row.get("createtime") or 0),
        add_way=int(row.get("add_way") or 0),
        started_by=str(row.get("oper_userid") or ""),
        state=str(row.get("state") or ""),
        tags=tuple(_tags(row)),
    )


def _tags(row: dict[str, Any]) -> list[RelationTag]:
    named = [
        RelationTag(
            id=str(tag.get("tag_id") or ""),
            name=str(tag.get("tag_name") or ""),
            group=str(tag.get("group_name") or ""),
            kind=int(tag.get("type") or 0),
        )
        for tag in row.get("tags") or ()
    ]
    return named or [RelationTag(str(each), "", "", 0) for each in row.get("tag_id") or ()]
