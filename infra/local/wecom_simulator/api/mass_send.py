"""Mass-send tasks 企业群发: created here, confirmed by members (documentation 92135, 97610, 97611, 93338)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..calls import Call
from ..clock import corp_date, day_number
from ..errors import Refused
from ..model import MassTask, Relation
from ..registry import endpoint
from ..world import fold
from .attachments import check_content
from .lookups import contact_staff, page_size, paged, staff_of

if TYPE_CHECKING:
    from ..simulator import Simulator

REMINDERS_A_DAY = 3
_DAY = 86_400
_MONTH = 31 * _DAY


def capped(sim: Simulator, recipient: str, now: float) -> bool:
    """Return whether a customer or group got as many confirmed mass messages as the corp's rule allows.

    Modes: month_days (as many a calendar month as it has days), month4 (4 a calendar month, as before 2022),
    week7 (7 a week), day1 (1 a day).
    """
    return _full(sim.world.mass_mode, sim.world.mass_sent.get(recipient, []), now)


def _full(mode: str, times: list[float], now: float) -> bool:
    date = corp_date(now)
    if mode == "day1":
        return any(day_number(at) == day_number(now) for at in times)
    if mode == "week7":
        week = date.isocalendar()[:2]
        return sum(corp_date(at).isocalendar()[:2] == week for at in times) >= 7
    month = [at for at in times if (corp_date(at).year, corp_date(at).month) == (date.year, date.month)]
    return len(month) >= (4 if mode == "month4" else _days_of_month(now))


def _days_of_month(now: float) -> int:
    date = corp_date(now)
    following = date.replace(day=28).toordinal() + 4
    last = date.fromordinal(following).replace(day=1).toordinal() - 1
    return last - date.replace(day=1).toordinal() + 1


@endpoint("POST", "externalcontact/add_msg_template")
def add_mass_send(sim: Simulator, call: Call) -> dict[str, Any]:
    """Create a task. `fail_list` names who cannot be sent to; 41048 when nobody is left."""
    body = call.body
    kind = body.get("chat_type", "single")
    if kind not in ("single", "group") or (kind == "group" and not body.get("sender")):
        raise Refused(40058)
    check_content(sim, call)
    if body.get("sender"):
        contact_staff(sim, call, body["sender"])
    members, failed = _single(sim, call) if kind == "single" else _group(sim, call)
    if not members or (kind == "single" and _all_capped(sim, members, call.now)):
        raise Refused(41048, fail_list=failed)
    msgid = sim.ids.text("mass", "msgSm7CDAAA", 32)
    sim.world.mass_tasks[msgid] = MassTask(
        msgid, call.app.agent, kind, call.now, body.get("text"), body.get("attachments") or [], members
    )
    return {"fail_list": failed, "msgid": msgid}


def _all_capped(sim: Simulator, members: dict[str, dict[str, Any]], now: float) -> bool:
    return all(capped(sim, row["id"], now) for part in members.values() for row in part["rows"])


def _single(sim: Simulator, call: Call) -> tuple[dict[str, dict[str, Any]], list[str]]:
    body, world = call.body, sim.world
    sender, asked = body.get("sender"), body.get("external_userid") or []
    groups = (body.get("tag_filter") or {}).get("group_list") or []
    if not sender and not asked and not groups:
        raise Refused(40058)
    failed: list[str] = []
    chosen: list[Relation] = []
    if asked:
        for external_userid in dict.fromkeys(asked):
            relation = _sending_relation(sim, call, sender, external_userid)
            if relation is None:
                failed.append(external_userid)
            else:
                chosen.append(relation)
    else:
        everyone = (
            [sender] if sender else [row.userid for row in world.employed() if world.visible(call.app, row)]
        )
        rows = [row for userid in everyone for row in world.customers_of(userid) if _tagged(row, groups)]
        latest = [
            row for row in rows if sender or _sending_relation(sim, call, None, row.external_userid) is row
        ]
        chosen = latest
    return _by_member(chosen), failed


def _tagged(relation: Relation, groups: list[dict[str, Any]]) -> bool:
    """OR inside one list, AND between the lists."""
    return all(set(group.get("tag_list") or []) & set(relation.tags) for group in groups)


def _sending_relation(
    sim: Simulator, call: Call, sender: str | None, external_userid: str
) -> Relation | None:
    """Return the relation that sends: the sender's, else that of the member who chatted last."""
    world = sim.world
    if sender:
        relation = world.relation(sender, external_userid)
        return relation if relation is not None and relation.known else None
    rows = [
        row
        for row in world.followers_of(external_userid)
        if world.visible(call.app, world.staff[fold(row.userid)])
    ]
    return max(rows, key=lambda row: (row.last_chat_at, row.seq), default=None)


def _by_member(relations: list[Relation]) -> dict[str, dict[str, Any]]:
    members: dict[str, dict[str, Any]] = {}
    for relation in relations:
        part = members.setdefault(relation.userid, {"status": 0, "send_time": 0, "rows": []})
        part["rows"].append({"id": relation.external_userid, "status": 0, "send_time": 0})
    return members


def _group(sim: Simulator, call: Call) -> tuple[dict[str, dict[str, Any]], list[str]]:
    body, world = call.body, sim.world
    own = [
        row.chat_id
        for row in world.chats.values()
        if fold(row.owner) == fold(body["sender"]) and not row.dismissed
    ]
    asked = body.get("chat_id_list")
    failed = [chat_id for chat_id in asked or [] if chat_id not in own]
    chosen = [chat_id for chat_id in asked or own if chat_id in own]
    if asked and not chosen:
        return {}, failed
    rows = [{"id": chat_id, "status": 0, "send_time": 0} for chat_id in chosen]
    staff = world.staff[fold(body["sender"])]
    return {staff.userid: {"status": 0, "send_time": 0, "rows": rows}}, failed


