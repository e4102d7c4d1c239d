"""Operations administrators."""

from typing import Any

from scrm import clock, telemetry
from scrm.admin.api import api
from scrm.wecom.deployed import wecom

log = telemetry.Log("admin_api")
wecom()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer one HTTP request."""
    with log.invocation(context):
        return api.answer(event, clock.now())
