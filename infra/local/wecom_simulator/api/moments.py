"""Customer moments 客户朋友圈 (documentation 95094, 93333, 97612)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..calls import Call
from ..errors import Refused
from ..limits import Rule
from ..model import Moment
from ..registry import endpoint
from ..world import fold
from .attachments import MOMENT, check_media
from .lookups import page_size, paged

if TYPE_CHECKING:
    from ..simulator import Simulator

_MONTH = 30 * 86_400


@endpoint("POST", "externalcontact/add_moment_task")
def add_moment(sim: Simulator, call: Call) -> dict[str, Any]:
    """Start a moment; its result is asked for with the job id."""
    _check(sim, call)
    month: Rule = ("month", sim.limits.moments_per_month)
    if sim.windows.full("moments of a month", call.now, month):
        raise Refused(41210)
    minute: Rule = ("minute", sim.limits.moments_per_minute)
    if not sim.windows.take("moments", call.now, minute):
        raise Refused(45009)
    sim.windows.count("moments of a month", call.now, "month")
    jobid = sim.ids.text("job", "jobSm7", 32)
    moment_id = sim.ids.text("moment", "momSm7CDAAA", 32)
    body = call.body
    moment = Moment(
        moment_id, jobid, call.app.agent, call.now, body.get("text"), body.get("attachments") or [], 1, {}
    )
    _audience(sim, call, moment)
    sim.world.moments[moment_id] = moment
    return {"jobid": jobid}


def _check(sim: Simulator, call: Call) -> None:
    text = (call.body.get("text") or {}).get("content", "")
    attachments = call.body.get("attachments") or []
    kinds = {attachment.get("msgtype") for attachment in attachments}
    if not text and not attachments:
        raise Refused(41089, "empty moment")
    if not kinds <= {"image", "video", "link"} or len(kinds) > 1:
        raise Refused(41065, "invalid attachments msgtype")
    if kinds & {"video", "link"} and len(attachments) > 1:
        raise Refused(41064, "invalid attachments size")
    for attachment in attachments:
        kind = attachment["msgtype"]
        part = attachment.get(kind)
        if not isinstance(part, dict) or (kind == "link" and not part.get("url")):
            raise Refused(40058)
        check_media(sim, call, part.get("media_id"), "image" if kind == "link" else kind, MOMENT)


def _audience(sim: Simulator, call: Call, moment: Moment) -> None:
    """Work out who publishes to whom (fact sheet 6.1)."""
    world = sim.world
    scope = call.body.get("visible_range") or {}
    senders = scope.get("sender_list") or {}
    tags = (scope.get("external_contact_list") or {}).get("tag_list") or []
    users, departments = senders.get("user_list") or [], senders.get("department_list") or []
    moment.invalid_users = [userid for userid in users if world.member(userid) is None]
    moment.invalid_departments = [d for d in departments if d not in world.departments]
    moment.invalid_tags = [t for t in tags if t not in world.tags or world.tags[t].deleted]
    moment.visible_type = 0 if tags else 1
    chosen = {fold(userid) for userid in users} | {fold(row.userid) for row in world.members_of(departments)}
    for staff in world.employed():
        if not staff.customer_contact or not world.visible(call.app, staff):
            continue
        if (users or departments) and fold(staff.userid) not in chosen:
            continue
        rows = [row for row in world.customers_of(staff.userid) if not tags or set(tags) & set(row.tags)]
        if rows or not tags:
            ids = [row.external_userid for row in rows]
            moment.members[staff.userid] = {"publish_status": 0, "customers": ids}


@endpoint("GET", "externalcontact/get_moment_task_result")
def job_result(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return 1 started, 2 running, 3 done; the result counts only when done. A job is known for 24 h."""
    rows = [row for row in sim.world.moments.values() if row.jobid == call.query["jobid"]]
    if not rows or call.now >= rows[0].created_at + 86_400:
        raise Refused(40058)
    moment = rows[0]
    status = _status(sim, moment, call.now)
    result = {
        "errcode": 0,
        "errmsg": "ok",
        "moment_id": moment.moment_id,
        "invalid_sender_list": {
            "user_list": moment.invalid_users,
            "department_list": moment.invalid_departments,
        },
        "invalid_external_contact_list": {"tag_list": moment.invalid_tags},
    }
    return {"status": status, "type": "add_moment_task"} | ({"result": result} if status == 3 else {})