def _task(sim: Simulator, call: Call) -> MassTask:
    task = sim.world.mass_tasks.get(call.body["msgid"])
    if task is None or task.agent != call.app.agent:
        raise Refused(41047)
    return task


def _dispatched(sim: Simulator, call: Call) -> MassTask:
    task = _task(sim, call)
    if call.now < task.created_at + sim.settings.dispatch_seconds:
        raise Refused(41063)
    return task


@endpoint("POST", "externalcontact/remind_groupmsg_send")
def remind(sim: Simulator, call: Call) -> None:
    """Remind the members who have not confirmed: three times in 24 h."""
    task = _task(sim, call)
    if task.cancelled:
        raise Refused(41093)
    task.reminders = [at for at in task.reminders if call.now - at < _DAY]
    if len(task.reminders) >= REMINDERS_A_DAY:
        raise Refused(41094)
    task.reminders.append(call.now)


@endpoint("POST", "externalcontact/cancel_groupmsg_send")
def cancel(sim: Simulator, call: Call) -> None:
    """Stop what is not sent yet; a second time 41093."""
    task = _task(sim, call)
    if task.cancelled:
        raise Refused(41093)
    task.cancelled = True


@endpoint("POST", "externalcontact/get_groupmsg_list_v2")
def list_tasks(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return tasks of a window of at most a month. All were made by the API, so none has a creator."""
    body = call.body
    if (
        body["chat_type"] not in ("single", "group")
        or not 0 <= body["end_time"] - body["start_time"] <= _MONTH
    ):
        raise Refused(40058)
    rows = [
        task
        for task in sim.world.mass_tasks.values()
        if task.chat_type == body["chat_type"]
        and body["start_time"] <= task.created_at <= body["end_time"]
        and body.get("filter_type", 2) != 1
        and not body.get("creator")
    ]
    page, cursor = paged(
        call, rows, page_size(body.get("limit"), 50, 100, 50), lambda t: t.msgid, body.get("cursor")
    )
    return {"next_cursor": cursor, "group_msg_list": [_task_row(task) for task in page]}


def _task_row(task: MassTask) -> dict[str, Any]:
    row: dict[str, Any] = {"msgid": task.msgid, "create_time": int(task.created_at), "create_type": 0}
    return (
        row | ({"text": task.text} if task.text else {}) | {"attachments": [*map(_shown, task.attachments)]}
    )


def _shown(attachment: dict[str, Any]) -> dict[str, Any]:
    """Return an attachment as it is listed: a mini program without its cover."""
    if attachment.get("msgtype") != "miniprogram":
        return attachment
    card = {name: value for name, value in attachment["miniprogram"].items() if name != "pic_media_id"}
    return {"msgtype": "miniprogram", "miniprogram": card}


@endpoint("POST", "externalcontact/get_groupmsg_task")
def list_members(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return who has to confirm: status 0 not yet, 2 sent."""
    rows = list(_dispatched(sim, call).members.items())
    size = page_size(call.body.get("limit"), 500, 1000, 500)
    page, cursor = paged(call, rows, size, lambda row: row[0], call.body.get("cursor"))
    listed = [
        {"userid": userid, "status": part["status"]}
        | ({"send_time": int(part["send_time"])} if part["status"] == 2 else {})
        for userid, part in page
    ]
    return {"next_cursor": cursor, "task_list": listed}


@endpoint("POST", "externalcontact/get_groupmsg_send_result")
def list_results(sim: Simulator, call: Call) -> dict[str, Any]:
    """Return one member's recipients: 0 not sent, 1 sent, 2 no friend, 3 had too many. Groups: sent only."""
    task = _dispatched(sim, call)
    staff = staff_of(sim, call, call.body["userid"])
    name = "external_userid" if task.chat_type == "single" else "chat_id"
    part = task.members.get(staff.userid, {"rows": []})
    rows = [row for row in part["rows"] if task.chat_type == "single" or row["status"] == 1]
    size = page_size(call.body.get("limit"), 500, 1000, 500)
    page, cursor = paged(call, rows, size, lambda row: str(row["id"]), call.body.get("cursor"))
    listed = [
        {name: row["id"], "userid": staff.userid, "status": row["status"]}
        | ({"send_time": int(row["send_time"])} if row["status"] == 1 else {})
        for row in page
    ]
    return {"next_cursor": cursor, "send_list": listed}


def confirm(sim: Simulator, task: MassTask, userid: str, leave_out: list[str], now: float) -> dict[str, int]:
    """Play the member pressing send; returns how many recipients came to which status."""
    counts: dict[str, int] = {}
    part = task.members[userid]
    for row in part["rows"]:
        if row["status"] != 0 or row["id"] in leave_out:
            continue
        row["status"] = _recipient_status(sim, task, userid, row["id"], now)
        if row["status"] == 1:
            row["send_time"] = now
            sim.world.mass_sent.setdefault(row["id"], []).append(now)
        counts[str(row["status"])] = counts.get(str(row["status"]), 0) + 1
    part["status"], part["send_time"] = 2, now
    return counts


def _recipient_status(sim: Simulator, task: MassTask, userid: str, recipient: str, now: float) -> int:
    if task.chat_type == "single":
        relation = sim.world.relation(userid, recipient)
        if relation is None or not relation.known or relation.deleted_by_customer:
            return 2
    return 3 if capped(sim, recipient, now) else 1
