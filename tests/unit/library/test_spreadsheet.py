"""Tables are read as Excel and WPS write them, and what is written is read again the same (CON-15, S13)."""

import contextlib
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as some

from scrm.library.spreadsheet import LONGEST_CELL, Unreadable, rows, text
from tests.unit.library.workbook import workbook, workbook_of

TABLE = [["标题", "内容"], ["报价", '您好，\n这是“价格表”"一"'], ["公式", "=1+1"]]
cells = some.text(
    some.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffd\u2028\u2029"), max_size=40
)


def of(table: list[list[str]], encoding: str, divider: str = ",") -> bytes:
    held = io.StringIO()
    csv.writer(held, delimiter=divider).writerows(table)
    return held.getvalue().encode(encoding)


@pytest.mark.parametrize(
    "content",
    [
        of(TABLE, "utf-8"),
        of(TABLE, "utf-8-sig"),
        of(TABLE, "gbk"),
        of(TABLE, "utf-16", "\t"),
        of(TABLE, "utf-8", ";"),
        workbook(TABLE),
    ],
)
def test_the_same_table_however_it_was_saved(content):
    assert rows(content, 100) == [(1, TABLE[0]), (2, TABLE[1]), (3, TABLE[2])]


@given(some.lists(some.lists(cells, min_size=2, max_size=2), min_size=1, max_size=5))
def test_what_is_written_is_read_again_the_same(table):
    found = [line for _, line in rows(text([["a", "b"], *table]).encode(), 100)]

    assert found[1:] == [line for line in table if any(each.strip() for each in line)]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@a", "＝1", "'=1", "' x", "''", "|a", "\u200b=1"])
def test_a_formula_is_written_as_text(cell):
    written = text([[cell]])

    assert written.startswith("\ufeff\"'")
    assert rows(written.encode(), 9) == [(1, [cell])]


def test_an_apostrophe_that_somebody_typed_stays():
    assert rows(b"'abc,'=1\n", 9) == [(1, ["'abc", "=1"])]


def test_numbers_and_dates_of_a_workbook_are_what_was_typed():
    assert rows(workbook([["编号"], [1001], [1.5], [True]]), 9)[1:] == [
        (2, ["1001"]),
        (3, ["1.5"]),
        (4, ["是"]),
    ]


def test_empty_lines_keep_the_numbers_of_the_others():
    assert rows(b"a,b\n,\n\nc,d\n", 9) == [(1, ["a", "b"]), (4, ["c", "d"])]


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x81\xff",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"PK\x03\x04 no workbook",
        workbook(TABLE)[:200],
        b'a,"b\nc',
        "a,\ufffd".encode(),
        ("a," + "x" * (LONGEST_CELL + 1)).encode(),
        b",".join([b"a"] * 101),
        b"a\0b",
    ],
)
def test_what_is_no_table_is_said_to_be_none(content):
    with pytest.raises(Unreadable):
        rows(content, 9)


def test_as_many_lines_as_may_be_and_one_more():
    assert len(rows(b"a\n" * 9, 9)) == 9
    with pytest.raises(Unreadable):
        rows(b"a\n" * 10, 9)


def test_a_workbook_that_unpacks_to_too_much_is_not_unpacked():
    with pytest.raises(Unreadable, match="过大"):
        rows(workbook_of(TITLE, {"xl/more.xml": b" " * (65 * 1024 * 1024)}), 9)


TITLE = '<row r="1"><c r="A1" t="inlineStr"><is><t>标题</t></is></c></row>'
SHARED = (
    '<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</sst>'
)


@pytest.mark.parametrize(
    "far",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1048576"><c r="aa1048576"><v>1</v></c></row>',
        "<row r='900000'><c r='A900000'><f>1+1</f><v>2</v></c></row>",
        '<x:row xmlns:x="u" r="1048576"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>',
        '<row r="60000">' + "<c><v>1</v></c>" * 101 + "</row>",
        '<row r="2">' + '<c t="s"><v>0</v></c>' * 3000 + "</row>",
    ],
)
def test_a_workbook_of_a_kilobyte_that_would_come_to_more_than_memory_holds_is_refused(far):
    shared = {"xl/sharedStrings.xml": SHARED.format(f"<si><t>{'长' * 32_000}</t></si>")}

    with pytest.raises(Unreadable, match="离数据很远"):
        rows(workbook_of(TITLE + far, shared), 100)


def test_cells_far_below_that_say_nothing_are_no_lines():
    styled = '<row r="1048576"><c r="XFD1048576" s="1"/></row>'

    assert rows(workbook_of(TITLE + styled), 100) == [(1, ["标题"])]


def test_what_else_a_workbook_holds_is_not_asked():
    far = '<worksheet><sheetData><row><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    beside = {"xl/worksheets/sheet2.xml": far, "xl/media/image1.png": bytes(70_000_000)}

    assert rows(workbook_of(TITLE, beside), 100) == [(1, ["标题"])]


def test_a_workbook_with_definitions_is_refused():
    told = '<!DOCTYPE a [<!ENTITY b "标题">]>'

    with pytest.raises(Unreadable):
        rows(
            workbook_of('<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row>', before=told), 100
        )


def test_a_workbook_whose_list_tells_less_than_it_holds_is_refused():
    whole = workbook_of(TITLE, {"xl/more.xml": "<a>" + " " * 70_000_000 + "</a>"})
    told = (70_000_007).to_bytes(4, "little")
    assert told in whole

    with pytest.raises(Unreadable):
        rows(whole.replace(told, (7).to_bytes(4, "little")), 100)


@given(some.data())
def test_a_damaged_workbook_is_refused_or_read_and_nothing_else(data):
    whole = bytearray(workbook(TABLE))
    for _ in range(3):
        whole[data.draw(some.integers(4, len(whole) - 1))] = data.draw(some.integers(0, 255))

    with contextlib.suppress(Unreadable):
        rows(bytes(whole), 100)
