"""A job, its chunks, and what a chunk came to. Pure (docs/decisions/0014-jobs.md)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

Status = Literal["queued", "running", "done", "partial", "cancelled", "failed"]
ItemStatus = Literal["done", "failed", "skipped"]

OPEN: tuple[Status, ...] = ("queued", "running")
KEPT = timedelta(days=90)
MOST_ITEMS = 10_000
CHUNK_ITEMS = 25
# A chunk whose turn comes back because somebody was busy: 8 times, over some four hours.
MOST_ATTEMPTS = 8
LONGEST_DELAY = 900


class GiveUp(Exception):
    """The whole job cannot go on; `why` is the code its reader is told."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Job:
    """One job. `total` is None while nobody can know it; `open` is how many chunks are not settled.

    `params` is what its kind needs, plain JSON data without names or numbers of people. `code` says why a
    job failed as a whole.
    """

    job_id: str
    kind: str
    requested_by: str
    created_at: datetime
    params: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    total: int | None = None
    parts: int = 1
    status: Status = "queued"
    done: int = 0
    failed: int = 0
    skipped: int = 0
    open: int = 1
    code: str = ""
    finished_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Return whether there is still work to do."""
        return self.status in OPEN

    @property
    def outcome(self) -> Status:
        """Return what the job came to, once no chunk of it is open."""
        if not self.failed:
            return "done"
        return "partial" if self.done or self.skipped else "failed"


@dataclass(frozen=True)
class NewJob:
    """A job to be started: either over `items`, texts of up to 256 characters, or a walk.

    A walk goes on from each of `starts` by itself, from cursor to cursor, until its runner names no next
    one: one start for a list, one for each month of all customers. `expected` is how many it will be.
    """

    job_id: str
    kind: str
    requested_by: str
    params: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    items: Sequence[str] = ()
    starts: Sequence[str] = ()
    expected: int | None = None
    chunk_items: int = CHUNK_ITEMS

    def __post_init__(self) -> None:
        if bool(self.items) == bool(self.starts):
            raise ValueError("a job has items or starts")
        if max(len(self.items), len(self.starts)) > MOST_ITEMS:
            raise ValueError(f"a job has at most {MOST_ITEMS} items")

    @property
    def chunks(self) -> list["Chunk"]:
        """Return the chunks it begins with, one a part."""
        if self.starts:
            return [Chunk(first_chunk(place), cursor=start) for place, start in enumerate(self.starts)]
        size = self.chunk_items
        groups = (self.items[at : at + size] for at in range(0, len(self.items), size))
        return [Chunk(first_chunk(place), items=tuple(group)) for place, group in enumerate(groups)]

    def job(self, now: datetime) -> Job:
        """Return the job as it begins at `now`."""
        parts = len(self.chunks)
        return Job(
            self.job_id,
            self.kind,
            self.requested_by,
            now,
            params=self.params,
            reason=self.reason,
            total=len(self.items) if self.items else self.expected,
            parts=parts,
            open=parts,
        )


@dataclass(frozen=True)
class Chunk:
    """A piece of a job: items, or the place `cursor` that a walk has come to.

    `attempt` counts how often its items were tried, `delay` is how many seconds it waits first. One that is
    to wait for longer has a time `not_before`: the night after it lets the chunk go on.
    """

    chunk_id: str
    items: tuple[str, ...] = ()
    cursor: str = ""
    attempt: int = 1
    delay: int = 0
    not_before: datetime | None = None


@dataclass(frozen=True)
class Work:
    """What a runner is given: one chunk of a job.

    A runner may be called again with the same chunk, after it was killed at any line: what it does must be
    harmless to repeat. When `has_time` says no, it hands back the rest as `Outcome.again`.
    """

    job: Job
    chunk: Chunk
    now: datetime
    has_time: Callable[[], bool] = lambda: True

    @property
    def items(self) -> tuple[str, ...]:
        """Return the items to do; none in a walk, which goes on at `cursor`."""
        return self.chunk.items

    @property
    def cursor(self) -> str:
        """Return where the walk goes on."""
        return self.chunk.cursor

    @property
    def last_attempt(self) -> bool:
        """Return whether an item that cannot be done now has failed."""
        return self.chunk.attempt >= MOST_ATTEMPTS


@dataclass(frozen=True)
class Result:
    """What became of one item; `code` says why, e.g. "not_friend"."""

    subject: str
    status: ItemStatus
    code: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a chunk came to.

    `results` are kept for the job's reader and counted; `done`, `failed` and `skipped` count what is not
    worth a line each. A walk goes on at `next_cursor`. The items of `again` are tried again, after `delay`
    seconds where somebody was busy; 0 says that only time ran out, and counts as no attempt. The items of
    `waiting` have their turn on another day, the night after `not_before`; the job stays open until then.
    """

    results: tuple[Result, ...] = ()
    done: int = 0
    failed: int = 0
    skipped: int = 0
    next_cursor: str | None = None
    again: tuple[str, ...] = ()
    delay: float = 0
    waiting: tuple[str, ...] = ()
    not_before: datetime | None = None

    def count(self, status: ItemStatus) -> int:
        """Return how many items ended so."""
        plain = {"done": self.done, "failed": self.failed, "skipped": self.skipped}[status]
        return plain + sum(each.status == status for each in self.results)


Runner = Callable[[Work], Outcome]


def first_chunk(part: int) -> str:
    """Return the id of the chunk that a part begins with."""
    return f"{part:05}.000000"


def following(work: Work, outcome: Outcome) -> list[Chunk]:
    """Return the chunks that follow from one: the walk's next, and what is to be tried again."""
    chunk = work.chunk
    delay = min(int(-(-outcome.delay // 1)), LONGEST_DELAY)
    found = []
    if outcome.next_cursor is not None:
        found.append(Chunk(_next_id(chunk.chunk_id), cursor=outcome.next_cursor, delay=delay))
    if outcome.again:
        attempt = chunk.attempt + bool(delay)
        found.append(Chunk(_again_id(chunk.chunk_id), items=outcome.again, attempt=attempt, delay=delay))
    if outcome.waiting:
        waits = outcome.not_before or work.now
        found.append(Chunk(_waiting_id(chunk.chunk_id), items=outcome.waiting, not_before=waits))
    return found


def _next_id(chunk_id: str) -> str:
    part, place, *_ = chunk_id.split(".")
    return f"{part}.{int(place) + 1:06}"


def _again_id(chunk_id: str) -> str:
    part, place, *tries = chunk_id.split(".")
    return f"{part}.{place}.{int(tries[0]) + 1 if tries else 1:03}"


def _waiting_id(chunk_id: str) -> str:
    """Return an id that no other chunk has: those that are tried again go on counting behind it."""
    part, place, *tries = chunk_id.split(".")
    return f"{part}.{place}w{tries[0] if tries else '000'}"


def message(job_id: str, chunk_id: str) -> dict[str, str]:
    """Return a chunk as the queue Jobs carries it."""
    return {"job_id": job_id, "chunk": chunk_id}
