"""App messages to members (documentation 90236, 94867, 94888)."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from ..calls import Call
from ..errors import Refused
from ..limits import Rule
from ..model import Message, ResponseCode, Staff
from ..registry import endpoint
from ..settings import RECALL_SECONDS, RESPONSE_CODE_SECONDS
from ..world import fold
from .attachments import UPLOAD, check_media

if TYPE_CHECKING:
    from ..simulator import Simulator

_CUT = {
    "text": {"content": 2048},
    "textcard": {"title": 128, "description": 512},
    "markdown": {"content": 2048},
}
"""Bytes after which WeCom cuts; it does not refuse."""

_MEDIA = ("image", "voice", "video", "file")
_CARDS = ("text_notice", "news_notice", "button_interaction", "vote_interaction", "multiple_interaction")
_INTERACTIVE = _CARDS[2:]
_TYPES = (*_MEDIA, "text", "textcard", "news", "mpnews", "markdown", "miniprogram_notice", "template_card")
_TASK_ID = re.compile(r"[0-9A-Za-z_\-@]{1,128}")
_LONGEST_CHECK = 14_400


@endpoint("POST", "message/send", exempt=True)
def send_message(sim: Simulator, call: Call) -> dict[str, Any]:
    """Send to members. Partly wrong receivers give errcode 0; what exceeds a limit is silently lost."""
    body = call.body
    if body.get("agentid") != call.app.agent:
        raise Refused(
            301002 if "agentid" in body else 41011, "agentid missing" if "agentid" not in body else ""
        )
    people, invalid = _receivers(sim, call)
    kind, content = _content(sim, call)
    if not people:
        raise Refused(81013, **_named(invalid))
    if not sim.windows.take(
        ("persons", call.app.agent), call.now, ("day", sim.limits.message_persons_per_day), weight=len(people)
    ):
        raise Refused(45009)
    again = _sent_before(sim, call)
    msgid = again or sim.ids.text("msgid", "", 56)
    answer: dict[str, Any] = _named(invalid) | {"msgid": msgid}
    code = _response_code(sim, call, msgid, content) if kind == "template_card" else ""
    for staff in people:
        _deliver(sim, call, staff, msgid, kind, content, code, duplicate=again is not None)
    return answer | ({"response_code": code} if code else {})


def _named(invalid: dict[str, list[str]]) -> dict[str, Any]:
    return {name: "|".join(values) for name, values in invalid.items()} | {"unlicenseduser": ""}


def _split(value: Any) -> list[str]:
    if value is not None and not isinstance(value, str):
        raise Refused(40058)
    return [part for part in (value or "").split("|") if part]


def _receivers(sim: Simulator, call: Call) -> tuple[list[Staff], dict[str, list[str]]]:
    """Return whom the message reaches, and the receivers that are wrong, userids in lower case."""
    world = sim.world
    users, parties, tags = (_split(call.body.get(name)) for name in ("touser", "toparty", "totag"))
    invalid: dict[str, list[str]] = {"invaliduser": [], "invalidparty": [], "invalidtag": tags}
    if users == ["@all"]:
        return [row for row in world.employed() if world.visible(call.app, row)], invalid | {"invalidtag": []}
    if not users and not parties and not tags:
        raise Refused(82001)
    for rows, most, code in ((users, 1000, 40032), (parties, 100, 82002), (tags, 100, 82003)):
        if len(rows) > most:
            raise Refused(code)
    found: dict[str, Staff] = {}
    for userid in users:
        staff = world.member(userid)
        if staff is None or not world.visible(call.app, staff):
            invalid["invaliduser"].append(fold(userid))
        else:
            found[fold(userid)] = staff
    for party in parties:
        if not party.isdigit() or int(party) not in world.departments:
            invalid["invalidparty"].append(party)
            continue
        found |= {
            fold(row.userid): row for row in world.members_of([int(party)]) if world.visible(call.app, row)
        }
    return list(found.values()), invalid


def _content(sim: Simulator, call: Call) -> tuple[str, dict[str, Any]]:
    kind = call.body.get("msgtype")
    if kind not in _TYPES:
        raise Refused(40008)
    content = call.body.get(kind)
    if not isinstance(content, dict):
        raise Refused(40058)
    if kind in _MEDIA:
        if not content.get("media_id"):
            raise Refused(41006)
        check_media(sim, call, content["media_id"], kind, UPLOAD)
    elif kind in ("text", "markdown") and not content.get("content"):
        raise Refused(44004)
    elif kind == "textcard" and not all(content.get(name) for name in ("title", "description", "url")):
        raise Refused(40058)
    elif kind in ("news", "mpnews") and not 1 <= len(content.get("articles") or []) <= 8:
        raise Refused(45008, "articles out of limit")
    elif kind == "template_card":
        _check_card(sim, call, content)
    cut = {
        name: _cut(str(content[name]), size) for name, size in _CUT.get(kind, {}).items() if name in content
    }
    return kind, content | cut


def _cut(text: str, size: int) -> str:
    return text.encode()[:size].decode("utf-8", "ignore")


def _check_card(sim: Simulator, call: Call, card: dict[str, Any]) -> None:
    kind, task_id = card.get("card_type"), card.get("task_id", "")
    if kind not in _CARDS:
        raise Refused(40058)
    if kind not in _INTERACTIVE and not card.get("card_action"):
        raise Refused(42045)
    if kind in _INTERACTIVE and not task_id:
        raise Refused(42014)
    if task_id and (not _TASK_ID.fullmatch(task_id) or _task_known(sim, call, task_id)):
        raise Refused(42014)


def _task_known(sim: Simulator, call: Call, task_id: str) -> bool:
    if _sent_before(sim, call):
        return False
    return f"{call.app.agent}:{task_id}" in sim.world.task_ids


def _fingerprint(call: Call) -> str:
    return hashlib.sha256(call.raw).hexdigest()


def _sent_before(sim: Simulator, call: Call) -> str | None:
    """Return the msgid of the same request inside its duplicate-check interval."""
    if call.body.get("enable_duplicate_check") != 1:
        return None
    seconds = min(int(call.body.get("duplicate_check_interval", 1800)), _LONGEST_CHECK)
    at, msgid = sim.world.sent_bodies.get(_fingerprint(call), (float("-inf"), ""))
    return str(msgid) if call.now - at < seconds else None


def _response_code(sim: Simulator, call: Call, msgid: str, card: dict[str, Any]) -> str:
    if card.get("task_id"):
        sim.world.task_ids[f"{call.app.agent}:{card['task_id']}"] = msgid
    if card["card_type"] not in _INTERACTIVE:
        return ""
    code = sim.ids.text("response-code", "", 40)
    sim.world.response_codes[code] = ResponseCode(code, call.app.agent, call.now, msgid)
    return code


def _deliver(
    sim: Simulator,
    call: Call,
    staff: Staff,
    msgid: str,
    kind: str,
    content: dict[str, Any],
    code: str,
    *,
    duplicate: bool,
) -> None:
    world, limits = sim.world, sim.limits
    rules: tuple[Rule, ...] = (
        ("minute", limits.message_per_member_minute),
        ("hour", limits.message_per_member_hour),
    )
    key = ("member", call.app.agent, fold(staff.userid))
    if duplicate:
        outcome = "duplicate"
    elif sim.windows.full(key, call.now, *rules):
        outcome = "dropped"
    else:
        outcome = "delivered"
        sim.windows.count(key, call.now, "minute", "hour")
    if call.body.get("enable_duplicate_check") == 1 and not duplicate:
        sim.world.sent_bodies[_fingerprint(call)] = [call.now, msgid]
    world.message_count += 1
    row = Message(
        world.message_count, msgid, call.now, call.app.agent, staff.userid, kind, outcome, content, code
    )
    world.messages.append(row)


@endpoint("POST", "message/recall")
def recall_message(sim: Simulator, call: Call) -> None:
    """Recall within 24 h what this app sent (40058 otherwise)."""
    rows = [row for row in sim.world.messages if row.msgid == call.body.get("msgid")]
    if not rows or rows[0].agent != call.app.agent or call.now >= rows[0].at + RECALL_SECONDS:
        raise Refused(40058)
    for row in rows:
        row.recalled = True


@endpoint("POST", "message/update_template_card")
def update_card(sim: Simulator, call: Call) -> dict[str, Any]:
    """Change a card once with its response_code, within 24 h (60140 otherwise)."""
    body = call.body
    if body.get("agentid") != call.app.agent:
        raise Refused(301002)
    code = sim.world.response_codes.get(str(body.get("response_code", "")))
    if code is None or code.used or call.now >= code.made_at + RESPONSE_CODE_SECONDS:
        raise Refused(60140)
    if not isinstance(body.get("button"), dict) and not isinstance(body.get("template_card"), dict):
        raise Refused(40058)
    unknown = [fold(userid) for userid in body.get("userids") or [] if sim.world.member(userid) is None]
    code.used = True
    return {"invaliduser": unknown}
