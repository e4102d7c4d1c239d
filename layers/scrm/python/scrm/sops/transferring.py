"""Bars move with their customer's owner (spec 3.7): what a handover's progress means for them.

Told by messages of inheritance: `phase` pending, succeeded or refused, of `handover` to `takeover` for one
chat, with `mode` onjob or resigned. Repeating is safe: what a phase has done is found done.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from scrm.settings.dynamodb import load as load_settings
from scrm.sops.enrollment import OWNER_LEFT, PENDING, SOP_PAUSED, Enrollment
from scrm.sops.model import Version
from scrm.sops.moving import exited, handed_over, paused, resumed
from scrm.sops.sops_dynamodb import defined
from scrm.sops.storing import until_stored
from scrm.sops.whose import bars_of
from scrm.staff.model import key

Message = Mapping[str, Any]


def transferred(message: Message, _now: datetime) -> None:
    """Pause, move or end the bars that the handover's former owner carried out for a customer.

    succeeded: the takeover goes on, due = max(old due, now), or by `on_transfer` anew or not at all.
    refused on the job: the former owner goes on; after resignation the friendship is lost.
    """
    at = datetime.fromisoformat(message["at"])
    phase = _PHASES[message["phase"]]
    for it in _carried_out(message, at):
        version = defined.version(it.sop_id, it.version)
        until_stored(it, partial(phase, version, message, at))
        if message["phase"] == "succeeded" and version.policies.on_transfer == "restart":
            _restart(it, message, at)


def _pending(version: Version, _: Message, at: datetime, it: Enrollment) -> Enrollment:
    # A SOP that goes on again is not to wake it before the handover is settled.
    if it.status == "PAUSED" and it.why in {OWNER_LEFT, SOP_PAUSED}:
        return replace(it, why=PENDING)
    return paused(it, PENDING, version, at) if it.status == "ACTIVE" else it


def _succeeded(version: Version, message: Message, at: datetime, it: Enrollment) -> Enrollment:
    if not it.is_live or key(it.owner) == key(message["takeover"]):
        return it
    if version.policies.on_transfer == "exit":
        return exited(it, "transfer", at)
    if version.policies.on_transfer == "restart":
        return exited(it, "restarted", at)
    chat = message.get("takeover_external_userid") or it.external_userid
    return handed_over(it, message["takeover"], chat, version, load_settings(), at)


def _refused(version: Version, message: Message, at: datetime, it: Enrollment) -> Enrollment:
    if it.status != "PAUSED" or it.why != PENDING:
        return it
    if message["mode"] == "resigned":
        return exited(it, "lost_relation", at)
    return resumed(it, version, load_settings(), at)


_PHASES: Mapping[str, Callable[..., Enrollment]] = {
    "pending": _pending,
    "succeeded": _succeeded,
    "refused": _refused,
}


def _restart(it: Enrollment, message: Message, at: datetime) -> None:
    from scrm.sops.entering import Occasion, enter  # most handovers do without

    sop = defined.sops().get(it.sop_id)
    if sop and sop.live:
        told = Occasion("restart", at, owner=message["takeover"])
        enter(it.subject, defined.version(it.sop_id, sop.published), told, at, again=True)


def _carried_out(message: Message, at: datetime) -> list[Enrollment]:
    """Return the bars of whoever the customer is that the handover's former owner carries out.

    Those, too, that this handover has ended to begin anew: whoever was killed between the two goes on.
    """
    _, bars = bars_of(message["subject"])
    chat, former, at = message["external_userid"], key(message["handover"]), at.replace(microsecond=0)
    return [
        each
        for each in bars
        if (each.is_live or (each.why == "restarted" and each.ended_at == at))
        and each.external_userid == chat
        and key(each.owner) == former
    ]
