"""What the workbench reads across features, and which notices a member has seen."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pynamodb.exceptions import UpdateError

from scrm.customers.model import Contact, Relation
from scrm.customers.rows_dynamodb import CONTACT, CollectionRow
from scrm.notices.dynamodb import PREFIX, NoticeRow, collection
from scrm.notices.model import Notice, from_plain
from scrm.staff.model import key
from scrm.table import rfc3339


def notices(
    userid: str, limit: int, before: str | None = None
) -> tuple[list[tuple[Notice, datetime | None]], str | None]:
    """Return a member's notices, newest first, with the time each was acknowledged, and where to go on."""
    upper = PREFIX + before if before else PREFIX + "~"
    where = NoticeRow.sk.between(PREFIX, upper)
    rows = NoticeRow.query(collection(userid), where, scan_index_forward=False, limit=limit + 2)
    found = [(from_plain(row.notice), _moment(row.acknowledged_at)) for row in rows if row.sk != upper]
    return found[:limit], found[limit - 1][0].id if len(found) > limit else None


def acknowledge(userid: str, notice_id: str, now: datetime) -> tuple[Notice, datetime] | None:
    """Record that a member has seen a notice of theirs; None when they have no such notice. 1 WRU.

    Repeating is safe: the first time stands.
    """
    row = NoticeRow(collection(userid), PREFIX + notice_id)
    first = NoticeRow.acknowledged_at.set(NoticeRow.acknowledged_at | rfc3339(now.astimezone(UTC)))
    try:
        row.update([first], condition=NoticeRow.pk.exists())
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        return None
    return from_plain(row.notice), datetime.fromisoformat(row.acknowledged_at)


def contacts_with_relations(
    userid: str, external_userids: Sequence[str]
) -> tuple[dict[str, Contact], dict[str, Relation]]:
    """Return contacts and the member's relations with them, by external_userid: a batch read per 50."""
    keys = [
        (f"CONTACT#{each}", sk) for each in external_userids for sk in (CONTACT, f"RELATION#{key(userid)}")
    ]
    contacts: dict[str, Contact] = {}
    relations: dict[str, Relation] = {}
    rows: Any = CollectionRow.batch_get(keys)
    for row in rows:
        found: Contact | Relation = row.entity()
        if isinstance(found, Contact):
            contacts[found.external_userid] = found
        else:
            relations[found.external_userid] = found
    return contacts, relations


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
