"""What an app keeps at WeCom: group-welcome templates, join ways, products, sensitive words, links.

They are stored and checked, and have no effect on people except acquisition links, which customers can use.
Documentation 92366, 92229, 95131, 95097, 97297.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..calls import Call
from ..errors import Refused
from ..registry import endpoint
from .lookups import contact_staff, page_size, paged

if TYPE_CHECKING:
    from ..simulator import Simulator

_PARTS = ("text", "image", "link", "miniprogram", "file", "video")


def documents(sim: Simulator, kind: str) -> dict[str, dict[str, Any]]:
    """Return the stored rows of one kind by id."""
    return sim.world.documents.setdefault(kind, {})


def _add(sim: Simulator, call: Call, kind: str, key: str, fields: dict[str, Any]) -> None:
    documents(sim, kind)[key] = {"agent": call.app.agent, "created_at": call.now, "fields": fields}


def _own(sim: Simulator, call: Call, kind: str, key: str, unknown: int) -> dict[str, Any]:
    row = documents(sim, kind).get(key)
    if row is None or row["agent"] != call.app.agent:
        raise Refused(unknown)
    return row


def _picked(body: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: body[name] for name in names if name in body}


# group-welcome templates


@endpoint("POST", "externalcontact/group_welcome_template/add")
def add_template(sim: Simulator, call: Call) -> dict[str, Any]:
    """Store a template; 100 per corp."""
    parts = _picked(call.body, *_PARTS)
    if not parts:
        raise Refused(40058)
    if len(documents(sim, "template")) >= 100:
        raise Refused(41055)
    key = sim.ids.text("template", "msgSm7CDAAAw", 32)
    _add(sim, call, "template", key, parts)
    return {"template_id": key}


@endpoint("POST", "externalcontact/group_welcome_template/edit")
def edit_template(sim: Simulator, call: Call) -> None:
    """Replace the parts that are given."""
    _own(sim, call, "template", call.body["template_id"], 41058)["fields"] |= _picked(call.body, *_PARTS)


@endpoint("POST", "externalcontact/group_welcome_template/get")
def get_template(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the parts."""
    return dict(_own(sim, call, "template", call.body["template_id"], 40058)["fields"])


@endpoint("POST", "externalcontact/group_welcome_template/del")
def delete_template(sim: Simulator, call: Call) -> None:
    """Delete a template of this app."""
    _own(sim, call, "template", call.body["template_id"], 41058)
    del documents(sim, "template")[call.body["template_id"]]


# group join ways

_JOIN = (
    "scene",
    "remark",
    "auto_create_room",
    "room_base_name",
    "room_base_id",
    "chat_id_list",
    "state",
    "mark_source",
)


def _join_fields(sim: Simulator, call: Call) -> dict[str, Any]:
    if any(chat_id not in sim.world.chats for chat_id in call.body["chat_id_list"]):
        raise Refused(90501)
    fields = {"auto_create_room": 1, "state": ""} | _picked(call.body, *_JOIN)
    return fields | {"remark": str(fields.get("remark", ""))[:30]}


@endpoint("POST", "externalcontact/groupchat/add_join_way")
def add_join_way(sim: Simulator, call: Call) -> dict[str, Any]:
    """Store a code for joining up to five groups."""
    fields = _join_fields(sim, call)
    key = sim.ids.hex32("join-way")
    _add(sim, call, "join_way", key, fields)
    return {"config_id": key}


