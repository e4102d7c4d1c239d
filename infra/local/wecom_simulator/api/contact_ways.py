"""Contact ways 联系我, the channel codes of the product (documentation 92228)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..calls import Call
from ..errors import Refused
from ..model import ContactWay
from ..registry import endpoint
from .lookups import contact_staff, page_size, paged

if TYPE_CHECKING:
    from ..simulator import Simulator

QUOTA = 500_000
MEMBERS = 100
_DAY = 86_400

_EDITABLE = (
    "remark",
    "skip_verify",
    "style",
    "state",
    "user",
    "party",
    "expires_in",
    "chat_expires_in",
    "unionid",
    "mark_source",
    "conclusions",
)


@endpoint("POST", "externalcontact/add_contact_way")
def add_contact_way(sim: Simulator, call: Call) -> dict[str, Any]:
    """Create a code; the answer has a picture URL for QR codes only."""
    body = call.body
    if body["type"] not in (1, 2):
        raise Refused(41039)
    if body["scene"] not in (1, 2):
        raise Refused(41040)
    if sum(not row.is_temp for row in sim.world.contact_ways.values()) >= QUOTA:
        raise Refused(41045)
    config_id = sim.ids.hex32("contact-way")
    picture = _picture(sim, config_id) if body["scene"] == 2 else ""
    row = ContactWay(config_id, call.app.agent, body["type"], body["scene"], picture, call.now)
    row.is_temp = body.get("is_temp", False)
    if row.is_temp:
        row.expires_in, row.chat_expires_in = 7 * _DAY, _DAY
    _apply(sim, call, row)
    sim.world.contact_ways[config_id] = row
    return {"config_id": config_id} | ({"qr_code": picture} if picture else {})


def _picture(sim: Simulator, config_id: str) -> str:
    if sim.settings.public_url:
        return f"{sim.settings.public_url}/qr/{config_id}.svg"
    return f"https://wework.qpic.cn/wwpic3az/{config_id[:16]}/0"


def _apply(sim: Simulator, call: Call, row: ContactWay) -> None:
    """Take the body's fields over after checking who the code leads to."""
    body = call.body
    users, party = body.get("user", row.user), body.get("party", row.party)
    most = 3 if row.type == 1 else 2
    if row.scene == 1 and not 1 <= body.get("style", row.style) <= most:
        raise Refused(41042)
    if row.type == 1 and (len(users) != 1 or party):
        raise Refused(41041 if len(users) > 1 else 40058)
    userids = [contact_staff(sim, call, userid).userid for userid in users]
    for department in party:
        if department not in sim.world.departments:
            raise Refused(60003)
    expanded = {staff.userid for staff in sim.world.members_of(party)} | set(userids)
    if not expanded:
        raise Refused(40058)
    if len(expanded) > MEMBERS:
        raise Refused(41041)
    for name in _EDITABLE:
        if name in body:
            setattr(row, name, body[name])
    row.user = userids


def _own(sim: Simulator, call: Call) -> ContactWay:
    row = sim.world.contact_ways.get(call.body["config_id"])
    if row is None or row.agent != call.app.agent:
        raise Refused(41044)
    return row


@endpoint("POST", "externalcontact/get_contact_way", {"contact_way": {}})
def get_contact_way(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return one code in full."""
    row = _own(sim, call)
    hidden = ("agent", "created_at", "scans")
    answer = {name: value for name, value in vars(row).items() if name not in hidden}
    if not row.is_temp:
        for name in ("expires_in", "chat_expires_in", "unionid", "conclusions"):
            del answer[name]
    return {"contact_way": answer}


@endpoint("POST", "externalcontact/list_contact_way")
def list_contact_ways(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the app's permanent codes made in the window, by default the last 90 days."""
    start = call.body.get("start_time", call.now - 90 * _DAY)
    end = call.body.get("end_time", call.now)
    rows = [
        row.config_id
        for row in sim.world.contact_ways.values()
        if row.agent == call.app.agent and not row.is_temp and start <= row.created_at <= end
    ]
    size = page_size(call.body.get("limit"), 100, 1000, 1000)
    page, cursor = paged(call, rows, size, str, call.body.get("cursor"))
    return {"contact_way": [{"config_id": config_id} for config_id in page], "next_cursor": cursor}


@endpoint("POST", "externalcontact/update_contact_way")
def update_contact_way(sim: Simulator, call: Call) -> None:
    """Change a code; type and scene stay. Later scans follow the new fields."""
    row = _own(sim, call)
    if row.is_temp and call.now >= row.created_at + row.expires_in:
        raise Refused(41044)
    _apply(sim, call, row)


@endpoint("POST", "externalcontact/del_contact_way")
def delete_contact_way(sim: Simulator, call: Call) -> None:
    """Delete a code; scanning it leads nowhere from now on."""
    del sim.world.contact_ways[_own(sim, call).config_id]
