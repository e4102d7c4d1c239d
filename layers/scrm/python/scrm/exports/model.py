"""Where an export has come to, and what its rows come from. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from scrm.exports.lines import Cell

KEPT = timedelta(days=7)
# A function answers at most 6 MB: a file is full when it holds so much, and the next chunk begins another.
FULL = 3_000_000
# A row of the table holds 400 KB.
LARGEST_PART = 300_000
PAGE_ROWS = 200


@dataclass(frozen=True)
class RowsPage:
    """Rows of an export, in the order of its columns, and where to go on; None at the end."""

    rows: Sequence[Sequence[Cell]]
    next_cursor: str | None


class Rows(Protocol):
    """Where the rows of an export come from: a module with these two functions (scrm.exports.sources)."""

    def columns(self, params: Mapping[str, Any]) -> Sequence[str]:
        """Return the titles of the columns."""

    def page(self, params: Mapping[str, Any], cursor: str, limit: int, now: datetime) -> RowsPage:
        """Return up to `limit` rows from `cursor` on; "" is the beginning. Repeating is harmless.

        `params` hold whom the rows may show; the source sees to it that they show nobody else (ADM-02).
        """


@dataclass(frozen=True)
class Place:
    """How far an export is: the source's cursor, and the file that is being written with its size."""

    cursor: str = ""
    file: int = 0
    size: int = 0
    rows: int = 0

    @classmethod
    def of(cls, text: str) -> "Place":
        """Return the place a job's cursor names; "" is the beginning."""
        return cls(*json.loads(text)) if text else cls()

    def text(self) -> str:
        """Return the place as a job's cursor."""
        return json.dumps([self.cursor, self.file, self.size, self.rows])

    def written(self, cursor: str, size: int, rows: int) -> "Place":
        """Return the place after a chunk of `size` characters and `rows` lines."""
        total = self.size + size
        full = total >= FULL
        return Place(cursor, self.file + full, 0 if full else total, self.rows + rows)


def parts(lines: Sequence[str]) -> list[str]:
    """Return lines put together into texts that fit a row each; at least one, which may be empty."""
    texts: list[str] = []
    text: list[str] = []
    size = 0
    for each in lines:
        length = len(each.encode())
        if text and size + length > LARGEST_PART:
            texts.append("".join(text))
            text, size = [], 0
        text.append(each)
        size += length
    return [*texts, "".join(text)]
