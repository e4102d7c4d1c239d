"""Recording what becomes of a group, whoever else changes it meanwhile."""

from collections.abc import Callable
from datetime import datetime

from scrm.groups import dynamodb as stored
from scrm.groups import folding
from scrm.groups.model import NOBODY, Group
from scrm.privacy.receipts_dynamodb import erased_among

ATTEMPTS = 6
Fold = Callable[[Group | None], Group | None]


def record(chat_id: str, fold: Fold) -> Group | None:
    """Store what `fold` makes of a group as it is now, asked anew while others change it; return it.

    Safe to repeat. 1 RRU for each 4 KB; by bytes twice where something changes. Nobody who was erased is put
    into a group again.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return _recorded(chat_id, fold)
        except stored.GroupChanged:
            continue
    return _recorded(chat_id, fold)


def gone(chat_id: str, at: int, now: datetime) -> Group | None:
    """Record that a group is no more; None for one that nobody knew. Safe to repeat."""
    return record(chat_id, lambda before: folding.dismissed(before, at, now) if before else None)


def _recorded(chat_id: str, fold: Fold) -> Group | None:
    before = stored.group(chat_id)
    after = fold(before)
    return stored.save(before, _without_erased(before, after)) if after else None


def _without_erased(before: Group | None, after: Group) -> Group:
    """Take out who was erased and had joined by then; only who is new in the group is looked up."""
    known = {NOBODY, *(each.id for each in (before.members if before else ()))}
    new = {each.id: each.joined_at for each in after.members if each.outside and each.id not in known}
    erased = erased_among(new)
    return folding.without_erased(after, (who for who, at in erased.items() if new[who] <= at.timestamp()))
