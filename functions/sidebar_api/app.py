"""The chat sidebar: who is this, what do we know, what is to be done."""

from typing import Any

from scrm import clock, initialised
from scrm.sidebar.routes import api

initialised()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one HTTP request."""
    return api.answer(event, clock.now())
