"""What a member sent lately of a library, beside what they have pinned."""

from dataclasses import replace
from datetime import UTC, datetime

from scrm.customers.model import VersionConflict
from scrm.library.dynamodb import personal, save_personal
from scrm.library.model import Kind
from scrm.moments import rfc3339

MOST_RECENT = 20
ATTEMPTS = 5


def used(userid: str, kind: Kind, item_id: str, at: datetime) -> None:
    """Record that a member sent an item. Safe to repeat, in any order. Raises VersionConflict."""
    moment = rfc3339(at.astimezone(UTC))
    for _ in range(ATTEMPTS):
        known = personal(userid, kind)
        sent = {**known.sent, item_id: max(moment, known.sent.get(item_id, ""))}
        latest = sorted(sent, key=lambda each: (sent[each], each), reverse=True)[:MOST_RECENT]
        after = {each: sent[each] for each in sorted(latest)}
        if after == known.sent or save_personal(userid, kind, replace(known, sent=after)):
            return
    raise VersionConflict(userid)
