"""What a run asked of tables, queues and WeCom, counted at the doubles and priced by the calculator.

with recording(cloud) as used: ...
used.write_units("ScrmTable")
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.capacity.calculator import GSI_IN_TRANSACTION_ASSUMPTION

if TYPE_CHECKING:
    from tests.doubles.cloud import Call, Cloud
    from tests.doubles.dynamodb import Use


@dataclass
class Recorded:
    """Uses of tables and calls of services, in order."""

    uses: list[Use] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def requests(self, table: str = "") -> int:
        """Return how many table requests were sent; a transaction or batch is one."""
        return sum(
            call.service == "dynamodb" and (not table or table in str(call.request)) for call in self.calls
        )

    def read_units(self, table: str = "") -> float:
        return sum(use.read_units for use in self.uses if table in {"", use.table})

    def write_units(self, table: str = "") -> float:
        return sum(use.write_units for use in self.uses if table in {"", use.table})

    def sends(self, queue: str = "") -> int:
        """Return how many messages were sent; of a batch, each."""
        sent = [
            call for call in self.calls if call.service == "sqs" and call.operation.startswith("SendMessage")
        ]
        chosen = [call for call in sent if queue in call.request["QueueUrl"]]
        return sum(len(call.request.get("Entries", [None])) for call in chosen)

    def wecom(self) -> list[str]:
        """Return the paths called at WeCom, in order."""
        return [call.operation for call in self.calls if call.service == "wecom"]

    def scans(self) -> int:
        return sum(use.operation == "Scan" for use in self.uses)

    def golden(self) -> dict[str, Any]:
        """Return everything that a golden file holds: it does not depend on the machine."""
        return {
            "assumption": GSI_IN_TRANSACTION_ASSUMPTION,
            "table_requests": _counted(
                f"{use.operation} {use.table} {use.index}".strip() for use in self.uses
            ),
            "rru": {table: self.read_units(table) for table in sorted({use.table for use in self.uses})},
            "wru": {table: self.write_units(table) for table in sorted({use.table for use in self.uses})},
            "messages": _counted(
                call.request["QueueUrl"].rpartition("/")[2].removesuffix(".fifo")
                for call in self.calls
                if call.service == "sqs" and call.operation.startswith("SendMessage")
            ),
            "wecom_calls": self.wecom(),
        }


def _counted(names: Iterator[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


@contextmanager
def recording(cloud: Cloud) -> Iterator[Recorded]:
    """Record everything that reaches the cloud, and WeCom behind its gates, while the block runs."""
    used = Recorded()
    cloud.store.observers.append(used.uses.append)
    cloud.after.append(used.calls.append)
    try:
        yield used
    finally:
        cloud.store.observers.remove(used.uses.append)
        cloud.after.remove(used.calls.append)
