"""Killing a worker at its k-th step, whatever the step is: before or after a request to AWS or to WeCom.

    steps = Steps()
    with steps.watched(monkeypatch, simulator): ...

`Killed` is no Exception: no handler catches it, as none survives a real kill.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.client import BaseClient

from wecom_simulator import Simulator


class Killed(BaseException):
    """The worker is gone."""


class Steps:
    """Counts steps; dies at step `die_at`, never when it is None."""

    def __init__(self) -> None:
        self.taken = 0
        self.die_at: int | None = None
        self.names: list[str] = []

    def restart(self, die_at: int | None) -> None:
        """Count anew."""
        self.taken, self.die_at, self.names = 0, die_at, []

    def take(self, name: str) -> None:
        """Take one step; raise Killed when it is the fatal one."""
        self.taken += 1
        self.names.append(name)
        if self.taken == self.die_at:
            raise Killed(f"at step {self.taken}: {name}")

    @contextmanager
    def watched(self, monkeypatch: pytest.MonkeyPatch, simulator: Simulator) -> Iterator[None]:
        """Take a step before and after every request to AWS and to WeCom while the block runs."""
        with monkeypatch.context() as patch:
            self._wrap(patch, BaseClient, "_make_api_call", lambda args: str(args[1]))
            self._wrap(patch, simulator, "handle", lambda args: str(args[1]).partition("?")[0])
            yield

    def _wrap(
        self,
        patch: pytest.MonkeyPatch,
        owner: Any,
        attribute: str,
        name_of: Callable[[tuple[Any, ...]], str],
    ) -> None:
        real = getattr(owner, attribute)

        def stepping(*args: Any, **kwargs: Any) -> Any:
            self.take(f"before {name_of(args)}")
            answer = real(*args, **kwargs)
            self.take(f"after {name_of(args)}")
            return answer

        patch.setattr(owner, attribute, stepping)


def survives(
    steps: Steps, prepare: Callable[[], Callable[[], None]], outcome: Callable[[], Any]
) -> dict[int, list[str]]:
    """Return how outcomes differ from the undisturbed one, by the step the worker was killed at.

    `prepare` sets the world up anew and returns the work, which is done again after the kill.
    """
    prepare_undisturbed = prepare()
    steps.restart(None)
    prepare_undisturbed()
    expected, total, fatal = outcome(), steps.taken, ""
    different: dict[int, list[str]] = {}
    for k in range(1, total + 1):
        work = prepare()
        steps.restart(k)
        try:
            work()
        except Killed as killed:
            steps.restart(None)
            work()
            fatal = str(killed)
        if (found := outcome()) != expected:
            different[k] = [fatal, *difference(found, expected)]
    return different


def difference(found: Any, expected: Any, place: str = "") -> list[str]:
    """Return where two plain values differ, a line each."""
    if isinstance(found, dict) and isinstance(expected, dict):
        names = sorted(found.keys() | expected.keys())
        return [
            line
            for name in names
            for line in difference(found.get(name), expected.get(name), f"{place}.{name}")
        ]
    if isinstance(found, list | tuple) and isinstance(expected, list | tuple) and len(found) == len(expected):
        pairs = enumerate(zip(found, expected, strict=True))
        return [line for n, (one, two) in pairs for line in difference(one, two, f"{place}[{n}]")]
    return [] if found == expected else [f"{place}: {found!r}, undisturbed {expected!r}"]
