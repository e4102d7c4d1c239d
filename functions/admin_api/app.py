"""Operations administrators."""

from typing import Any

from scrm import clock, initialised
from scrm.admin.api import api
from scrm.wecom.deployed import wecom

wecom()
initialised()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer one HTTP request."""
    return api.answer(event, clock.now())
