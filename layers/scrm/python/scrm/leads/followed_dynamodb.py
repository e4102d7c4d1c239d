"""Who followed up on a day: `FOLLOWED#<Beijing date>` has a key for each time, from the stream."""

from collections import Counter
from datetime import datetime
from hashlib import sha256

from scrm.moments import BEIJING
from scrm.staff.model import key
from scrm.table import Row

FOLLOWED = "FOLLOWED#"


class FollowedRow(Row):
    """That a member followed a lead up; keys alone."""


def note(userid: str, lead_id: str, follow_id: str, at: datetime) -> None:
    """Note a follow-up under its day and member. Repeating is safe. 1 WRU."""
    day = at.astimezone(BEIJING).date()
    FollowedRow(f"{FOLLOWED}{day}", f"{key(userid)}#{lead_id}#{follow_id}").save()


def note_act(userid: str, act: str, at: datetime) -> None:
    """Note a follow-up of a customer, whom the key does not name. Repeating is safe. 1 WRU."""
    note(userid, "", sha256(act.encode()).hexdigest()[:20], at)


def followed_on(date: str) -> Counter[str]:
    """Return each member's follow-ups of a day, by userid in lower case: one query, by bytes."""
    return Counter(str(row.sk).partition("#")[0] for row in FollowedRow.query(FOLLOWED + date))
