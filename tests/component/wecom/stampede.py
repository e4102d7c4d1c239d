"""Real processes and threads that all need a token at the same moment, around one store and one WeCom."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.managers import BaseManager
from threading import Lock
from typing import Any

from scrm.wecom.tokens import SharedToken
from tests.component.wecom.store import MemoryStore

ROUND_TRIP = 0.15


@dataclass(frozen=True)
class Outcome:
    """How often WeCom was asked, what callers got, and how long each waited (seconds)."""

    fetches: int
    values: frozenset[str]
    callers: int
    waits: tuple[float, ...]


class Counted:
    """WeCom's side: counts fetches and takes a round trip for each."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._fetches = 0

    def fetch(self) -> tuple[str, float]:
        with self._lock:
            self._fetches += 1
            value = f"T{self._fetches}"
        time.sleep(ROUND_TRIP)
        return value, 7200.0

    def fetches(self) -> int:
        return self._fetches


class _Manager(BaseManager):
    pass


_Manager.register("store", MemoryStore)
_Manager.register("wecom", Counted)


def _callers(store: Any, wecom: Any, skew: float, threads: int, start: Any, results: Any) -> None:
    token = SharedToken(
        "k",
        wecom.fetch,
        store,
        now=lambda: time.time() + skew,
        monotonic=time.monotonic,
        sleep=time.sleep,
    )

    def one(_: int) -> tuple[str, float]:
        begun = time.monotonic()
        return token.get().value, time.monotonic() - begun

    with ThreadPoolExecutor(threads) as pool:
        start.wait()
        results.put(list(pool.map(one, range(threads))))


def _killed_holder(store: Any, start: Any) -> None:
    def die() -> tuple[str, float]:
        os._exit(1)

    token = SharedToken("k", die, store, now=time.time, monotonic=time.monotonic, sleep=time.sleep)
    start.wait()
    token.get()


def run(skews: tuple[float, ...], threads: int = 50, *, kill_first: bool = False) -> Outcome:
    """Let a process for each skew ask from `threads` threads at once, perhaps after a holder was killed."""
    context = get_context("spawn")
    with _Manager(ctx=context) as manager:
        store, wecom = manager.store(), manager.wecom()  # type: ignore[attr-defined]
        if kill_first:
            ready = context.Barrier(1)
            killed = context.Process(target=_killed_holder, args=(store, ready))
            killed.start()
            killed.join()
        start, results = context.Barrier(len(skews)), context.Queue()
        processes = [
            context.Process(target=_callers, args=(store, wecom, skew, threads, start, results))
            for skew in skews
        ]
        for each in processes:
            each.start()
        answers = [answer for _ in processes for answer in results.get(timeout=60)]
        for each in processes:
            each.join()
        return Outcome(
            fetches=wecom.fetches(),
            values=frozenset(value for value, _ in answers),
            callers=len(answers),
            waits=tuple(wait for _, wait in answers),
        )
