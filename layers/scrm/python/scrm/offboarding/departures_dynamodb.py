"""Rows `OFFBOARDING`/`GONE#<userid, lower case>`: who is gone, and what was theirs when it was last counted.

The stream, the count and the import of WeCom's list each write their own attributes, none over another's.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from scrm.moments import rfc3339
from scrm.offboarding.model import Departure, Gone, Remains
from scrm.staff.model import key
from scrm.table import Row

OFFBOARDING = "OFFBOARDING"
GONE = "GONE#"


class DepartureRow(Row):
    """One member who is gone."""

    userid = UnicodeAttribute()
    status = UnicodeAttribute()
    gone_at = UnicodeAttribute()
    left_at = UnicodeAttribute(null=True)
    with_contact = BooleanAttribute(default=False)
    remains: JSONAttribute = JSONAttribute(null=True)
    counted_at = UnicodeAttribute(null=True)
    counted_as = UnicodeAttribute(null=True)
    listed = NumberAttribute(null=True)
    listed_at = UnicodeAttribute(null=True)

    def entity(self) -> Departure:
        """Return the row as the rest of the product knows it."""
        return Departure(
            self.userid,
            self.status,  # type: ignore[arg-type]  # only our own writer fills it
            datetime.fromisoformat(self.gone_at),
            _moment(self.left_at),
            self.with_contact,
            Remains(**self.remains) if self.remains else None,
            _moment(self.counted_at),
            self.counted_as or "",
            None if self.listed is None else int(self.listed),
            _moment(self.listed_at),
        )


def note_gone(userid: str, status: Gone, at: datetime, *, with_contact: bool = False) -> Departure:
    """Record that a member is gone, `at` the first that is known of it; return it as stored. 1 WRU.

    Safe to repeat: since when they are gone stays, and so does when they left.
    """
    row, text = _row(userid), _text(at)
    actions: list[Action] = [
        DepartureRow.userid.set(userid),
        DepartureRow.status.set(status),
        DepartureRow.gone_at.set(DepartureRow.gone_at | text),
        DepartureRow.with_contact.set(DepartureRow.with_contact | with_contact),
    ]
    if status == "left":
        actions.append(DepartureRow.left_at.set(DepartureRow.left_at | text))
    row.update(actions)
    return row.entity()


def forget(userid: str) -> None:
    """Take back that a member is gone: they are there again. Safe to repeat. 1 WRU."""
    _row(userid).delete()


def note_left_at(userid: str, at: datetime) -> None:
    """Record when a member left as WeCom tells it. Safe to repeat. 1 WRU."""
    _update(userid, [DepartureRow.left_at.set(_text(at))])


def note_listed(userid: str, listed: int, at: datetime) -> None:
    """Record how many of a member's customers WeCom listed as unassigned. Safe to repeat. 1 WRU."""
    _update(userid, [DepartureRow.listed.set(listed), DepartureRow.listed_at.set(_text(at))])


def note_remains(departure: Departure, remains: Remains, at: datetime) -> None:
    """Record what is still theirs, counted as they were gone then. Safe to repeat. 1 WRU."""
    actions: list[Action] = [
        DepartureRow.remains.set(asdict(remains)),
        DepartureRow.counted_at.set(_text(at)),
        DepartureRow.counted_as.set(departure.status),
    ]
    _update(departure.userid, actions)


def departure(userid: str, *, consistent: bool = False) -> Departure | None:
    """Return a member who is gone, None for others. 0.5 RRU, 1 when consistent."""
    try:
        return DepartureRow.get(OFFBOARDING, GONE + key(userid), consistent_read=consistent).entity()
    except DepartureRow.DoesNotExist:
        return None


def departures() -> list[Departure]:
    """Return everybody who is gone, by userid: one query, by bytes, 0.3 KB each."""
    return [row.entity() for row in DepartureRow.query(OFFBOARDING, DepartureRow.sk.startswith(GONE))]


def left_at_of(userids: Iterable[str]) -> dict[str, datetime]:
    """Return when members left, by userid in lower case, of those who have: a batch read for each 100.

    WeCom hands their customers over for a year (`guards.skipped`).
    """
    keys = [(OFFBOARDING, GONE + each) for each in dict.fromkeys(key(each) for each in userids)]
    found = (row.entity() for row in DepartureRow.batch_get(keys)) if keys else ()
    return {key(each.userid): each.left_at for each in found if each.left_at}


def _update(userid: str, actions: list[Action]) -> None:
    """Change what is recorded of a member; nothing of one who is there again."""
    try:
        _row(userid).update(actions, DepartureRow.pk.exists())
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def _row(userid: str) -> DepartureRow:
    return DepartureRow(OFFBOARDING, GONE + key(userid))


def _text(at: datetime) -> str:
    return rfc3339(at.astimezone(UTC))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
