"""The rules of 4.6: who made a sale, and which channel. Pure; windows are inclusive, by the second."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from scrm.attribution.model import (
    NOBODY,
    CameBy,
    ChannelMode,
    Decision,
    Evidence,
    Friend,
    Lead,
    Shared,
    Terms,
    Weights,
)

UNATTRIBUTED: Weights = ((NOBODY, 1),)


def decide(evidence: Evidence, paid_at: datetime, terms: Terms) -> Decision:
    """Return whose sale it is, paid at `paid_at`: by the last share, else the lead, else the contact."""
    channels = by_channel(evidence.channels, paid_at, terms.channel_mode)
    if share := last_share(evidence.shares, paid_at, terms):
        return Decision("share", ((share.userid, 1),), channels, terms, share=share)
    if lead := evidence.lead:
        return Decision("lead", _owners(lead, paid_at, terms), channels, terms, lead=lead)
    if friend := _latest_friend(evidence.friends, paid_at, terms):
        return Decision("friend", ((friend.userid, 1),), channels, terms, friend=friend)
    return Decision("none", UNATTRIBUTED, channels, terms)


def last_share(shares: Iterable[Shared], paid_at: datetime, terms: Terms) -> Shared | None:
    """Return the last send or click within the window before the payment; of one second the later act."""
    valid = [each for each in shares if _within(each.at, paid_at, terms.window_days)]
    return max(valid, key=lambda each: (each.at, _ACTS.index(each.how), each.share_id), default=None)


_ACTS = ("sent", "opened", "ordered")


def by_channel(touches: Sequence[CameBy], paid_at: datetime, mode: ChannelMode) -> Weights:
    """Return the channels' weights by the touches up to the payment, the earliest first."""
    known = sorted(
        (each for each in touches if each.at <= paid_at), key=lambda each: (each.at, each.channel_id)
    )
    if not known:
        return UNATTRIBUTED
    weights: dict[str, int] = {}
    for touch, weight in zip(known, _touch_weights(len(known), mode), strict=True):
        if weight:
            weights[touch.channel_id] = weights.get(touch.channel_id, 0) + weight
    return tuple(weights.items())


def _touch_weights(count: int, mode: ChannelMode) -> list[int]:
    if mode == "first" or count == 1:
        return [1, *(0 for _ in range(count - 1))]
    if mode == "last":
        return [*(0 for _ in range(count - 1)), 1]
    if count == 2:
        return [1, 1]
    ends = 40 * (count - 2)
    return [ends, *(20 for _ in range(count - 2)), ends]


def _owners(lead: Lead, paid_at: datetime, terms: Terms) -> Weights:
    """Return the owner first, as ties are theirs; then the former one where it was inherited lately."""
    lately = lead.inherited_at is not None and _within(lead.inherited_at, paid_at, terms.inherited_days)
    if not lately or not lead.inherited_from or lead.inherited_from.lower() == lead.userid.lower():
        return ((lead.userid, 1),)
    split = ((lead.userid, 100 - terms.old_percent), (lead.inherited_from, terms.old_percent))
    return tuple(each for each in split if each[1])


def _latest_friend(friends: Iterable[Friend], paid_at: datetime, terms: Terms) -> Friend | None:
    """Return who was in contact last; of one second the first by userid."""
    lately = [each for each in friends if _within(each.contact_at, paid_at, terms.friend_days)]
    return min(lately, key=lambda each: (-each.contact_at.timestamp(), each.userid.lower()), default=None)


def _within(at: datetime, paid_at: datetime, days: int) -> bool:
    whole = at.replace(microsecond=0)
    until = paid_at.replace(microsecond=0)
    return until - timedelta(days=days) <= whole <= until
