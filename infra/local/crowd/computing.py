"""A segment over the crowd, made and watched as an administrator does, over the API."""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import httpx

from infra.local.acting import content
from infra.local.crowd.people import Person
from infra.local.stack.description import Description
from infra.local.stack.drain import drain

LEAST_ORDERS = 2
LEAST_AMOUNT = 700_000
"""In fen. Some 3 in 100 have spent as much with that many orders."""

PATIENCE_SECONDS = 1800
LOOKING_SECONDS = 1.0


def condition(product: str) -> dict[str, Any]:
    """Return who of the crowd that bought `product` is to be in the segment."""
    return {
        "all": [
            {"field": "products", "op": "any", "value": [product]},
            {"field": "order_count", "op": "gte", "value": LEAST_ORDERS},
            {"field": "order_amount", "op": "gte", "value": LEAST_AMOUNT},
        ]
    }


def expected(person: Person) -> bool:
    """Return whether a customer ought to be in the segment, by what was drawn for them alone."""
    orders = person.tally.orders
    return orders.count >= LEAST_ORDERS and orders.amount_fen >= LEAST_AMOUNT


@dataclass
class Console:
    """The administrator's console."""

    stack: Description
    session: dict[str, str]
    api: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.api = httpx.Client(base_url=self.stack.api_url, timeout=40, headers=self.session)

    def create(self, name: str, product: str) -> str:
        """Make an active segment, which begins its computation; return its id."""
        wish = {"name": name, "kind": "dynamic", "status": "active", "condition": condition(product)}
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        made = content(self.api.post("/admin/segments", json=wish, headers=headers))
        return str(made["segment_id"])

    def computation(self, segment_id: str) -> Iterator[dict[str, Any]]:
        """Yield how far the computation is, until it is done; ends the program when it fails."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            answer = self.api.get(f"/admin/segments/{segment_id}")
            if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                # The engine answers in one thread: while it is busy, who only looks has to wait.
                time.sleep(LOOKING_SECONDS)
                continue
            found = content(answer)["computation"]
            yield found
            if found["status"] == "done":
                return
            if found["status"] not in {"queued", "running"}:
                sys.exit(f"The computation has ended as {found['status']}; see make drain.")
            time.sleep(LOOKING_SECONDS)
        sys.exit(f"The computation was not done after {PATIENCE_SECONDS} s; see make drain.")

    def moving(self, segment_id: str) -> Iterator[int]:
        """Yield how many members there are, until every queue and stream is done."""
        end = time.monotonic() + PATIENCE_SECONDS
        while left := drain(self.stack, LOOKING_SECONDS):
            yield from self.count(segment_id)
            if time.monotonic() > end or all(each.startswith("dead letter") for each in left):
                sys.exit("\n".join(left))
        yield from self.count(segment_id)

    def count(self, segment_id: str) -> Iterator[int]:
        """Yield how many members there are now, nothing while the engine is too busy to tell."""
        answer = self.api.get(f"/admin/segments/{segment_id}/count")
        if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            yield int(content(answer)["count"])

    def members(self, segment_id: str) -> Iterator[str]:
        """Yield the customer ids of the members."""
        page: dict[str, Any] = {"next_cursor": ""}
        while page["next_cursor"] is not None:
            query = {"limit": 100, **({"cursor": page["next_cursor"]} if page["next_cursor"] else {})}
            page = content(self.api.get(f"/admin/segments/{segment_id}/members", params=query))
            yield from (each["customer_id"] for each in page["items"])
