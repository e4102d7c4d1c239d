"""Acquisition links 获客助手, which customers can follow (documentation 97297)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..calls import Call
from ..errors import Refused
from ..registry import endpoint
from .documents import add_document, documents, own_document, picked
from .lookups import contact_staff, page_size, paged

if TYPE_CHECKING:
    from ..simulator import Simulator

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
    add_document(sim, call, "link", key, {"skip_verify": True, "url": url} | picked(call.body, *_LINK))
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
    row = own_document(sim, call, "link", call.body["link_id"], 40058)
    fields = row["fields"]
    link = picked(fields, "link_name", "url", "skip_verify", "mark_source") | {
        "create_time": int(row["created_at"])
    }
    return {"link": link} | picked(fields, "range", "priority_option")


@endpoint("POST", "externalcontact/customer_acquisition/update_link")
def update_link(sim: Simulator, call: Call) -> None:
    """Change the given fields."""
    row = own_document(sim, call, "link", call.body["link_id"], 40058)
    if "range" in call.body:
        _check_range(sim, call, call.body["range"])
    row["fields"] |= picked(call.body, *_LINK)


@endpoint("POST", "externalcontact/customer_acquisition/delete_link")
def delete_link(sim: Simulator, call: Call) -> None:
    """Delete a link; it is dead at once."""
    own_document(sim, call, "link", call.body["link_id"], 40058)
    del documents(sim, "link")[call.body["link_id"]]


@endpoint("POST", "externalcontact/customer_acquisition/customer")
def link_customers(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the customers a link brought."""
    row = own_document(sim, call, "link", call.body["link_id"], 40058)
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
