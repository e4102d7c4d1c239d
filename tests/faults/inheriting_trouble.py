"""Trouble for workers of handovers: killed at any write or call, two at one batch, out of time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.bundle import CONTEXT, Bundle, Died
from tests.doubles.cloud import Call
from tests.doubles.dynamodb import WRITES

KILLED, KILLED_AT_ITS_HEART, TWO_AT_ONCE, OUT_OF_TIME = 1 / 2500, 1 / 60, 1 / 25, 1 / 50


@dataclass
class Trouble:
    """Kills workers, most of all beside a call and a batch's write, and lets two look at one batch."""

    bundle: Bundle
    dice: random.Random
    share: float = 1.0
    kills: int = 0
    doubles: int = 0
    fatal: Counter[str] = field(default_factory=Counter)
    _dead: bool = False
    _event: Any = None
    _within: bool = False

    def before(self, call: Call) -> None:
        """Kill, or let another worker be quicker, before a step."""
        self._step(call, "before")
        if self._event and not self._within and _is_of_a_batch(call) and self._strikes(TWO_AT_ONCE):
            self._within, self.doubles = True, self.doubles + 1
            try:
                self.bundle.app("run_inheritance_batch").handler(self._event, CONTEXT)
            finally:
                self._within = False

    def after(self, call: Call) -> None:
        """Kill after a step."""
        self._step(call, "after")

    def _step(self, call: Call, when: str) -> None:
        if self._dead:
            raise Died
        is_call = call.service == "wecom" and "transfer" in call.operation
        changes = call.operation in WRITES or call.operation.startswith("SendMessage")
        if self._within or not (is_call or changes):
            return
        heart = is_call or (self._event and _is_of_a_batch(call))
        if self._strikes(KILLED_AT_ITS_HEART if heart else KILLED):
            self._dead, self.kills = True, self.kills + 1
            self.fatal[f"{when} {'call' if is_call else 'batch' if heart else 'other'}"] += 1
            raise Died

    def _strikes(self, chance: float) -> bool:
        return self.dice.random() < chance * self.share

    def revived(self) -> None:
        """Another worker begins."""
        self._dead = self._within = False

    @contextmanager
    def loose(self) -> Iterator[None]:
        """Let it out while the block runs."""
        cloud, invoke, left = self.bundle.cloud, self.bundle.invoke, CONTEXT.get_remaining_time_in_millis

        def watched(function: str, event: dict[str, Any]) -> Any:
            self._event = event if function == "run_inheritance_batch" else None
            return invoke(function, event)

        cloud.before.append(self.before)
        cloud.after.append(self.after)
        self.bundle.on_death.append(self.revived)
        self.bundle.invoke = watched  # type: ignore[method-assign]
        CONTEXT.get_remaining_time_in_millis = lambda: 10_000 if self._strikes(OUT_OF_TIME) else 60_000
        try:
            yield
        finally:
            CONTEXT.get_remaining_time_in_millis = left
            self.bundle.invoke = invoke  # type: ignore[method-assign]
            self.bundle.on_death.remove(self.revived)
            cloud.before.remove(self.before)
            cloud.after.remove(self.after)


def _is_of_a_batch(call: Call) -> bool:
    return call.operation == "PutItem" and str(call.request.get("Item", {}).get("PK")).find("PLAN#") >= 0
