"""What of an XLSX file may be handed to a reader: no more than a table that people fill in comes to. Pure.

A reader lays a sheet out from its first to its last cell, and writes a shared text out wherever it is named:
a file of one kilobyte can say more than any memory holds. So the parts are unpacked here, as they are and not
as the file's own list says, and a sheet that would come to too much is left out of what the reader is given.
"""

import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any
from xml.parsers import expat

MOST_UNPACKED = 64 * 1024 * 1024
MOST_PARTS = 1_000
MOST_ELEMENTS = 2_000_000
MOST_LAID_OUT = 2_000_000
"""Cells from the first to the last, empty ones too: 2,000 lines of 100 columns, and ten times that for a cell
that somebody left far below."""
MOST_LINES = 100_000
MOST_TEXT = 64 * 1024 * 1024
"""Characters of shared texts, each time they are named."""

_STEP = 1024 * 1024
_PLACE = re.compile(r"([A-Za-z]{1,3})([0-9]{1,7})")
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
    EOFError,
)


class NoWorkbook(ValueError):
    """The file is no XLSX that can be read."""


class TooMuch(ValueError):
    """The file holds more than is read."""


def kept(content: bytes) -> tuple[bytes, bool]:
    """Return the workbook with what may be read, and whether a sheet was left out.

    Raises NoWorkbook, and TooMuch where it cannot be told what is in it.
    """
    held = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(held, "w") as chosen:
            left_out = _chosen(packed, chosen)
    except TooMuch:
        raise
    except _ZIP_ERRORS as error:
        raise NoWorkbook from error
    return held.getvalue(), left_out


def _chosen(packed: zipfile.ZipFile, chosen: zipfile.ZipFile) -> bool:
    parts = [each for each in packed.infolist() if each.filename.lower().endswith((".xml", ".rels"))]
    if len(parts) > MOST_PARTS:
        raise TooMuch
    room, found = MOST_UNPACKED, dict[str, tuple[bytes, _Look]]()
    for part in parts:
        with packed.open(part) as opened:
            text = opened.read(room + 1)
        if len(text) > room:
            raise TooMuch
        room -= len(text)
        found[part.filename] = text, _look(text)
    texts = _longest(look.texts for _, look in found.values())
    fit = {name: text for name, (text, look) in found.items() if look.fits(texts)}
    for name, text in fit.items():
        chosen.writestr(name, text)
    return len(fit) < len(found)


def _longest(told: Iterable[list[int]]) -> list[int]:
    """Return how long each shared text may be, whichever part a reader takes them from."""
    return [max(each) for each in zip_longest(*told, fillvalue=0)]


@dataclass
class _Look:
    """What one part of a workbook comes to: where its cells stand, and which texts it holds or names."""

    line: int = 0
    column: int = 0
    last_line: int = 0
    last_column: int = 0
    is_shared: bool = False
    too_much: bool = False
    within: list[str] = field(default_factory=list)
    value: str = ""
    named: Counter[int] = field(default_factory=Counter)
    texts: list[int] = field(default_factory=list)
    elements: int = 0

    def start(self, name: str, told: dict[str, Any]) -> None:
        """Take an element in."""
        local = name.rpartition(":")[2]
        within = self.within[-1] if self.within else ""
        self.within.append(local)
        self.elements += 1
        self.too_much = self.too_much or self.elements > MOST_ELEMENTS
        if local == "row":
            number = str(told.get("r", ""))
            self.line = int(number[:9]) if number.isascii() and number.isdigit() else self.line + 1
            self.column = 0
        elif local == "c":
            found = _PLACE.fullmatch(str(told.get("r", "")))
            self.column = _number(found[1]) if found else self.column + 1
            self.line = int(found[2]) if found else self.line
            self.is_shared = told.get("t") == "s"
        elif local == "si":
            self.texts.append(0)
        elif within == "c":
            self.last_line = max(self.last_line, self.line)
            self.last_column = max(self.last_column, self.column)
            self.value = ""

    def end(self, _: str) -> None:
        """Leave an element."""
        local = self.within.pop()
        if local == "v" and self.is_shared and self.value.strip().isdecimal():
            self.named[int(self.value.strip()[:9])] += 1

    def said(self, text: str) -> None:
        """Take text in."""
        if self.within[-1] == "v":
            self.value = (self.value + text)[:20]
        elif self.texts:
            self.texts[-1] += len(text)

    def refuse(self, *_: Any) -> None:
        """Take no definitions: workbooks have none, and they multiply."""
        self.too_much = True

    def fits(self, texts: list[int]) -> bool:
        """Return whether a reader may be given this part."""
        shared = sum(texts[each] * times for each, times in self.named.items() if each < len(texts))
        laid_out = self.last_line * self.last_column
        return (
            not self.too_much
            and self.last_line <= MOST_LINES
            and laid_out <= MOST_LAID_OUT
            and shared <= MOST_TEXT
        )


def _look(text: bytes) -> _Look:
    """Return what a part comes to; what is no XML is left out."""
    look = _Look()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = look.start, look.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = look.said, look.refuse
    try:
        for start in range(0, len(text), _STEP):
            parser.Parse(text[start : start + _STEP], False)
            if look.too_much:
                return look
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError):
        look.too_much = True
    return look


def _number(letters: str) -> int:
    """Return a column's number, A being 1."""
    found = 0
    for each in letters.upper():
        found = found * 26 + ord(each) - 64
    return found
