"""Rows of what members have pinned of a library, and sent lately: `MEMBER#<userid>`/`LIBRARY#<kind>`."""

from collections.abc import Callable
from datetime import datetime

from pynamodb.exceptions import PutError

from scrm.customers.model import VersionConflict
from scrm.library.model import Kind
from scrm.library.personal import Personal, with_use
from scrm.library.rows_dynamodb import PersonalRow
from scrm.staff.model import key

TRIES = 5


def personal(userid: str, kind: Kind) -> Personal:
    """Return what a member has pinned and sent lately. 1 RRU."""
    try:
        return PersonalRow.get(*personal_key(userid, kind), consistent_read=True).entity()
    except PersonalRow.DoesNotExist:
        return Personal()


def change(
    userid: str, kind: Kind, changed: Callable[[Personal], Personal], known: Personal | None = None
) -> Personal:
    """Store what `changed` makes of a member's own; return it. 1 WRU, none where nothing changes.

    It is read and changed anew when somebody was faster. Raises VersionConflict after five times.
    """
    for _ in range(TRIES):
        before = known or personal(userid, kind)
        after = changed(before)
        if after == before or _saved(userid, kind, after):
            return after
        known = None
    raise VersionConflict(kind)


def used(userid: str, kind: Kind, item_id: str, at: datetime) -> None:
    """Let an item be among those a member sent lately. Repeating is safe, in whatever order. 1 RRU, 1 WRU."""
    change(userid, kind, lambda before: with_use(before, item_id, at))


def personal_key(userid: str, kind: Kind) -> tuple[str, str]:
    """Return where a member's own of a library is."""
    return f"MEMBER#{key(userid)}", f"LIBRARY#{kind}"


def _saved(userid: str, kind: Kind, after: Personal) -> bool:
    row = PersonalRow.of(*personal_key(userid, kind), after)
    unchanged = (
        PersonalRow.version == after.version if after.version else PersonalRow.version.does_not_exist()
    )
    try:
        row.save(condition=unchanged)
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return False
    return True
