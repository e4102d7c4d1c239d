"""Tokens, call counts and blocks in the volatile table, shared by every process of the deployment.

Rows: `wecom-token#…` (one token or ticket with its lease), `wecom-rate#corp#api#hour` (count of the hour and
of each minute), `wecom-blocks#corp` (until when each API is blocked). Deletion by TTL is never relied on:
tokens carry their end, counts their hour, blocks their until.
"""

from collections.abc import Sequence
from typing import Any

from pynamodb.connection import TableConnection
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from scrm.table import Raw, VolatileRow
from scrm.wecom.tokens import Entry, Held

_KEPT_SECONDS = 86_400
_UNTIL = "until:"


class DynamoShared:
    """Both `Leases` and `Windows` of one deployment."""

    def __init__(self) -> None:
        # The model's own connection: another one would build another client at every cold start.
        self._table: TableConnection = VolatileRow._get_connection()  # noqa: SLF001

    def read(self, key: str) -> Entry:
        row = self._row(key)
        held = None
        if "value" in row:
            held = Held(row["value"], int(row["generation"]), float(row["valid_until"]))
        return Entry(
            held=held,
            holder=row.get("holder"),
            leased_at=float(row.get("leased_at", 0)),
            refusal=int(row.get("refusal", 0)),
            refused_until=float(row.get("refused_until", 0)),
        )

    def acquire(self, key: str, holder: str, seen: Entry, now: float) -> bool:
        generation, lease = Path("generation"), Path("holder")
        unchanged = generation == seen.generation if seen.held else generation.does_not_exist()
        same_lease = lease == seen.holder if seen.holder else lease.does_not_exist()
        actions = [
            lease.set(holder),
            Path("leased_at").set(now),
            Path("expires_at").set(int(now) + _KEPT_SECONDS),
        ]
        return self._update(key, actions, unchanged & same_lease)

    def publish(self, key: str, holder: str, held: Held) -> bool:
        generation = Path("generation")
        actions = [
            Path("value").set(held.value),
            generation.set(held.generation),
            Path("valid_until").set(held.valid_until),
            Path("expires_at").set(int(held.valid_until) + _KEPT_SECONDS),
            Path("holder").remove(),
            Path("refusal").remove(),
        ]
        older = generation.does_not_exist() | (generation < held.generation)
        return self._update(key, actions, (Path("holder") == holder) & older)

    def release(self, key: str, holder: str, refusal: int, refused_until: float) -> None:
        actions = [
            Path("holder").remove(),
            Path("refusal").set(refusal),
            Path("refused_until").set(refused_until),
        ]
        self._update(key, actions, Path("holder") == holder)

    def take(self, key: str, minute: int, in_minute: int, in_hour: int, ceilings: tuple[int, int]) -> bool:
        of_minute, of_hour = Path(f"m{minute:02d}"), Path("taken")
        most_in_minute, most_in_hour = ceilings[0] - in_minute, ceilings[1] - in_hour
        hour = int(key.rpartition("#")[2])
        actions = [
            of_minute.add(in_minute),
            of_hour.add(in_hour),
            Path("expires_at").set((hour + 1) * 3600 + _KEPT_SECONDS),
        ]
        room_in_minute = of_minute.does_not_exist() | (of_minute <= most_in_minute)
        room_in_hour = of_hour.does_not_exist() | (of_hour <= most_in_hour)
        return self._update(key, actions, room_in_minute & room_in_hour)

    def taken(self, key: str, minute: int) -> tuple[int, int]:
        row = self._row(key)
        return int(row.get(f"m{minute:02d}", 0)), int(row.get("taken", 0))

    def blocks(self, key: str) -> dict[str, float]:
        row = self._row(key)
        return {n.removeprefix(_UNTIL): float(u) for n, u in row.items() if n.startswith(_UNTIL)}

    def block(self, key: str, api: str, until: float) -> None:
        blocked = Path([f"{_UNTIL}{api}"])
        actions = [blocked.set(until), Path("expires_at").set(int(until) + _KEPT_SECONDS)]
        self._update(key, actions, blocked.does_not_exist() | (blocked < until))

    def _row(self, key: str) -> dict[str, Any]:
        answer = self._table.get_item(key, consistent_read=True)
        return Raw.plain(answer.get("Item", {}))

    def _update(self, key: str, actions: Sequence[Action], condition: Condition) -> bool:
        try:
            self._table.update_item(key, actions=actions, condition=condition)
        except UpdateError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                return False
            raise
        return True
