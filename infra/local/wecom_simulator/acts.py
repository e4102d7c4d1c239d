"""Further acts of people: chatting, deleting, noting, leaving, confirming; corp tags in the client."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import chat_acts, sdk_acts
from .api.mass_send import confirm
from .api.tags import make_group, make_tag, rename
from .model import LEFT, Department, Staff
from .people import UnknownPerson
from .world import fold

if TYPE_CHECKING:
    from .simulator import Simulator

ADMIN = -1
"""The maker of what the administrator or a member creates in the client; no app may edit it."""


def customer_writes(sim: Simulator, *, userid: str, external_userid: str) -> dict[str, Any]:
    """Play a customer's message. No callback; the chat has begun, so no welcome any more."""
    relation = sim.people.relation(userid, external_userid)
    relation.chatted, relation.last_chat_at = True, sim.clock()
    return {}


def customer_deletes(sim: Simulator, *, userid: str, external_userid: str) -> dict[str, Any]:
    """Play a customer deleting a member: del_follow_user. The API goes on showing the relation."""
    relation = sim.people.relation(userid, external_userid)
    relation.deleted_by_customer = True
    sim.people.external_event("del_follow_user", relation.userid, external_userid)
    return {}


def member_deletes(sim: Simulator, *, userid: str, external_userid: str) -> dict[str, Any]:
    """Play a member deleting a customer: del_external_contact. The API answers 84061 from now on."""
    relation = sim.people.relation(userid, external_userid)
    relation.deleted_by_member = True
    relation.tags, relation.personal_tags = [], []
    sim.people.external_event("del_external_contact", relation.userid, external_userid)
    return {}


def member_edits(
    sim: Simulator,
    *,
    userid: str,
    external_userid: str,
    add_tag: list[str] | None = None,
    remove_tag: list[str] | None = None,
    **notes: Any,
) -> dict[str, Any]:
    """Play a member changing remark, description, personal tags or corp tags: edit_external_contact.

    A change of phone numbers alone fires nothing (documentation 92277).
    """
    relation = sim.people.relation(userid, external_userid)
    for name, value in notes.items():
        if name not in ("remark", "description", "remark_corp_name", "remark_mobiles", "personal_tags"):
            raise UnknownPerson(f"no field {name}")
        setattr(relation, name, value)
    for tag_id in add_tag or []:
        if tag_id not in sim.world.tags:
            raise UnknownPerson(f"no tag {tag_id}")
    kept = [tag_id for tag_id in relation.tags if tag_id not in (remove_tag or [])]
    relation.tags = kept + [tag_id for tag_id in add_tag or [] if tag_id not in kept]
    silent = set(notes) <= {"remark_mobiles"} and not add_tag and not remove_tag
    if not silent:
        sim.people.external_event(
            "edit_external_contact", relation.userid, external_userid, State=relation.state
        )
    return {"event": not silent}


# members


def member_joins(
    sim: Simulator, *, userid: str, name: str, department: list[int], **more: Any
) -> dict[str, Any]:
    """Play a new member: create_user to the contacts receiver. A reused userid starts without customers."""
    for old in sim.world.by_staff.get(fold(userid), {}).values():
        old.deleted_by_member = True
    staff = Staff(userid=userid, name=name, department=department, **more)
    staff.is_leader_in_dept = staff.is_leader_in_dept or [0] * len(department)
    staff.main_department = staff.main_department or department[0]
    sim.world.staff[fold(userid)] = staff
    _contact_event(sim, "create_user", staff)
    return {"userid": userid}


def member_changes(sim: Simulator, *, userid: str, **changes: Any) -> dict[str, Any]:
    """Play a change of a member's data or abilities: update_user to the contacts receiver."""
    staff = sim.people.staff(userid)
    for name, value in changes.items():
        if name not in Staff.__dataclass_fields__ or name == "userid":
            raise UnknownPerson(f"no field {name}")
        setattr(staff, name, value)
    _contact_event(sim, "update_user", staff)
    return {"userid": staff.userid}


def member_leaves(sim: Simulator, *, userid: str) -> dict[str, Any]:
    """Play a member leaving: gone from contacts, customers unassigned, groups waiting for an owner."""
    staff = sim.people.staff(userid)
    staff.status, staff.left_at = LEFT, sim.clock()
    _contact_event(sim, "delete_user", staff)
    return {"userid": staff.userid, "customers": len(sim.world.customers_of(staff.userid))}


def _contact_event(sim: Simulator, change: str, staff: Staff) -> None:
    """Emit the short form of 2022-08-15, or the long one where switched on."""
    fields: dict[str, Any] = {"ChangeType": change, "UserID": staff.userid}
    if change != "delete_user":
        fields["Department"] = ",".join(map(str, staff.department))
        if sim.settings.long_contact_events:
            leads = ",".join(map(str, staff.is_leader_in_dept))
            fields |= {"Name": staff.name, "MainDepartment": staff.main_department, "IsLeaderInDept": leads}
            fields |= {"Position": staff.position, "Status": staff.status, "Alias": staff.alias}
    sim.people.event("change_contact", fields)


def department_added(
    sim: Simulator, *, department_id: int, name: str, parentid: int = 1, order: int = 0
) -> dict[str, Any]:
    """Play a new department, or a changed one."""
    known = department_id in sim.world.departments
    sim.world.departments[department_id] = Department(department_id, name, parentid, order)
    fields = {
        "ChangeType": "update_party" if known else "create_party",
        "Id": department_id,
        "ParentId": parentid,
    }
    sim.people.event("change_contact", fields)
    return {"department_id": department_id}


