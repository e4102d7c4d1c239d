"""Customers and what members note about them (documentation 92571, 92113, 92114, 92994, 92115, 99434)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..calls import Call
from ..errors import Refused
from ..model import Customer, Relation
from ..registry import endpoint
from ..world import fold
from .lookups import customer_of, page_size, paged, relation_of, staff_of

if TYPE_CHECKING:
    from ..simulator import Simulator

FOLLOWERS_A_PAGE = 500


def customer_row(sim: Simulator, customer: Customer) -> dict[str, Any]:
    """Return `external_contact`."""
    row: dict[str, Any] = {
        "external_userid": customer.external_userid,
        "name": customer.name,
        "type": customer.type,
        "avatar": customer.avatar,
        "gender": customer.gender,
    }
    if customer.type == 1:
        if sim.settings.unionid_bound and customer.unionid:
            row["unionid"] = customer.unionid
        return row
    return row | {
        "position": customer.position,
        "corp_name": customer.corp_name,
        "corp_full_name": customer.corp_full_name,
        "external_profile": {"external_attr": []},
    }


def _note_row(relation: Relation) -> dict[str, Any]:
    row: dict[str, Any] = {
        "userid": relation.userid,
        "remark": relation.remark,
        "description": relation.description,
        "createtime": relation.createtime,
        "remark_corp_name": relation.remark_corp_name,
        "remark_mobiles": relation.remark_mobiles,
        "add_way": relation.add_way,
        "oper_userid": relation.oper_userid,
    }
    if relation.state:
        row["state"] = relation.state
    return row


def follow_row(sim: Simulator, relation: Relation) -> dict[str, Any]:
    """Return one row of `follow_user`, personal tags included."""
    world = sim.world
    tags: list[dict[str, Any]] = []
    for tag_id in relation.tags:
        tag = world.tags[tag_id]
        group = world.tag_groups[tag.group_id]
        tags.append({"group_name": group.group_name, "tag_name": tag.name, "tag_id": tag.id, "type": 1})
    tags += [{"group_name": "", "tag_name": name, "type": 2} for name in relation.personal_tags]
    return _note_row(relation) | {"tags": tags}


@endpoint("GET", "externalcontact/get_follow_user_list")
def list_followers(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the visible members that have customer contact."""
    world = sim.world
    rows = [row.userid for row in world.employed() if row.customer_contact and world.visible(call.app, row)]
    return {"follow_user": rows}


@endpoint("GET", "externalcontact/list")
def list_customers(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return all customers of one member; 84061 when there is none."""
    staff = staff_of(sim, call, call.query["userid"])
    rows = sim.world.customers_of(staff.userid)
    if not rows:
        raise Refused(84061)
    return {"external_userid": [row.external_userid for row in rows]}


@endpoint("GET", "externalcontact/get", {"external_contact": {}, "follow_user": []})
def get_customer(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return a customer and the visible members that have them, 500 a page."""
    world = sim.world
    customer = customer_of(sim, call.query["external_userid"])
    followers = world.followers_of(customer.external_userid)
    if not followers:
        raise Refused(84061)
    visible = [row for row in followers if world.visible(call.app, world.staff[fold(row.userid)])]
    if not visible:
        raise Refused(60011)
    page, cursor = paged(call, visible, FOLLOWERS_A_PAGE, lambda row: row.userid, call.query.get("cursor"))
    answer: dict[str, Any] = {
        "external_contact": customer_row(sim, customer),
        "follow_user": [follow_row(sim, row) for row in page],
    }
    if cursor:
        answer["next_cursor"] = cursor
    return answer


@endpoint("POST", "externalcontact/batch/get_by_user")
def batch_get(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return one row per member and customer; 84061 when none of the members has any."""
    world = sim.world
    members = [staff_of(sim, call, userid) for userid in call.body["userid_list"]]
    rows = [row for staff in members for row in world.customers_of(staff.userid)]
    if not rows:
        raise Refused(84061)
    size = page_size(call.body.get("limit"), 50, 100, 100)
    page, cursor = paged(call, rows, size, lambda row: str(row.seq), call.body.get("cursor"))
    listed = [
        {
            "external_contact": customer_row(sim, world.customers[row.external_userid]),
            "follow_info": _note_row(row) | {"tag_id": list(row.tags)},
        }
        for row in page
    ]
    return {"external_contact_list": listed, "next_cursor": cursor}


_REMARK_FIELDS = ("remark", "description", "remark_company", "remark_mobiles", "remark_pic_mediaid")


@endpoint("POST", "externalcontact/remark")
def remark(sim: Simulator, call: Call) -> None:
    """Change the member's notes; no callback follows. `[""]` and `""` both clear the phone numbers."""
    body = call.body
    if not any(name in body for name in _REMARK_FIELDS):
        raise Refused(40058)
    relation = relation_of(sim, call, body["userid"], body["external_userid"])
    picture = body.get("remark_pic_mediaid")
    if picture and picture not in sim.world.media:
        raise Refused(40007)
    relation.remark = body.get("remark", relation.remark)
    relation.description = body.get("description", relation.description)
    if "remark_company" in body and sim.world.customers[relation.external_userid].type == 1:
        relation.remark_corp_name = body["remark_company"]
    if "remark_mobiles" in body:
        relation.remark_mobiles = [number for number in body["remark_mobiles"] or [] if number]


@endpoint("POST", "externalcontact/contact_list")
def contact_list(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return everybody served; here that is every visible relation."""
    world = sim.world
    rows = [
        row
        for staff in world.employed()
        if world.visible(call.app, staff)
        for row in world.customers_of(staff.userid)
    ]
    size = page_size(call.body.get("limit"), 1000, 1000, 1000)
    page, cursor = paged(call, rows, size, lambda row: str(row.seq), call.body.get("cursor"))
    listed = [
        {
            "is_customer": True,
            "tmp_openid": f"Tmp{row.seq}",
            "external_userid": row.external_userid,
            "follow_userid": row.userid,
            "add_time": row.createtime,
        }
        for row in page
    ]
    return {"info_list": listed, "next_cursor": cursor}


@endpoint("POST", "externalcontact/convert_to_openid")
def convert_to_openid(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return a WeChat customer's openid; 41056 for another corp's WeCom user."""
    customer = customer_of(sim, call.body["external_userid"])
    if customer.type != 1:
        raise Refused(41056)
    return {"openid": customer.openid}
