"""API Gateway in process: HTTP requests to the bundle's functions, through its authorizer."""

from __future__ import annotations

import base64
import threading
from typing import Any

from tests.doubles.bundle import Bundle, http_event
from tests.doubles.server import Answer

BEHIND_A_SESSION = {"sidebar", "workbench", "admin"}
TEXT = ("text/", "application/json", "application/xml", "application/javascript")


class Gateway:
    """Answers requests one after the other, as `serve` of a tests.doubles.server.Server."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self._lock = threading.Lock()

    def serve(self, method: str, target: str, body: bytes, headers: dict[str, str]) -> Answer:
        with self._lock:
            event = self._event(method, target, body, headers)
            root = event["rawPath"].split("/")[1]
            if root in BEHIND_A_SESSION:
                context = self.bundle.invoke("authorize", event)["context"]
                event["requestContext"]["authorizer"] = {"lambda": context}
            answer = self.bundle.invoke(self._function(root), event)
        content = answer.get("body") or ""
        sent = {name: str(value) for name, value in answer["headers"].items()}
        return answer["statusCode"], sent, content.encode()

    @staticmethod
    def _function(root: str) -> str:
        if root in BEHIND_A_SESSION or root in {"integrations", "h5"}:
            return f"{root}_api"
        return "wecom_callback" if root == "wecom" else "public_api"

    @staticmethod
    def _event(method: str, target: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
        lowered = {name.lower(): value for name, value in headers.items()}
        event = http_event(method, target, "", lowered)
        plain = lowered.get("content-type", "").startswith(TEXT)
        event["body"] = body.decode(errors="replace") if plain else base64.b64encode(body).decode()
        event["isBase64Encoded"] = not plain
        return event
