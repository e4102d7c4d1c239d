"""Every ten minutes: makes the libraries' catalogues anew where something has changed or was used."""

from typing import Any

from scrm import clock, initialised
from scrm.library.compiling import compile_library
from scrm.library.model import KINDS
from scrm.telemetry import Log

log = Log("compile_libraries")
initialised()


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Return how many catalogues were made as of the event's `time`. Safe to repeat, late or twice."""
    with log.invocation(context):
        now = clock.scheduled(event)
        return {"made": sum(compile_library(kind, now) for kind in KINDS)}
