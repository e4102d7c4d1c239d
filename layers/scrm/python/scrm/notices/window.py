"""What a member has been sent lately, and when WeCom lets us send again.

WeCom drops, without a word, what exceeds 30 messages a minute or 1,000 an hour from one app to one member
(document 90236). Minutes and hours are the calendar's, as its own blocks are. A message sent in the last two
seconds of a minute may reach WeCom in the next one, so it counts in both.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))

PER_MINUTE = 30
PER_HOUR = 1000
IN_FLIGHT_SECONDS = 2


@dataclass(frozen=True)
class SendWindow:
    """`recent` are the sends of the last minute or so (unix seconds), `hour` and `in_hour` the count of one
    hour since 1970, `day` and `in_day` the messages of one Beijing day that were not urgent.
    """

    recent: tuple[int, ...] = ()
    hour: int = 0
    in_hour: int = 0
    day: str = ""
    in_day: int = 0

    def opens_at(self, now: datetime) -> datetime:
        """Return when one more message may be sent: `now`, or the start of a later minute or hour."""
        at = int(now.timestamp())
        if self.hour == at // 3600 and self.in_hour >= PER_HOUR:
            return datetime.fromtimestamp((at // 3600 + 1) * 3600, UTC)
        minute = at // 60
        while self._in_minute(minute, at) >= PER_MINUTE:
            minute += 1
        return now if minute == at // 60 else datetime.fromtimestamp(minute * 60, UTC)

    def sent_on(self, day: str) -> int:
        """Return how many messages that were not urgent the member got on a Beijing date (YYYY-MM-DD)."""
        return self.in_day if self.day == day else 0

    def with_one(self, now: datetime, *, urgent: bool) -> "SendWindow":
        """Return the window with a message sent now; only the last minute is kept in detail."""
        at, day = int(now.timestamp()), beijing_date(now)
        kept = tuple(sent for sent in self.recent if at - 60 - IN_FLIGHT_SECONDS <= sent <= at)
        return replace(
            self,
            recent=(*kept, at),
            hour=at // 3600,
            in_hour=(self.in_hour if self.hour == at // 3600 else 0) + 1,
            day=day,
            in_day=self.sent_on(day) + (0 if urgent else 1),
        )

    def _in_minute(self, minute: int, at: int) -> int:
        """Return how many sends count in a minute; ones after `at` belong to a clock since moved back."""
        start = minute * 60
        return sum(start - IN_FLIGHT_SECONDS <= sent < start + 60 for sent in self.recent if sent <= at)


def beijing_date(at: datetime) -> str:
    """Return the date in Beijing, YYYY-MM-DD."""
    return at.astimezone(BEIJING).date().isoformat()
