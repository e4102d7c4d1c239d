"""Everybody's entry: sessions, liveness, the API's description, the domain's proof."""

from typing import Any

from scrm import clock, initialised
from scrm.sessions.public_api import api

initialised()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one HTTP request."""
    return api.answer(event, clock.now())
