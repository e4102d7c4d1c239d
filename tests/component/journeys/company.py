"""A company with a CRM, a shop and members, asked only from outside: HTTP, callbacks, time."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from scrm.http.caller import Caller
from scrm.integrations.signing import signature
from tests.bench.scenarios import with_channel
from tests.component.conftest import http_event_of
from tests.component.http_world import Answered
from tests.doubles.bundle import STACK, Bundle

KEY_ID, SECRET = "ik_test0000000001", "test-integration-secret-0123456789"
ADMIN = Caller("admin", "operations_admin", "all")
SELLER = Caller("zhangsan", "staff", "own")
AUDITOR = Caller("auditor", "auditor", "all")
_FUNCTIONS = {"admin": "admin_api", "workbench": "workbench_api", "sidebar": "sidebar_api", "h5": "h5_api"}


@dataclass
class Company:
    """A bundle, and who asks it what. Signatures count once: each request is signed for another second."""

    bundle: Bundle
    state: str = ""
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    @classmethod
    def of(cls, bundle: Bundle) -> Company:
        """Return a company with members, one channel code and one integration."""
        bundle.cloud.parameters.values[f"/{STACK}/integrations/{KEY_ID}"] = json.dumps({"secret": SECRET})
        return cls(bundle, with_channel(bundle))

    def ask(self, method: str, target: str, body: Any = None, who: Caller = ADMIN) -> Answered:
        """Ask as somebody; a list goes as JSON, too."""
        url = urlsplit(target)
        text = json.dumps(body, ensure_ascii=False) if body is not None else None
        event = http_event_of(
            method, url.path, text, caller=who, headers={"content-type": "application/json"}
        )
        event["rawQueryString"] = url.query
        event["requestContext"]["requestId"] = f"journey-{next(self._numbers)}"
        return Answered(self.bundle.invoke(_FUNCTIONS[url.path.split("/")[1]], event))

    def told(self, method: str, path: str, body: Any = None) -> Answered:
        """Let another system send one signed request."""
        text = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        stamp = int(self.bundle.time.seconds) + next(self._numbers) % 500 - 250
        headers = {
            "X-Scrm-Key": KEY_ID,
            "X-Scrm-Timestamp": str(stamp),
            "X-Scrm-Signature": signature(SECRET, stamp, method, path, text),
        }
        event = http_event_of(method, path, text, headers=headers)
        return Answered(self.bundle.invoke("integrations_api", event))

    def added(self, state: str = "", **who: Any) -> str:
        """Let a stranger add zhangsan; return their external_userid."""
        there = self.bundle.wecom.people.scan(userid="zhangsan", state=state, **who)["external_userid"]
        self.settle()
        return str(there)

    def settle(self) -> None:
        """Deliver what WeCom sends, and work until nothing is left."""
        self.bundle.arrive()
        self.bundle.settle()

    def pass_days(self, days: float) -> None:
        """Let time go by, and what is due then happen."""
        self.bundle.time.sleep(days * 86_400)

    def sidebar(self, there: str, who: Caller = SELLER) -> dict[str, Any]:
        """Return a customer as the chat's sidebar shows them."""
        answered = self.ask("GET", f"/sidebar/customers/{there}", who=who)
        assert answered.status == 200, answered.text
        return dict(answered.json)

    def customer(self, who: str) -> dict[str, Any]:
        """Return a customer as the console shows them."""
        answered = self.ask("GET", f"/admin/customers/{who}")
        assert answered.status == 200, answered.text
        return dict(answered.json)

    def at(self, days: float = 0) -> str:
        """Return the time so many days from now, as others write it."""
        from datetime import timedelta

        return (self.bundle.time.now() + timedelta(days=days)).isoformat()
