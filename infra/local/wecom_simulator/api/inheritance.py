"""Handing customers over, on the job and after leaving (documentation 92124, 92125, 94081, 94082, 94088)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..calls import Call
from ..clock import day_number
from ..errors import Refused
from ..model import LEFT, Relation, Staff, Transfer
from ..registry import endpoint
from ..world import fold
from .lookups import contact_staff, page_size, paged, staff_of

if TYPE_CHECKING:
    from ..simulator import Simulator

QUOTA_DAYS = 90
QUOTA = 2
_YEAR = 365 * 86_400


@endpoint("POST", "externalcontact/transfer_customer")
def transfer(sim: Simulator, call: Call) -> dict[str, Any]:
    """Hand customers of an employed member over; row errcode 0 means accepted, it runs after 24 h."""
    body = call.body
    if fold(body["handover_userid"]) == fold(body["takeover_userid"]):
        raise Refused(40130)
    handover = staff_of(sim, call, body["handover_userid"])
    if not handover.customer_contact:
        raise Refused(84074)
    takeover = contact_staff(sim, call, body["takeover_userid"])
    return {"customer": _rows(sim, call, handover, takeover, resigned=False)}


@endpoint("POST", "externalcontact/resigned/transfer_customer")
def transfer_of_resigned(sim: Simulator, call: Call) -> dict[str, Any]:
    """Hand customers of a member who left over; 40097 while the member is still employed."""
    body = call.body
    handover = _resigned(sim, call)
    takeover = contact_staff(sim, call, body["takeover_userid"])
    if call.now - handover.left_at > _YEAR:
        raise Refused(40003)
    return {"customer": _rows(sim, call, handover, takeover, resigned=True)}


def _resigned(sim: Simulator, call: Call) -> Staff:
    staff = sim.world.staff.get(fold(call.body["handover_userid"]))
    if staff is None:
        raise Refused(40003)
    if staff.status != LEFT:
        raise Refused(40097)
    return staff


def _rows(
    sim: Simulator, call: Call, handover: Staff, takeover: Staff, *, resigned: bool
) -> list[dict[str, Any]]:
    answers = []
    load = len(sim.world.customers_of(takeover.userid))
    for external_userid in call.body["external_userid"]:
        relation = sim.world.relation(handover.userid, external_userid)
        code = _row_code(sim, call, handover, takeover, external_userid, relation, resigned=resigned)
        if code == 0 and load >= takeover.customer_limit:
            code = 40099
        if code == 0:
            load += 1
            message = call.body.get("transfer_success_msg", "")
            sim.transfers.accept(
                handover.userid, takeover.userid, external_userid, call.now, message, resigned=resigned
            )
        answers.append({"external_userid": external_userid, "errcode": code})
    return answers


def _row_code(
    sim: Simulator,
    call: Call,
    handover: Staff,
    takeover: Staff,
    external_userid: str,
    relation: Relation | None,
    *,
    resigned: bool,
) -> int:
    world = sim.world
    if external_userid not in world.customers:
        return 40096
    if relation is None or not relation.known:
        return 40131
    if relation.transfer_errcode:
        return relation.transfer_errcode
    if handover.ticket_expired or takeover.ticket_expired:
        return 40205
    if sim.transfers.waiting(external_userid):
        return 40129
    if not resigned and _recent(sim, external_userid, call.now) >= QUOTA:
        return 40128
    return 0


def _recent(sim: Simulator, external_userid: str, now: float) -> int:
    """Return how many on-job handovers of the customer were accepted in the last 90 calendar days."""
    today = day_number(now)
    return sum(
        not row.resigned and today - day_number(row.accepted_at) < QUOTA_DAYS
        for row in sim.world.transfers_of.get(external_userid, [])
    )


@endpoint("POST", "externalcontact/transfer_result")
def result(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the handovers between the two members, the latest per customer."""
    staff_of(sim, call, call.body["handover_userid"])
    return _results(sim, call, resigned=False)


@endpoint("POST", "externalcontact/resigned/transfer_result")
def result_of_resigned(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the handovers of a member who left."""
    _resigned(sim, call)
    return _results(sim, call, resigned=True)


def _results(sim: Simulator, call: Call, *, resigned: bool) -> dict[str, Any]:
    takeover = staff_of(sim, call, call.body["takeover_userid"])
    handover = sim.world.staff[fold(call.body["handover_userid"])]
    latest: dict[str, Transfer] = {}
    for row in sim.world.transfers.values():
        if (row.handover, row.takeover, row.resigned) == (handover.userid, takeover.userid, resigned):
            latest[row.external_userid] = row
    page, cursor = paged(
        call, list(latest.values()), 1000, lambda row: row.external_userid, call.body.get("cursor")
    )
    listed = [
        {
            "external_userid": row.external_userid,
            "status": row.status,
            "takeover_time": int(row.takeover_time),
        }
        for row in page
    ]
    return {"customer": listed, "next_cursor": cursor}


@endpoint("POST", "externalcontact/get_unassigned_list")
def unassigned(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the customers of members who left that nobody was assigned to yet."""
    world = sim.world
    assigned = {(row.handover, row.external_userid) for row in world.transfers.values() if row.resigned}
    rows = [
        row
        for staff in sorted(world.staff.values(), key=lambda staff: staff.left_at)
        if staff.status == LEFT
        for row in world.customers_of(staff.userid)
        if (staff.userid, row.external_userid) not in assigned
    ]
    size = page_size(call.body.get("page_size"), 1000, 1000, 1000)
    page, cursor = paged(
        call, rows, size, lambda row: f"{row.userid}|{row.external_userid}", call.body.get("cursor")
    )
    info = [
        {
            "handover_userid": row.userid,
            "external_userid": row.external_userid,
            "dimission_time": int(world.staff[fold(row.userid)].left_at),
        }
        for row in page
    ]
    return {"info": info, "is_last": not cursor, "next_cursor": cursor}
