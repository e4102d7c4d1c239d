"""Asking WeCom for a mass send: the intent is stored, WeCom asked, the answer stored (spec 3.10, 0027).

No answer, or none that was stored, means that nobody knows: WeCom's own list is asked by time, content,
sender and recipients before anything is asked for again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from scrm.mass_sends import dynamodb as stored
from scrm.mass_sends.content import Content, Files, Incomplete, NotReady, content_of, files_in
from scrm.mass_sends.model import CLARIFIED_AFTER, GONE_AFTER, MINUTE, MOST_TRIES, Gather, MassCall
from scrm.mass_sends.telling import tell_some
from scrm.materials.files_dynamodb import ask as ask_upload
from scrm.materials.files_dynamodb import media_refused
from scrm.sends.files import media_of, pictures_of
from scrm.sops.sops_dynamodb import defined
from scrm.staff.model import key
from scrm.telemetry import count
from scrm.wecom import mass_sends
from scrm.wecom.checks import BreaksLimit, Missing
from scrm.wecom.deployed import wecom
from scrm.wecom.errors import (
    OURS_TO_MEND,
    MediaGone,
    NoReceiver,
    Refused,
    Throttled,
    UnknownOutcome,
    WeComError,
)
from scrm.wecom.mass_sends import Listed

EARLIER = timedelta(minutes=5)
"""WeCom's clock may be so far behind ours."""


class Later(Exception):
    """Nothing can be said now: the call is looked at again at `at`."""

    def __init__(self, at: datetime) -> None:
        super().__init__()
        self.at = at


def ask(it: Gather, call: MassCall, now: datetime) -> MassCall:
    """Ask for a planned call and return it as stored: waiting, or over where WeCom will not have it.

    Raises Later when another time may be better; nothing was made then, or nobody knows.
    """
    if call.tries >= MOST_TRIES:
        return give_up(it, call, now, "failed", "tries")
    try:
        content, media = _content(it, call, now)
    except (Incomplete, BreaksLimit, Missing):
        return give_up(it, call, now, "failed", "content")
    recipients = stored.named(it, call.number)
    asked = replace(
        call,
        status="asked",
        asked_at=now,
        tries=call.tries + 1,
        text=content.text,
        attachments=content.attachments,
    )
    stored.put_call(it, asked)
    try:
        made = mass_sends.add_msg_template(
            wecom(),
            call.sender,
            recipients,
            content.text,
            [dict(each) for each in content.attachments],
            chat_type="group" if it.mode == "mass_group" else "single",
        )
    except UnknownOutcome:
        count("sop_mass_unknown")
        raise Later(now + CLARIFIED_AFTER) from None
    except WeComError as error:
        return _not_made(it, asked, media, error, now)
    count("sop_mass_asked")
    return made_it(it, asked, made.msgid, recipients, made.failed, now)


def clarify(it: Gather, call: MassCall, now: datetime) -> MassCall:
    """Return a call nobody knows of as WeCom's list shows it: waiting, or planned where it was not made.

    Raises Later while WeCom may still be at it, and WeComError when it does not say.
    """
    asked_at = call.asked_at or now
    if now < asked_at + CLARIFIED_AFTER:
        raise Later(asked_at + CLARIFIED_AFTER)
    named = stored.named(it, call.number)
    known = {each.msgid for each in stored.calls(it) if each.msgid}
    for listed in _listed(it, asked_at, now):
        if listed.msgid in known or not _says(listed, call.content):
            continue
        reached = _reached(it, listed.msgid, call.sender, named)
        if reached & set(named):
            count("sop_mass_found")
            return made_it(it, call, listed.msgid, named, sorted(set(named) - reached), now)
    if now < asked_at + GONE_AFTER:
        raise Later(asked_at + GONE_AFTER)
    count("sop_mass_not_made")
    return _put(it, replace(call, status="planned"))


def made_it(
    it: Gather, call: MassCall, msgid: str, recipients: Sequence[str], failed: Iterable[str], now: datetime
) -> MassCall:
    """Return a call that was made; who was left out of it is told first, since only the answer names them."""
    left_out = set(failed)
    if left_out:
        tell_some(it, ((each, "refused", now) for each in left_out))
        recipients = [each for each in recipients if each not in left_out]
        stored.name(it, call.number, recipients)
    made = replace(call, status="waiting", msgid=msgid)
    return _put(it, made) if recipients else over(it, made)


