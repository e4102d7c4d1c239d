"""The second scene of `make demo`: a stranger turns out to be a customer of the CRM, and buys.

The CRM and the shop sign their requests as any system of a company does; nothing else tells them apart from
one.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from typing import TYPE_CHECKING, Any

from infra.local.acting import content, step
from infra.local.stack import clock
from infra.local.stack.description import Description
from infra.local.stack.places import say

if TYPE_CHECKING:
    from infra.local.demo import Demo

PRODUCT = "P-199"


class OtherSystems:
    """The company's CRM and shop: everything they send is signed (docs/operations/integrations.md)."""

    def __init__(self, demo: Demo, stack: Description) -> None:
        self._demo = demo
        self._stack = stack
        self._last: tuple[str, str, bytes, int] | None = None

    def ask(self, method: str, path: str, sent: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send one signed request and return its answer.

        A signature counts once, and its time is in whole seconds: the same request waits for the next one.
        """
        body = json.dumps(sent, ensure_ascii=False).encode() if sent else b""
        now = time.time()
        if (method, path, body, int(now)) == self._last:
            time.sleep(1 - now % 1)
            now = time.time()
        self._last = (method, path, body, int(now))
        stamp = str(int(now))
        text = f"{stamp}\n{method}\n{path}\n{hashlib.sha256(body).hexdigest()}"
        secret = self._stack.integration_secret.encode()
        headers = {
            "Content-Type": "application/json",
            "X-Scrm-Key": self._stack.integration_key_id,
            "X-Scrm-Timestamp": stamp,
            "X-Scrm-Signature": hmac.new(secret, text.encode(), hashlib.sha256).hexdigest(),
        }
        return content(self._demo.api.request(method, path, content=body, headers=headers))


def play(demo: Demo, others: OtherSystems, admin: dict[str, str], seller: dict[str, str], userid: str) -> str:
    """Play the scene, say what can be seen of it, and return the customer's external_userid."""
    crmid = f"C-{uuid.uuid4().hex[:8]}"
    with step("The CRM tells of a customer whom nobody has in WeCom"):
        record = {"crmid": crmid, "version": 1, "name": "李雷", "kind": "existing"}
        others.ask("POST", "/integrations/customers", {"customers": [record]})
    with step("The administrator defines two segments: 未购 and 已购"):
        segments = {
            name: segment(demo, admin, f"{name} {crmid}", op)
            for name, op in (("未购", "lt"), ("已购", "gte"))
        }
    with step(f"The CRM asks for a serial code that leads to {userid}"):
        code = others.ask("POST", "/integrations/serial-codes", {"crmid": crmid, "userids": [userid]})
        demo.awaited(lambda: made(others, code["state"]))
    scanned_at = time.monotonic()
    with step("A stranger scans it"):
        there = demo.act("scan", userid=userid, state=code["state"], name="李雷")["external_userid"]
    with step("… and is the CRM's customer"):
        shown = demo.awaited(lambda: known_as(demo, seller, there, crmid))
    say(f"     {time.monotonic() - scanned_at:.1f} s after the scan; customer {shown['customer_id']}.")
    with step("They are among 未购"):
        demo.awaited(lambda: inside(demo, admin, there, segments["未购"]))
    paid_at = time.monotonic()
    with step("The shop tells of an order of ¥199.00, paid"):
        others.ask("POST", "/integrations/orders", {"orders": [order(crmid)]})
    with step("They have moved to 已购"):
        demo.awaited(lambda: inside(demo, admin, there, segments["已购"]))
        demo.awaited(lambda: not inside(demo, admin, there, segments["未购"]) or None)
    say(f"     {time.monotonic() - paid_at:.1f} s after the order.")
    with step(f"{userid} saves a query for customers who have paid ¥100 or more"):
        condition = {"field": "order_amount", "op": "gte", "value": 10_000}
        query = demo.created("/workbench/queries", {"name": f"大单 {crmid}", "condition": condition}, seller)
    with step("The query finds them"):
        demo.awaited(lambda: found(demo, seller, query["query_id"], there))
    return str(there)


def made(others: OtherSystems, state: str) -> bool | None:
    """Return True once the code's picture is made at WeCom, None before."""
    return True if others.ask("GET", f"/integrations/serial-codes/{state}")["status"] == "active" else None


def segment(demo: Demo, admin: dict[str, str], name: str, op: str) -> str:
    condition = {"field": "order_count", "op": op, "value": 1}
    wish = {"name": name, "kind": "dynamic", "status": "active", "condition": condition}
    return str(demo.created("/admin/segments", wish, admin)["segment_id"])


def order(crmid: str) -> dict[str, Any]:
    now = clock.now().isoformat(timespec="seconds")
    line = {"product_code": PRODUCT, "title": "体验课", "amount_fen": 19_900}
    return {
        "source": "shop",
        "order_no": f"T{uuid.uuid4().hex[:12]}",
        "version": 1,
        "at": now,
        "crmid": crmid,
        "status": "paid",
        "amount_fen": 19_900,
        "lines": [line],
    }


def known_as(demo: Demo, seller: dict[str, str], there: str, crmid: str) -> dict[str, Any] | None:
    """Return the customer's block in the sidebar, once it names the CRM's record."""
    shown = demo.sidebar(seller, there)
    customer: dict[str, Any] | None = shown["customer"] if shown else None
    return customer if customer and customer["crmid"] == crmid else None


def inside(demo: Demo, admin: dict[str, str], there: str, segment_id: str) -> bool | None:
    """Return True once the customer is in the segment, None before."""
    answer = demo.api.get(f"/admin/customers/{there}/segments", headers=admin)
    listed = content(answer)["items"] if answer.is_success else []
    return True if any(each["segment_id"] == segment_id for each in listed) else None


def found(demo: Demo, seller: dict[str, str], query_id: str, there: str) -> bool | None:
    """Return True once the query's results hold the customer, None before."""
    rows = content(demo.api.get(f"/workbench/queries/{query_id}/results", headers=seller))["items"]
    return True if any(each["external_userid"] == there for each in rows) else None
