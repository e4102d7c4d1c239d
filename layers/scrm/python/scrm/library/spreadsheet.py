"""Tables that operations fill in: CSV as Excel and WPS save it, and XLSX (CON-15). Pure.

A cell that a spreadsheet could take for a formula is written with an apostrophe in front, and read without it
(S13); whatever is written is read again the same, line breaks in cells included.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from scrm.exports.lines import BOM, may_run
from scrm.library import workbook

LONGEST_CELL = 32_767
MOST_COLUMNS = 100
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
TOO_MUCH = "表格内容过大，或离数据很远的地方还有单元格；请删去多余的行列，或分成几个文件"
NO_WORKBOOK = "不是有效的 xlsx 文件"

Row = tuple[int, list[str]]
"""The spreadsheet's own number of a line, and its cells."""


class Unreadable(ValueError):
    """The file is no table that can be read; the text says why, to people."""


def rows(content: bytes, most: int) -> list[Row]:
    """Return the lines of a file that are not empty. Raises Unreadable, also for more than `most`."""
    if content.startswith(_OLE):
        raise Unreadable("不支持旧版 xls，请另存为 xlsx 或 CSV")
    lines = _of_workbook(content) if content.startswith(_ZIP) else _of_text(content)
    found: list[Row] = []
    for number, cells in lines:
        if not any(each.strip() for each in cells):
            continue
        if len(cells) > MOST_COLUMNS:
            raise Unreadable(f"第 {number} 行超过 {MOST_COLUMNS} 列")
        found.append((number, [_plain(each) for each in cells]))
        if len(found) > most:
            raise Unreadable(f"最多 {most - 1} 行数据，请分成几个文件")
    return found


def text(table: Iterable[Sequence[str]]) -> str:
    """Return a table as CSV, with the mark that lets Excel read Chinese."""
    lines = [",".join(f'"{_safe(cell)}"' for cell in row) for row in table]
    return BOM + "".join(f"{line}\r\n" for line in lines)


def _safe(cell: str) -> str:
    marked = f"'{cell}" if may_run(cell) or cell.startswith("'") else cell
    return marked.replace('"', '""')


def _plain(cell: str) -> str:
    rest = cell[1:]
    return rest if cell.startswith("'") and (may_run(rest) or rest.startswith("'")) else cell


def _of_text(content: bytes) -> Iterable[Row]:
    told = _decoded(content)
    first = told.split("\n", 1)[0]
    divider = max(",\t;", key=first.count)
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(told, newline=""), delimiter=divider, strict=True)
    try:
        yield from ((number, cells) for number, cells in enumerate(reader, 1))
    except csv.Error as error:
        raise Unreadable(f"第 {reader.line_num} 行附近不是有效的 CSV") from error


def _decoded(content: bytes) -> str:
    wide = content[:2] in {b"\xff\xfe", b"\xfe\xff"}
    for codec in ["utf-16"] if wide else ["utf-8-sig", "gb18030"]:
        try:
            told = content.decode(codec)
        except UnicodeError:
            continue
        if "\0" in told:
            break
        if "\ufffd" in told:
            raise Unreadable("文件的文字在传输中损坏，请以 application/octet-stream 上传，或存为 UTF-8")
        return told
    raise Unreadable("不是 UTF-8 或 GBK 编码的 CSV，也不是 xlsx")


def _of_workbook(content: bytes) -> Iterable[Row]:
    """Yield the lines of the first sheet."""
    from python_calamine import (  # costs a cold start, and only imports need it
        CalamineError,
        CalamineWorkbook,
    )

    try:
        chosen, left_out = workbook.kept(content)
    except workbook.TooMuch as error:
        raise Unreadable(TOO_MUCH) from error
    except workbook.NoWorkbook as error:
        raise Unreadable(NO_WORKBOOK) from error
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(chosen)).get_sheet_by_index(0)
        table = sheet.to_python(skip_empty_area=False)
    except (CalamineError, IndexError) as error:
        raise Unreadable(TOO_MUCH if left_out else NO_WORKBOOK) from error
    for number, cells in enumerate(table, 1):
        yield number, [_written(each) for each in cells]


def _written(cell: Any) -> str:
    """Return a typed cell as it would be typed."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell).replace("\r\n", "\n")
