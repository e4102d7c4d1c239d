"""Which members' waiting notices a tick asks for, and how many. An idle shard costs one query (bar U7)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

# A member costs one queue message; 1,000 a minute is beyond any corp's staff that is due in one minute.
A_TICK = 1000
# WeCom asks apps to avoid the full and the half hour, when every corp's schedules fire. Windows and quiet
# hours often end there, so those two ticks ask for few and the next one for the rest.
A_CROWDED_TICK = 20
CROWDED_MINUTES = (0, 30)


@dataclass(frozen=True)
class DueMember:
    """A member (userid in lower case) whose notices are due, and since when (RFC 3339)."""

    userid: str
    due: str


Due = Callable[[int, datetime, int], Iterable[DueMember]]


def members_to_release(due: Due, shards: int, now: datetime) -> list[DueMember]:
    """Return the members to ask for at this tick, at most A_TICK; each shard is read once.

    `due(shard, now, limit)` yields members with something due. Who is left is due still at the next tick.
    """
    limit = A_CROWDED_TICK if now.minute in CROWDED_MINUTES else A_TICK
    return [member for shard in range(shards) for member in due(shard, now, limit // shards)]
