"""What answered campaigns: `CAMPAIGNS#<Beijing month>` has a key for each scan and add, from the stream.

A key names nobody: it ends with a digest of the act, which makes the same act the same key.
"""

from collections.abc import Iterator
from datetime import date, datetime
from hashlib import sha256
from typing import Literal

from scrm.moments import BEIJING
from scrm.table import Row

CAMPAIGNS = "CAMPAIGNS#"
Answer = Literal["scan", "add"]


class AnswerRow(Row):
    """One act that answered a campaign; keys alone."""


def note(campaign: str, answer: Answer, act: str, at: datetime, *, gone: bool = False) -> None:
    """Note an act under its month and campaign, or take it back. Repeating is safe. 1 WRU."""
    day = at.astimezone(BEIJING).date()
    named = sha256(act.encode()).hexdigest()[:20]
    row = AnswerRow(f"{CAMPAIGNS}{day:%Y-%m}", f"{day}#{answer}#{campaign}#{named}")
    if gone:
        row.delete()
    else:
        row.save()


def answers(month: str, first: date, last: date) -> Iterator[tuple[str, Answer]]:
    """Yield campaign and kind of what answered on the days of a month: one query, by bytes."""
    for row in AnswerRow.query(CAMPAIGNS + month, AnswerRow.sk.between(f"{first}", f"{last}~")):
        _, answer, rest = str(row.sk).split("#", 2)
        yield rest.rpartition("#")[0], answer  # type: ignore[misc]  # only our own writer fills it