# corp tags in the client


def tag_created(sim: Simulator, *, group_name: str, names: list[str]) -> dict[str, Any]:
    """Play the administrator creating tags: change_external_tag for a new group and for each tag."""
    rows = sim.world.tag_groups.values()
    group = next((row for row in rows if row.group_name == group_name and not row.deleted), None)
    if group is None:
        group = make_group(sim, group_name, 0, ADMIN, sim.clock())
        _tag_event(sim, "create", group.group_id, "tag_group")
    made = [make_tag(sim, group, name, 0, ADMIN, sim.clock()) for name in names]
    for tag in made:
        _tag_event(sim, "create", tag.id, "tag")
    return {"group_id": group.group_id, "tags": {tag.name: tag.id for tag in made}}


def tag_changed(sim: Simulator, *, tag_id: str, name: str) -> dict[str, Any]:
    """Play the administrator renaming a tag or a group."""
    row, kind = _tag(sim, tag_id)
    rename(row, name)
    _tag_event(sim, "update", tag_id, kind)
    return {}


def tag_deleted(sim: Simulator, *, tag_id: str) -> dict[str, Any]:
    """Play the administrator deleting a tag or a group; deleting a group reports the group alone."""
    row, kind = _tag(sim, tag_id)
    for tag in sim.world.live_tags(row) if kind == "tag_group" else [row]:
        sim.world.drop_tag(tag)
    row.deleted = True
    _tag_event(sim, "delete", tag_id, kind)
    return {}


def _tag(sim: Simulator, key: str) -> tuple[Any, str]:
    if key in sim.world.tags:
        return sim.world.tags[key], "tag"
    if key in sim.world.tag_groups:
        return sim.world.tag_groups[key], "tag_group"
    raise UnknownPerson(f"no tag {key}")


def _tag_event(sim: Simulator, change: str, key: str, kind: str) -> None:
    sim.people.event("change_external_tag", {"Id": key, "TagType": kind, "ChangeType": change})


# handovers, mass sends, cards, moments


def transfer_ends(
    sim: Simulator, *, handover_userid: str, external_userid: str, result: str = "completed"
) -> dict[str, Any]:
    """Decide a handover under way: completed, refused or limit."""
    row = sim.transfers.waiting(external_userid, sim.people.staff(handover_userid).userid)
    if row is None:
        raise UnknownPerson("no handover under way")
    if result == "refused":
        sim.transfers.refuse(row)
    elif result == "limit":
        sim.transfers.fail(row, 4, "customer_limit_exceed")
    elif result == "completed":
        sim.transfers.complete(row, sim.clock())
    else:
        raise UnknownPerson(f"no result {result}")
    return {"status": row.status}


def mass_send_confirmed(
    sim: Simulator, *, msgid: str, userid: str = "", leave_out: list[str] | None = None
) -> dict[str, Any]:
    """Play members pressing send: one, or all where none is named. Returns recipients per status."""
    task = sim.world.mass_tasks.get(msgid)
    if task is None or task.cancelled:
        raise UnknownPerson(f"no open mass send {msgid}")
    chosen = [name for name in task.members if not userid or fold(name) == fold(userid)]
    counts = {name: confirm(sim, task, name, leave_out or [], sim.clock()) for name in chosen}
    return {"members": counts}


def card_clicked(sim: Simulator, *, userid: str, task_id: str, key: str, **more: Any) -> dict[str, Any]:
    """Play a member pressing a button of a template card."""
    staff = sim.people.staff(userid)
    rows = [
        row
        for row in sim.world.messages
        if row.userid == staff.userid and row.content.get("task_id") == task_id
    ]
    if not rows:
        raise UnknownPerson(f"no card {task_id}")
    row = rows[-1]
    fields = {"EventKey": key, "TaskId": task_id, "CardType": row.content["card_type"]}
    fields |= {"ResponseCode": row.response_code, "AgentID": row.agent} | more
    sim.people.event("template_card_event", fields, sender=staff.userid)
    return {"response_code": row.response_code}


def moment_published(sim: Simulator, *, moment_id: str, userid: str = "", **reactions: Any) -> dict[str, Any]:
    """Play members publishing a moment; `comments` and `likes` add reactions."""
    moment = sim.world.moments.get(moment_id)
    if moment is None or moment.cancelled:
        raise UnknownPerson(f"no open moment {moment_id}")
    for name, part in moment.members.items():
        if not userid or fold(name) == fold(userid):
            part["publish_status"] = 1
            part |= {kind: rows for kind, rows in reactions.items() if kind in ("comments", "likes")}
    return {}


ACTS: dict[str, Callable[..., Any]] = {
    act.__name__.replace("_", "-"): act
    for act in (
        customer_writes, customer_deletes, member_deletes, member_edits, member_joins, member_changes,
        member_leaves, department_added, tag_created, tag_changed, tag_deleted, transfer_ends,
        mass_send_confirmed, card_clicked, moment_published, chat_acts.chat_created,
        chat_acts.chat_joined, chat_acts.chat_left, chat_acts.chat_changed, chat_acts.chat_dismissed,
        sdk_acts.member_sends,
    )
}  # fmt: skip
"""The acts by the name that the control API gives them."""
