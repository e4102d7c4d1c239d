"""When each corp tag was last put on somebody: `TAGUSE`, a row a tag, written once a day at most."""

from collections.abc import Iterable
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PutError

from scrm.cards.postings import has
from scrm.kept import Kept
from scrm.table import Row, rfc3339

USE = "TAGUSE"


class UseRow(Row):
    """One tag's last use."""

    marked_at = UnicodeAttribute()


def last_marked() -> dict[str, str]:
    """Return when each tag was last put on somebody, to the day, by tag id: one query, by bytes."""
    return {row.sk: row.marked_at for row in UseRow.query(USE)}


def carried(tag_id: str, most: int) -> int:
    """Return how many cards have a tag, counting no further than `most`: one query of keys, by bytes."""
    return Row.count(has("tags", tag_id), limit=most)


_known = Kept(last_marked)


def note_marked(tag_ids: Iterable[str], at: datetime, now: datetime) -> None:
    """Record that tags were put on somebody at `at`. Safe to repeat, in any order. 1 WRU a tag and day."""
    known, moment = _known.get(now), rfc3339(at)
    for tag_id in tag_ids:
        if known.get(tag_id, "")[:10] >= moment[:10]:
            continue
        later = UseRow.pk.does_not_exist() | (UseRow.marked_at < moment)
        try:
            UseRow(USE, tag_id, marked_at=moment).save(later)
        except PutError as error:
            if error.cause_response_code != "ConditionalCheckFailedException":
                raise
        known[tag_id] = max(known.get(tag_id, ""), moment)
