"""What the scenes of `make demo` share: a step on the terminal, and an answer that must be a success."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from infra.local.stack.places import say


def content(answer: httpx.Response) -> dict[str, Any]:
    """Return a successful answer's JSON; anything else ends the demo with the answer."""
    if answer.is_error:
        sys.exit(
            f"\n{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:500]}"
        )
    parsed: dict[str, Any] = answer.json()
    return parsed


@contextmanager
def step(sentence: str) -> Iterator[None]:
    if sys.stdout.isatty():
        print(f"  …  {sentence}", end="\r", flush=True)
    started = time.monotonic()
    yield
    say(f"  ok  {sentence} ({time.monotonic() - started:.1f} s)")
