"""The control API under /_control: plays people and misbehaves on request. See docs/simulator.md."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .people import UnknownPerson

if TYPE_CHECKING:
    from .simulator import Simulator

Fields = dict[str, Any]
Run = Callable[["Simulator", Fields], Any]

ROUTES: dict[tuple[str, str], Run] = {}
UNLOCKED = ("/callbacks/verify", "/callbacks/drain")
"""Routes that wait for the product and must not hold everybody up meanwhile."""


def route(method: str, path: str) -> Callable[[Run], Run]:
    """Register the function for a path; `{tail}` takes the last segment."""

    def keep(run: Run) -> Run:
        ROUTES[method, path] = run
        return run

    return keep


class Control:
    """Answers control requests: 200 with a result, 400 with `error` for a wish that cannot be met, 404."""

    def __init__(self, sim: Simulator) -> None:
        self._sim = sim

    def answer(self, method: str, path: str, query: dict[str, str], body: bytes) -> tuple[int, Any]:
        """Return status and JSON for one request."""
        name = path.removeprefix("/_control").rstrip("/")
        run, found = _find(method, name)
        if run is None:
            return 404, {"error": f"no route {method} {path}"}
        try:
            fields = {**query, **_wish(body), **found}
            if name in UNLOCKED:
                return 200, run(self._sim, fields)
            with self._sim.lock:
                self._sim.transfers.settle(self._sim.clock())
                result = run(self._sim, fields)
                self._sim.dirty = self._sim.dirty or method != "GET"
                return 200, result
        except (UnknownPerson, ValueError, TypeError, KeyError) as error:
            return 400, {"error": f"{type(error).__name__}: {error}"}


def _wish(body: bytes) -> Fields:
    wish = json.loads(body) if body.strip() else {}
    if not isinstance(wish, dict):
        raise TypeError("the body must be a JSON object")
    return wish


def _find(method: str, path: str) -> tuple[Run | None, Fields]:
    """Return the route, and the value of its `{tail}` tail if it has one."""
    if run := ROUTES.get((method, path)):
        return run, {}
    parent, _, key = path.rpartition("/")
    run = ROUTES.get((method, f"{parent}/{{tail}}"))
    return run, {"tail": key}
