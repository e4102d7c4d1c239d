"""Messages of the queue SopSteps, by their kind (docs/events.md); what is rare is imported when it comes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module
from typing import Any

from scrm.sops.completing import complete
from scrm.sops.running import run_due
from scrm.telemetry import correlate, count

Message = Mapping[str, Any]


def happen(message: Message, now: datetime) -> None:
    """Do what a message asks for. Safe to repeat. A kind that is unknown is a mistake of ours: KeyError."""
    kind = message["kind"]
    correlate(subject=message.get("subject", ""), kind=kind)
    count("sop_message", kind=kind)
    if kind in _NOW:
        _NOW[kind](message, now)
        return
    module, name = _LATER[kind].rsplit(".", 1)
    getattr(import_module(module), name)(message, now)


def _done(message: Message, now: datetime) -> None:
    at = datetime.fromisoformat(message["at"])
    complete(
        message["subject"],
        message["sop_id"],
        message["cycle"],
        message["step_key"],
        message["attempt"],
        message.get("status", "SENT"),
        at,
        why=message.get("why", ""),
        result=message.get("result", ""),
    )
    run_due(message["subject"], now)


_NOW: Mapping[str, Callable[[Message, datetime], object]] = {
    "due": lambda message, now: run_due(message["subject"], now),
    "done": _done,
}
_LATER: Mapping[str, str] = {
    "enter": "scrm.sops.triggering.entering_asked",
    "look": "scrm.sops.looking.looked_at",
    "act": "scrm.sops.acting.customer_acted",
    "lead": "scrm.sops.nurturing.lead_moved",
    "known": "scrm.sops.nurturing.keys_known",
    "transfer": "scrm.sops.transferring.transferred",
    "mass": "scrm.mass_sends.sending.look_at",
    "mass_end": "scrm.mass_sends.outcomes.came_to",
}
