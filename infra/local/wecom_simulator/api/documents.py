"""What an app keeps at WeCom: group-welcome templates, join ways, products, sensitive words.

They are stored and checked, and have no effect on people. Documentation 92366, 92229, 95131, 95097.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..calls import Call
from ..errors import Refused
from ..registry import endpoint
from .attachments import PRODUCT, check_media
from .lookups import page_size, paged

if TYPE_CHECKING:
    from ..simulator import Simulator

_PARTS = ("text", "image", "link", "miniprogram", "file", "video")


def documents(sim: Simulator, kind: str) -> dict[str, dict[str, Any]]:
    """Return the stored rows of one kind by id."""
    return sim.world.documents.setdefault(kind, {})


def add_document(sim: Simulator, call: Call, kind: str, key: str, fields: dict[str, Any]) -> None:
    """Keep a document of the calling app."""
    documents(sim, kind)[key] = {"agent": call.app.agent, "created_at": call.now, "fields": fields}


def own_document(sim: Simulator, call: Call, kind: str, key: str, unknown: int) -> dict[str, Any]:
    """Return a document of the calling app; raises Refused(unknown)."""
    row = documents(sim, kind).get(key)
    if row is None or row["agent"] != call.app.agent:
        raise Refused(unknown)
    return row


def picked(body: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return the named fields that are there."""
    return {name: body[name] for name in names if name in body}


# group-welcome templates


@endpoint("POST", "externalcontact/group_welcome_template/add")
def add_template(sim: Simulator, call: Call) -> dict[str, Any]:
    """Store a template; 100 per corp."""
    parts = picked(call.body, *_PARTS)
    if not parts:
        raise Refused(40058)
    if len(documents(sim, "template")) >= 100:
        raise Refused(41055)
    key = sim.ids.text("template", "msgSm7CDAAAw", 32)
    add_document(sim, call, "template", key, parts)
    return {"template_id": key}


@endpoint("POST", "externalcontact/group_welcome_template/edit")
def edit_template(sim: Simulator, call: Call) -> None:
    """Replace the parts that are given."""
    own_document(sim, call, "template", call.body["template_id"], 41058)["fields"] |= picked(
        call.body, *_PARTS
    )


@endpoint("POST", "externalcontact/group_welcome_template/get")
def get_template(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the parts."""
    return dict(own_document(sim, call, "template", call.body["template_id"], 40058)["fields"])


@endpoint("POST", "externalcontact/group_welcome_template/del")
def delete_template(sim: Simulator, call: Call) -> None:
    """Delete a template of this app."""
    own_document(sim, call, "template", call.body["template_id"], 41058)
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
    fields = {"auto_create_room": 1, "state": ""} | picked(call.body, *_JOIN)
    return fields | {"remark": str(fields.get("remark", ""))[:30]}


@endpoint("POST", "externalcontact/groupchat/add_join_way")
def add_join_way(sim: Simulator, call: Call) -> dict[str, Any]:
    """Store a code for joining up to five groups."""
    fields = _join_fields(sim, call)
    key = sim.ids.hex32("join-way")
    add_document(sim, call, "join_way", key, fields)
    return {"config_id": key}


@endpoint("POST", "externalcontact/groupchat/get_join_way", {"join_way": {}})
def get_join_way(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the code with its picture."""
    key = call.body["config_id"]
    row = own_document(sim, call, "join_way", key, 41044)
    picture = f"https://p.qpic.cn/wwhead/{key[:16]}/0"
    return {"join_way": {"config_id": key, "qr_code": picture} | row["fields"]}


@endpoint("POST", "externalcontact/groupchat/update_join_way")
def update_join_way(sim: Simulator, call: Call) -> None:
    """Replace everything."""
    row = own_document(sim, call, "join_way", call.body["config_id"], 41044)
    row["fields"] = _join_fields(sim, call)


@endpoint("POST", "externalcontact/groupchat/del_join_way")
def delete_join_way(sim: Simulator, call: Call) -> None:
    """Delete the code."""
    own_document(sim, call, "join_way", call.body["config_id"], 41044)
    del documents(sim, "join_way")[call.body["config_id"]]


# product album

_PRODUCT = ("description", "price", "product_sn", "attachments")
_MOST_FEN = 5_000_000


@endpoint("POST", "externalcontact/add_product_album")
def add_product(sim: Simulator, call: Call) -> dict[str, Any]:
    """Store a product of the calling app."""
    if not call.body["attachments"]:
        raise Refused(41088)
    _check_product(sim, call)
    key = sim.ids.text("product", "pdSm7CDAAA", 32)
    add_document(sim, call, "product", key, picked(call.body, *_PRODUCT))
    return {"product_id": key}


def _check_product(sim: Simulator, call: Call) -> None:
    """Raise Refused for what the sheet does not allow, of the fields that are given."""
    body = call.body
    if "description" in body and not 1 <= len(body["description"]) <= 300:
        raise Refused(41087)
    if "price" in body and not 0 <= body["price"] <= _MOST_FEN:
        raise Refused(41086)
    sn = body.get("product_sn", "")
    if not (sn.isascii() and (sn.isalnum() or not sn)):
        raise Refused(41085)
    for attachment in body.get("attachments", ()):
        if attachment.get("type") != "image" or not isinstance(attachment.get("image"), dict):
            raise Refused(41065)
        check_media(sim, call, attachment["image"].get("media_id"), "image", PRODUCT)


def _own_product(sim: Simulator, call: Call) -> dict[str, Any]:
    key = call.body["product_id"]
    if key in documents(sim, "product_gone"):
        raise Refused(41074)
    return own_document(sim, call, "product", key, 41075)


@endpoint("POST", "externalcontact/get_product_album", {"product": {}})
def get_product(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return one product."""
    key = call.body["product_id"]
    row = _own_product(sim, call)
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
    row = _own_product(sim, call)
    if call.body.get("attachments") == []:
        raise Refused(41088)
    _check_product(sim, call)
    row["fields"] |= picked(call.body, *_PRODUCT)


@endpoint("POST", "externalcontact/delete_product_album")
def delete_product(sim: Simulator, call: Call) -> None:
    """Delete a product."""
    _own_product(sim, call)
    gone = documents(sim, "product").pop(call.body["product_id"])
    documents(sim, "product_gone")[call.body["product_id"]] = gone


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
    add_document(sim, call, "rule", key, picked(call.body, *_RULE))
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
    fields = dict(own_document(sim, call, "rule", call.body["rule_id"], 41070)["fields"])
    extra = {"semantics_list": fields.pop("semantics_list", [])}
    return {"rule": {"rule_id": call.body["rule_id"], "extra_rule": extra} | fields}


@endpoint("POST", "externalcontact/update_intercept_rule")
def update_rule(sim: Simulator, call: Call) -> None:
    """Change the given fields."""
    fields = own_document(sim, call, "rule", call.body["rule_id"], 41070)["fields"]
    fields |= picked(call.body, "rule_name", "word_list", "intercept_type")
    fields |= picked(call.body.get("extra_rule") or {}, "semantics_list")


@endpoint("POST", "externalcontact/del_intercept_rule")
def delete_rule(sim: Simulator, call: Call) -> None:
    """Delete a rule."""
    own_document(sim, call, "rule", call.body["rule_id"], 41070)
    del documents(sim, "rule")[call.body["rule_id"]]
