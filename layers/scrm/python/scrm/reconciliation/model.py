"""A reconciliation 对账: WeCom's list of every member's customers, held against ours (spec IDN-26)."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal

RunStatus = Literal["starting", "running", "done"]

# A run that has not ended by then no longer keeps a new one from starting.
GIVEN_UP_AFTER = timedelta(hours=6)


@dataclass(frozen=True)
class Counts:
    """What one page, one member or a whole run came to.

    seen: relations WeCom lists. added: friendships no callback told of. edited: remarks, tags or origin that
    differed. found_again: relations that had been missing. missing: ours, active, that WeCom does not list.
    """

    seen: int = 0
    added: int = 0
    edited: int = 0
    found_again: int = 0
    missing: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True)
class Member:
    """One member's part of a run. `errcode` is set when WeCom does not show us their customers."""

    userid: str
    done: bool = False
    errcode: int = 0


@dataclass(frozen=True)
class Run:
    """A run as started."""

    run_id: str
    requested_by: str
    started_at: datetime
    listed: bool = False

    def may_be_given_up(self, now: datetime) -> bool:
        """Return whether it has gone on for so long that a new one may start."""
        return now - self.started_at >= GIVEN_UP_AFTER


@dataclass(frozen=True)
class Progress:
    """How far a run is. Read from the members' rows, so repetitions are never counted twice."""

    run: Run
    members: int
    members_done: int
    members_skipped: int
    counts: Counts

    @property
    def status(self) -> RunStatus:
        """Return "starting" until the members are listed, "done" when each of them is."""
        if not self.run.listed:
            return "starting"
        return "done" if self.members_done == self.members else "running"


@dataclass(frozen=True)
class Page:
    """One page of one member's customers to compare. An empty `userid` asks for the members to be listed.

    `restarts` is how often the member was begun afresh because WeCom had forgotten the cursor.
    """

    run_id: str
    userid: str = ""
    cursor: str | None = None
    number: int = 0
    restarts: int = 0

    def message(self) -> dict[str, Any]:
        """Return it as SyncPages carries it."""
        return {
            "run_id": self.run_id,
            "userids": [self.userid] if self.userid else [],
            "cursor": self.cursor,
            "page": self.number,
            "restarts": self.restarts,
        }

    @classmethod
    def of(cls, message: dict[str, Any]) -> "Page":
        """Return the page of a message; raises KeyError when it is none."""
        userids = message["userids"]
        return cls(
            message["run_id"],
            userids[0] if userids else "",
            message.get("cursor"),
            int(message.get("page") or 0),
            int(message.get("restarts") or 0),
        )


def progress_of(run: Run, members: Iterable[Member], pages: Iterable[Counts]) -> Progress:
    """Return how far the run is."""
    rows = list(members)
    return Progress(
        run=run,
        members=len(rows),
        members_done=sum(each.done for each in rows),
        members_skipped=sum(bool(each.errcode) for each in rows),
        counts=sum(pages, Counts()),
    )
