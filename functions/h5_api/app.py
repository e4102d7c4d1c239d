"""Customers' pages: dynamic codes and forms."""

from typing import Any

from scrm import clock, initialised
from scrm.h5.routes import api

initialised()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one HTTP request."""
    return api.answer(event, clock.now())