@endpoint("POST", "externalcontact/groupchat/get_join_way", {"join_way": {}})
def get_join_way(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the code with its picture."""
    key = call.body["config_id"]
    row = _own(sim, call, "join_way", key, 41044)
    picture = f"https://p.qpic.cn/wwhead/{key[:16]}/0"
    return {"join_way": {"config_id": key, "qr_code": picture} | row["fields"]}


@endpoint("POST", "externalcontact/groupchat/update_join_way")
def update_join_way(sim: Simulator, call: Call) -> None:
    """Replace everything."""
    row = _own(sim, call, "join_way", call.body["config_id"], 41044)
    row["fields"] = _join_fields(sim, call)


@endpoint("POST", "externalcontact/groupchat/del_join_way")
def delete_join_way(sim: Simulator, call: Call) -> None:
    """Delete the code."""
    _own(sim, call, "join_way", call.body["config_id"], 41044)
    del documents(sim, "join_way")[call.body["config_id"]]


# product album

_PRODUCT = ("description", "price", "product_sn", "attachments")


@endpoint("POST", "externalcontact/add_product_album")
def add_product(sim: Simulator, call: Call) -> dict[str, Any]:
    """Store a product."""
    key = sim.ids.text("product", "pdSm7CDAAA", 32)
    _add(sim, call, "product", key, _picked(call.body, *_PRODUCT))
    return {"product_id": key}


@endpoint("POST", "externalcontact/get_product_album", {"product": {}})
def get_product(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return one product."""
    key = call.body["product_id"]
    row = _own(sim, call, "product", key, 41075)
    return {"product": {"product_id": key, "create_time": int(row["created_at"])} | row["fields"]}


@endpoint("POST", "externalcontact/get_product_album_list")
def list_products(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the app's products, without their creation time."""
    rows = [(key, row) for key, row in documents(sim, "product").items() if row["agent"] == call.app.agent]
    size = page_size(call.body.get("limit"), 50, 100, 50)
    page, cursor = paged(call, rows, size, lambda row: row[0], call.body.get("cursor"))
    return {"next_cursor": cursor, "product_list": [{"product_id": key} | row["fields"] for key, row in page]}


@endpoint("POST", "externalcontact/update_product_album")
def update_product(sim: Simulator, call: Call) -> None:
    """Change the given fields."""
    _own(sim, call, "product", call.body["product_id"], 41075)["fields"] |= _picked(call.body, *_PRODUCT)


@endpoint("POST", "externalcontact/delete_product_album")
def delete_product(sim: Simulator, call: Call) -> None:
    """Delete a product."""
    _own(sim, call, "product", call.body["product_id"], 41075)
    del documents(sim, "product")[call.body["product_id"]]


# sensitive words

_RULE = ("rule_name", "word_list", "intercept_type", "applicable_range", "semantics_list")


@endpoint("POST", "externalcontact/add_intercept_rule")
def add_rule(sim: Simulator, call: Call) -> dict[str, Any]:
    """Store a rule: 100 per corp, names unique."""
    rows = documents(sim, "rule")
    if len(rows) >= 100:
        raise Refused(41069)
    if any(row["fields"]["rule_name"] == call.body["rule_name"] for row in rows.values()):
        raise Refused(41077)
    key = sim.ids.text("rule", "rlSm7CDAAA", 32)
    _add(sim, call, "rule", key, _picked(call.body, *_RULE))
    return {"rule_id": key}


@endpoint("GET", "externalcontact/get_intercept_rule_list")
def list_rules(sim: Simulator, _: Call) -> dict[str, Any]:
    """Return every rule of the corp."""
    return {
        "rule_list": [
            {"rule_id": key, "rule_name": row["fields"]["rule_name"], "create_time": int(row["created_at"])}
            for key, row in documents(sim, "rule").items()
        ]
    }


@endpoint("POST", "externalcontact/get_intercept_rule", {"rule": {}})
def get_rule(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return one rule, its semantics under `extra_rule`."""
    fields = dict(_own(sim, call, "rule", call.body["rule_id"], 41070)["fields"])
    extra = {"semantics_list": fields.pop("semantics_list", [])}
    return {"rule": {"rule_id": call.body["rule_id"], "extra_rule": extra} | fields}


@endpoint("POST", "externalcontact/update_intercept_rule")
def update_rule(sim: Simulator, call: Call) -> None:
    """Change the given fields."""
    fields = _own(sim, call, "rule", call.body["rule_id"], 41070)["fields"]
    fields |= _picked(call.body, "rule_name", "word_list", "intercept_type")
    fields |= _picked(call.body.get("extra_rule") or {}, "semantics_list")


@endpoint("POST", "externalcontact/del_intercept_rule")
def delete_rule(sim: Simulator, call: Call) -> None:
    """Delete a rule."""
    _own(sim, call, "rule", call.body["rule_id"], 41070)
    del documents(sim, "rule")[call.body["rule_id"]]


# acquisition links

_LINK = ("link_name", "range", "skip_verify", "priority_option", "mark_source")


def _check_range(sim: Simulator, call: Call, wanted: dict[str, Any]) -> None:
    users, departments = wanted.get("user_list") or [], wanted.get("department_list") or []
    for userid in users:
        contact_staff(sim, call, userid)
    if not users and not sim.world.members_of(departments):
        raise Refused(40058)


@endpoint("POST", "externalcontact/customer_acquisition/create_link", {"link": {}})
def create_link(sim: Simulator, call: Call) -> dict[str, Any]:
    """Store a link of this app."""
    _check_range(sim, call, call.body.get("range") or {})
    key = sim.ids.text("link", "ca", 18)
    url = f"https://work.weixin.qq.com/ca/{key}"
    _add(sim, call, "link", key, {"skip_verify": True, "url": url} | _picked(call.body, *_LINK))
    name = call.body["link_name"]
    return {"link": {"link_id": key, "link_name": name, "url": url, "create_time": int(call.now)}}


@endpoint("POST", "externalcontact/customer_acquisition/list_link")
def list_links(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the ids of the app's links."""
    rows = [key for key, row in documents(sim, "link").items() if row["agent"] == call.app.agent]
    size = page_size(call.body.get("limit"), 100, 100, 100)
    page, cursor = paged(call, rows, size, str, call.body.get("cursor"))
    return {"link_id_list": list(page), "next_cursor": cursor}


@endpoint("POST", "externalcontact/customer_acquisition/get", {"link": {}, "range": {}})
def get_link(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return one link; its id is not repeated inside."""
    row = _own(sim, call, "link", call.body["link_id"], 40058)
    fields = row["fields"]
    link = _picked(fields, "link_name", "url", "skip_verify", "mark_source") | {
        "create_time": int(row["created_at"])
    }
    return {"link": link} | _picked(fields, "range", "priority_option")


@endpoint("POST", "externalcontact/customer_acquisition/update_link")
def update_link(sim: Simulator, call: Call) -> None:
    """Change the given fields."""
    row = _own(sim, call, "link", call.body["link_id"], 40058)
    if "range" in call.body:
        _check_range(sim, call, call.body["range"])
    row["fields"] |= _picked(call.body, *_LINK)


@endpoint("POST", "externalcontact/customer_acquisition/delete_link")
def delete_link(sim: Simulator, call: Call) -> None:
    """Delete a link; it is dead at once."""
    _own(sim, call, "link", call.body["link_id"], 40058)
    del documents(sim, "link")[call.body["link_id"]]


@endpoint("POST", "externalcontact/customer_acquisition/customer")
def link_customers(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the customers a link brought."""
    row = _own(sim, call, "link", call.body["link_id"], 40058)
    gained = row.get("customers", [])
    size = page_size(call.body.get("limit"), 1000, 1000, 1000)
    page, cursor = paged(
        call, gained, size, lambda r: f"{r['external_userid']}|{r['userid']}", call.body.get("cursor")
    )
    return {"customer_list": list(page), "next_cursor": cursor}


@endpoint("GET", "externalcontact/customer_acquisition_quota")
def link_quota(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return uses so far and uses left of a package of 1,000."""
    used = sum(len(row.get("customers", [])) for row in documents(sim, "link").values())
    left = max(0, 1_000 - used)
    return {
        "total": used,
        "balance": left,
        "quota_list": [{"expire_date": int(call.now) + 86_400, "balance": left}],
    }
