"""CRM, shop and phone systems: requests are signed."""

from typing import Any

from scrm import clock, initialised
from scrm.integrations.routes import api

initialised()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one HTTP request."""
    return api.answer(event, clock.now())
