"""What one event of a feed means for the facts of a customer. Pure (spec 6, CUS-10, SEG-05, SEG-06).

Visits and clicks are traces and weigh nothing; an order that is told as an event is one too, since purchases
are counted from the orders themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from scrm.facts.model import Talk
from scrm.facts.tally import WEIGHTS, Tally, acted, chatted, touched
from scrm.staff.model import key

LONGEST_CHAT = timedelta(hours=24)


@dataclass(frozen=True)
class News:
    """One event: `outbound` is of messages, `lasting` of conversations, `marketing` of touches."""

    kind: str
    at: datetime
    userid: str | None = None
    outbound: bool = False
    lasting: timedelta = timedelta(0)
    marketing: bool = False

    @property
    def counts(self) -> bool:
        """Return whether it changes any fact."""
        return self.kind in WEIGHTS or self.kind in {"conversation", "follow_up"} or self.marketing


def told(tally: Tally, news: News, now: datetime) -> Tally:
    """Return the tally with an event; the caller lets each count once."""
    if news.kind in {"message", "conversation"}:
        tally = chatted(tally, news.at, news.at + min(news.lasting, LONGEST_CHAT))
    if news.marketing:
        tally = touched(tally, news.at, now)
    if news.kind in WEIGHTS and not news.outbound:
        tally = acted(tally, news.kind, news.at, now)
    return tally


def talk_of(news: News) -> Talk | None:
    """Return what an event tells of the member's talk with the customer, None for nothing."""
    if not news.userid:
        return None
    if news.kind == "follow_up":
        return Talk(news.userid, followed_at=news.at)
    if news.kind == "message":
        return (
            Talk(news.userid, staff_at=news.at) if news.outbound else Talk(news.userid, customer_at=news.at)
        )
    return None


def talks_by_member(talks: list[Talk]) -> Mapping[str, Talk]:
    """Return the latest of each time, by member."""
    found: dict[str, Talk] = {}
    for each in talks:
        known = found.get(key(each.userid), Talk(each.userid))
        found[key(each.userid)] = known.with_later(each)
    return found