def give_up(it: Gather, call: MassCall, now: datetime, came_to: Any, why: str = "") -> MassCall:
    """Return a call that is over: what it came to is told to all of whom nothing else is known."""
    tell_some(it, ((each, came_to, now) for each in stored.named(it, call.number)), why)
    stored.name(it, call.number, [])
    return over(it, call)


def over(it: Gather, call: MassCall) -> MassCall:
    """Return a call that is over as it is stored: without what it said to whom."""
    return _put(it, replace(call, status="over", values={}, text="", attachments=()))


def _not_made(
    it: Gather, call: MassCall, media: Mapping[str, str], error: WeComError, now: datetime
) -> MassCall:
    """Return what becomes of a call that WeCom did not make. Raises Later where the same one may be made."""
    refused = replace(call, errcode=error.errcode)
    if isinstance(error, NoReceiver):
        return give_up(it, refused, now, "refused")
    if isinstance(error, MediaGone):
        for file_id, media_id in media.items():
            media_refused(file_id, "message", media_id, now)
    elif isinstance(error, Refused) and not isinstance(error, OURS_TO_MEND):
        count("sop_mass_refused", errcode=error.errcode)
        return give_up(it, refused, now, "failed", str(error.errcode))
    tries = refused.tries if isinstance(error, MediaGone) else refused.tries - 1
    _put(it, replace(refused, status="planned", tries=tries))
    wait = timedelta(seconds=error.retry_after) if isinstance(error, Throttled) else MINUTE
    raise Later(now + max(wait, MINUTE))


def _content(it: Gather, call: MassCall, now: datetime) -> tuple[Content, dict[str, str]]:
    """Return what the call says, as corrected last, and media ids by file. Raises Later, Incomplete."""
    defined.sops()
    parts = defined.contents(it.sop_id, it.number).get(it.step_key, {}).get("parts", ())
    wanted = files_in(parts)
    media, pictures = (media_of(wanted, now), pictures_of(wanted)) if wanted else ({}, {})
    try:
        content = content_of(parts, call.values, Files(media, pictures))
    except NotReady as cold:
        for file_id in cold.files:
            ask_upload(file_id, "message", now)
        count("sop_mass_media_cold")
        raise Later(now + MINUTE) from None
    if content.is_empty:
        raise Incomplete
    return content, media


def _listed(it: Gather, asked_at: datetime, now: datetime) -> list[Listed]:
    chat_type: Any = "group" if it.mode == "mass_group" else "single"
    start, end = int((asked_at - EARLIER).timestamp()), int((now + EARLIER).timestamp())
    return list(mass_sends.get_groupmsg_list_v2(wecom(), chat_type, start, end))


def _says(listed: Listed, content: Content) -> bool:
    """Return whether a task says this; of media only the kind, since WeCom may show another id."""
    return listed.text == content.text and list(map(_shape, listed.attachments)) == list(
        map(_shape, content.attachments)
    )


def _shape(attachment: Mapping[str, Any]) -> tuple[str, str, str]:
    kind = str(attachment.get("msgtype"))
    told = attachment.get(kind) or {}
    return kind, str(told.get("title") or ""), str(told.get("url") or told.get("page") or "")


def _reached(it: Gather, msgid: str, sender: str, named: Sequence[str]) -> set[str]:
    """Return whom a task names for a sender; nobody where it is not theirs. Raises Busy at first (41063).

    Of groups WeCom lists those alone that were sent to: one for the same owner that says the same is it.
    """
    senders = {key(each.userid) for each in mass_sends.get_groupmsg_task(wecom(), msgid)}
    if key(sender) not in senders:
        return set()
    if it.mode == "mass_group":
        return set(named)
    return {each.recipient for each in mass_sends.get_groupmsg_send_result(wecom(), msgid, sender)}


def _put(it: Gather, call: MassCall) -> MassCall:
    stored.put_call(it, call)
    return call
