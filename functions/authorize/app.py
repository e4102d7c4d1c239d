"""Establishes who calls from a session, for every API behind the authorizer; knows no business."""

from typing import Any

from scrm import aws, clock, initialised
from scrm.sessions.presence import authorizer_answer
from scrm.telemetry import Log, correlate

aws.client("ssm")
log = Log("authorize")
initialised()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Return a simple authorizer response: the caller as context, empty when nobody is there.

    When we cannot tell, the context says so, and the API answers 503 instead of ending sessions.
    """
    with log.invocation(context):
        try:
            answer = authorizer_answer(event, clock.now())
        except Exception:  # an escaped exception would end sessions as a 500
            log.exception("session_not_checked")
            return {"isAuthorized": True, "context": {"unavailable": "1"}}
        correlate(userid=answer["context"].get("userid"))
        return answer
