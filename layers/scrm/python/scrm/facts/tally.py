"""What is kept to count a customer's facts exactly once, whatever order news arrives in. Pure (spec 6).

Orders are counted anew from the orders themselves; acts are added up as they arrive, each once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from scrm.facts.model import Facts, Interaction, Orders, Score, Sessions, Talk, joined, with_act
from scrm.settings.model import BEIJING

ActKind = Literal[
    "message", "link_open", "menu", "scan", "comment", "share", "check_in", "referral", "feedback"
]

WEIGHTS: Mapping[str, float] = {
    "message": 3,
    "link_open": 2,
    "menu": 2,
    "scan": 3,
    "comment": 5,
    "share": 8,
    "check_in": 4,
    "referral": 10,
    "feedback": 0,
}
"""Of inbound acts in the interaction index (spec 6). Purchases are counted from orders: PURCHASE."""

PURCHASE = 10.0
WINDOWED = frozenset({"share", "referral", "feedback"})
"""Kinds whose number in the last 90 days is asked for."""

ACTS_KEPT = timedelta(days=91)
DAYS_KEPT = timedelta(days=366)
"""How long a day is remembered on which a message carried its weight: by then it weighs less than 10^-7."""

TOUCHES_KEPT = timedelta(days=62)
"""So long do marketing touches count: every cap of WeCom looks at a month at most."""

GAP = timedelta(minutes=30)
"""Between two sessions (spec 6, M7)."""

MOST_CHATS = 100
Chat = tuple[int, int]
"""From the first to the last message of a session, in unix seconds."""


@dataclass(frozen=True)
class Chats:
    """Sessions: the latest by their bounds, oldest first; older ones only counted, up to `until`."""

    latest: tuple[Chat, ...] = ()
    count: int = 0
    seconds: int = 0
    until: int = 0

    def sessions(self) -> Sessions:
        """Return how many there were and how long; the last one by its beginning."""
        last = self.latest[-1][0] if self.latest else self.until
        return Sessions(
            self.count + len(self.latest),
            self.seconds + sum(end - start for start, end in self.latest),
            datetime.fromtimestamp(last, BEIJING) if last else None,
        )


@dataclass(frozen=True)
class Tally:
    """The row FACTS: what was counted, and what is needed to go on counting.

    `purchases` is the part of the interaction index that paid orders carry, `acts` the rest.
    `message_days` holds the first inbound message of each Beijing day in unix seconds, oldest first.
    """

    orders: Orders = field(default_factory=Orders)
    purchases: Interaction = field(default_factory=Interaction)
    acts: Interaction = field(default_factory=Interaction)
    message_days: tuple[int, ...] = ()
    chats: Chats | None = None
    scores: tuple[Score, ...] = ()
    member_since: datetime | None = None
    follows_official_account: bool | None = None
    follows_at: datetime | None = None
    touches: tuple[tuple[str, int], ...] = ()
    version: int = 0

    def facts(self, talks: tuple[Talk, ...], version: int) -> Facts:
        """Return what the rest of the product reads; `version` is the sum of the rows' versions."""
        return Facts(
            orders=self.orders,
            interaction=joined([self.acts, self.purchases]),
            sessions=self.chats.sessions() if self.chats else None,
            talks=talks,
            scores=self.scores,
            member_since=self.member_since,
            follows_official_account=self.follows_official_account,
            touches=self.touches,
            version=version,
        )


def acted(tally: Tally, kind: str, at: datetime, now: datetime) -> Tally:
    """Return the tally with one inbound act, in whatever order acts arrive. The caller counts each once."""
    if kind == "message":
        tally = _messaged(tally, at, now)
        acts = tally.acts
    else:
        weight = WEIGHTS[kind]
        acts = with_act(tally.acts, weight, at) if weight else tally.acts
    if kind in WINDOWED and at > now - ACTS_KEPT:
        days = _with_day(acts.acts.get(kind, ()), at, now - ACTS_KEPT)
        acts = replace(acts, acts={**acts.acts, kind: days})
    inbound_at = max(at, acts.inbound_at) if acts.inbound_at else at
    return replace(tally, acts=replace(acts, inbound_at=inbound_at))


def touched(tally: Tally, at: datetime, now: datetime) -> Tally:
    """Return the tally with one marketing touch that another system made (INT-06)."""
    if at < now - TOUCHES_KEPT:
        return tally
    return replace(tally, touches=_with_day(tally.touches, at, now - TOUCHES_KEPT))


def chatted(tally: Tally, start: datetime, end: datetime) -> Tally:
    """Return the tally with what was said from `start` to `end`; talks less than 30 minutes apart are one.

    Telling again changes nothing. News of what is older than the latest 100 sessions changes nothing either.
    """
    chats = tally.chats or Chats()
    first, last = int(start.timestamp()), int(end.timestamp())
    if first <= chats.until:
        return replace(tally, chats=chats)
    gap, kept = int(GAP.total_seconds()), []
    for known in chats.latest:
        if known[1] + gap < first or last + gap < known[0]:
            kept.append(known)
        else:
            first, last = min(first, known[0]), max(last, known[1])
    return replace(tally, chats=_bounded(replace(chats, latest=tuple(sorted([*kept, (first, last)])))))


def _bounded(chats: Chats) -> Chats:
    over = chats.latest[: max(0, len(chats.latest) - MOST_CHATS)]
    if not over:
        return chats
    return Chats(
        chats.latest[len(over) :],
        chats.count + len(over),
        chats.seconds + sum(end - start for start, end in over),
        over[-1][1],
    )


def _messaged(tally: Tally, at: datetime, now: datetime) -> Tally:
    """Let the first message of a Beijing day carry the weight, also when it arrives after a later one."""
    if at < now - DAYS_KEPT:
        return tally
    day = at.astimezone(BEIJING).date()
    by_day = {datetime.fromtimestamp(each, BEIJING).date(): each for each in tally.message_days}
    known, second, weight = by_day.get(day), int(at.timestamp()), WEIGHTS["message"]
    if known is not None and known <= second:
        return tally
    acts = tally.acts
    if known is not None:
        acts = with_act(acts, -weight, datetime.fromtimestamp(known, BEIJING))
    by_day[day] = second
    oldest = int((now - DAYS_KEPT).timestamp())
    days = tuple(sorted(each for each in by_day.values() if each >= oldest))
    return replace(tally, acts=with_act(acts, weight, at), message_days=days)


def _with_day(
    days: tuple[tuple[str, int], ...], at: datetime, oldest: datetime
) -> tuple[tuple[str, int], ...]:
    """Return (Beijing date, count) with one more at `at`, without what is older than `oldest`."""
    date, first = (each.astimezone(BEIJING).date().isoformat() for each in (at, oldest))
    counted = dict(days)
    counted[date] = counted.get(date, 0) + 1
    return tuple(sorted(each for each in counted.items() if each[0] >= first))
