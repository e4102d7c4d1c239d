"""The one welcome message a new customer may get (documentation 92137)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..calls import Call
from ..errors import Refused
from ..registry import endpoint
from ..settings import WELCOME_SECONDS
from ..world import fold
from .attachments import check_content

if TYPE_CHECKING:
    from ..simulator import Simulator


@endpoint("POST", "externalcontact/send_welcome_msg")
def send_welcome(sim: Simulator, call: Call) -> None:
    """Send within 20 s of the event and once.

    41050 unknown or too late, 41051 sent already or the chat has begun, 41053 consent to archiving is open,
    41096 another app is sending. A refusal leaves the code usable while it is young.
    """
    world = sim.world
    code = world.welcome_codes.get(call.body["welcome_code"])
    if code is None or call.now >= code.made_at + WELCOME_SECONDS:
        raise Refused(41050)
    relation = world.relation(code.userid, code.external_userid)
    if code.sent_at or (relation is not None and (relation.welcomed or relation.chatted)):
        raise Refused(41051)
    if code.held:
        raise Refused(41096)
    if world.customers[code.external_userid].consent_open:
        raise Refused(41053)
    if not world.visible(call.app, world.staff[fold(code.userid)]):
        raise Refused(60011)
    check_content(sim, call)
    code.sent_at = call.now
    if relation is not None:
        relation.welcomed = True