def _status(sim: Simulator, moment: Moment, now: float) -> int:
    passed, needed = now - moment.created_at, sim.settings.moment_seconds
    if passed >= needed:
        return 3
    return 1 if passed < needed / 2 else 2


def _moment(sim: Simulator, call: Call) -> Moment:
    moment = sim.world.moments.get(call.body["moment_id"])
    if moment is None:
        raise Refused(41060)
    if _status(sim, moment, call.now) < 3:
        raise Refused(41079)
    return moment


@endpoint("POST", "externalcontact/cancel_moment_task")
def cancel(sim: Simulator, call: Call) -> None:
    """Stop the copies that are not published yet."""
    _moment(sim, call).cancelled = True


@endpoint("POST", "externalcontact/get_moment_list")
def list_moments(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the moments of a window of at most 30 days."""
    body = call.body
    if not 0 <= body["end_time"] - body["start_time"] <= _MONTH:
        raise Refused(40058)
    rows = [
        row
        for row in sim.world.moments.values()
        if body["start_time"] <= row.created_at <= body["end_time"]
        and _status(sim, row, call.now) == 3
        and body.get("filter_type", 2) != 1
        and not body.get("creator")
    ]
    size = page_size(body.get("limit"), 20, 20, 20)
    page, cursor = paged(call, rows, size, lambda row: row.moment_id, body.get("cursor"))
    return {"next_cursor": cursor, "moment_list": [_moment_row(row) for row in page]}


def _moment_row(moment: Moment) -> dict[str, Any]:
    row: dict[str, Any] = {
        "moment_id": moment.moment_id,
        "create_time": int(moment.created_at),
        "create_type": 0,
        "visible_type": moment.visible_type,
    }
    if moment.text:
        row["text"] = moment.text
    for attachment in moment.attachments:
        kind = attachment["msgtype"]
        if kind == "image":
            row.setdefault("image", []).append(attachment[kind])
        else:
            row[kind] = attachment[kind]
    return row


@endpoint("POST", "externalcontact/get_moment_task")
def list_members(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return who is to publish: 0 not yet, 1 published."""
    rows = list(_moment(sim, call).members.items())
    size = page_size(call.body.get("limit"), 500, 1000, 500)
    page, cursor = paged(call, rows, size, lambda row: row[0], call.body.get("cursor"))
    listed = [{"userid": userid, "publish_status": part["publish_status"]} for userid, part in page]
    return {"next_cursor": cursor, "task_list": listed}


def _published(sim: Simulator, call: Call, *, must: bool) -> tuple[str, dict[str, Any]]:
    moment = _moment(sim, call)
    for userid, part in moment.members.items():
        if fold(userid) == fold(call.body["userid"]):
            if must and part["publish_status"] == 0:
                raise Refused(41062, "moment not published yet")
            return userid, part
    raise Refused(41061, "moment not of this user")


@endpoint("POST", "externalcontact/get_moment_customer_list")
def list_chosen(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return the audience chosen for one member."""
    userid, part = _published(sim, call, must=False)
    size = page_size(call.body.get("limit"), 500, 1000, 500)
    page, cursor = paged(call, part["customers"], size, str, call.body.get("cursor"))
    return {"next_cursor": cursor, "customer_list": [{"userid": userid, "external_userid": e} for e in page]}


@endpoint("POST", "externalcontact/get_moment_send_result")
def list_reached(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return who can see the member's moment; 41062 before it is published."""
    _, part = _published(sim, call, must=True)
    size = page_size(call.body.get("limit"), 3000, 5000, 3000)
    page, cursor = paged(call, part["customers"], size, str, call.body.get("cursor"))
    return {"next_cursor": cursor, "customer_list": [{"external_userid": e} for e in page]}


@endpoint("POST", "externalcontact/get_moment_comments")
def list_comments(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return comments and likes that people left."""
    _, part = _published(sim, call, must=True)
    return {"comment_list": part.get("comments", []), "like_list": part.get("likes", [])}
