"""Carrying out what follows for SOPs; imported when the first of it comes."""

from collections.abc import Callable, Mapping
from typing import Any

from scrm.changes.carrying_out import Consequences
from scrm.changes.effects import SopHappened
from scrm.sops.queueing import tell


def done_by(_: Consequences) -> Mapping[type[Any], Callable[[Any, Any], None]]:
    """Return how each effect is carried out."""
    return {
        SopHappened: lambda effect, _: tell(effect.subject, effect.kind, effect.cause, effect.facts),
    }
