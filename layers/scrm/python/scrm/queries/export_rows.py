"""The source `selected` of exports: the cards that a condition selects as of the export's start (SEG-17).

params: what `scrm.queries.acting.question_of` keeps of a question, and `seen` as the source `cards` takes it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from scrm.exports.cards_dynamodb import COLUMNS, rows_of
from scrm.exports.model import RowsPage
from scrm.queries.acting import next_page


def columns(_: Mapping[str, Any]) -> Sequence[str]:
    """Return the titles of the columns."""
    return COLUMNS


def page(params: Mapping[str, Any], cursor: str, limit: int, now: datetime) -> RowsPage:
    """Return a page of the selected as rows; a page may be short, even empty, and have a next one."""
    cards, following = next_page(params, cursor, min(limit, 100))
    return RowsPage(rows_of(cards, params, now), following)
