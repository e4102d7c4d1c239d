"""Every ten minutes: makes the libraries' catalogues anew where something has changed or was used."""

from typing import Any

from scrm import clock, initialised
from scrm.library.compiling import compile_all
from scrm.telemetry import Log

log = Log("compile_libraries")
initialised()


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Return how many catalogues were made as of the event's `time`. Safe to repeat, late or twice."""
    with log.invocation(context):
        return {"made": compile_all(clock.scheduled(event))}
