"""Lines of a CSV file that a spreadsheet opens as text and never runs. Pure (quality bar S13).

Every text is quoted, so that neither a semicolon nor a tab divides it in another country's Excel. A text that
a spreadsheet could take for a formula gets an apostrophe in front; numbers stay numbers.
"""

import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

BOM = "\ufeff"
# A cell of Excel holds 32,767 characters; a line has to fit into a row of the table with many others.
LONGEST_CELL = 1000

_BEIJING = timezone(timedelta(hours=8))
_FORMULA = frozenset("=+-@|%\u2212")  # the last is the mathematical minus
_BREAKS = dict.fromkeys((*range(0x20), 0x7F, *range(0x80, 0xA0), 0x2028, 0x2029), " ")

Cell = str | int | float | bool | datetime | None


def line(cells: Iterable[Cell]) -> str:
    """Return one line with its end, e.g. `"王芳",3,"2026-03-02 10:15:00"`. Times are Beijing's."""
    return ",".join(_cell(each) for each in cells) + "\r\n"


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return '"是"' if value else '"否"'
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        value = value.astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    return '"' + safe(value).replace('"', '""') + '"'


def safe(text: str) -> str:
    """Return a text as a cell may hold it: one line, no longer than a cell, and no formula."""
    flat = text.translate(_BREAKS)[:LONGEST_CELL]
    return f"'{flat}" if may_run(flat) else flat


def may_run(text: str) -> bool:
    """Return whether a spreadsheet could take a text for a formula."""
    return _seen_first(text) in _FORMULA


def _seen_first(text: str) -> str:
    """Return the first character that is shown, in its plain width: what is before it may be dropped."""
    seen = next((each for each in text if unicodedata.category(each)[0] not in "ZC"), "")
    return unicodedata.normalize("NFKC", seen)[:1]


def yuan(fen: int) -> float:
    """Return an amount of fen in yuan, to be shown and not to be reckoned with."""
    return fen / 100
