"""What a spreadsheet is given: texts that stay texts (quality bar S13), whole lines, numbers as numbers."""

import csv
import io
from datetime import UTC, datetime

import pytest

from scrm.exports.lines import line, safe
from scrm.exports.model import FULL, LARGEST_PART, Place, parts

STARTS = ["=", "+", "-", "@", "\t=", "\r=", "\n=", "＝", "＋", "－", "＠", "|", "%", "﹦", "﹢", "﹣"]
BLANKS = ["", " ", "\u3000", "\ufeff", "\u200b \u00a0", " \t", "\u202e", "\x00"]
FORMULAS = [f"{blank}{start}cmd|' /C calc'!A0" for blank in BLANKS for start in STARTS]


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("payload", FORMULAS)
def test_s13_a_text_that_could_be_a_formula_is_a_text(payload: str) -> None:
    ((first, second),) = cells(line([payload, 1]))

    assert first.startswith("'")
    assert second == "1"


def test_s13_there_are_more_than_sixty_payloads() -> None:
    assert len(set(FORMULAS)) > 60


@pytest.mark.parametrize("plain", ["王芳", "a=b", "1+1", "'=1", "（＋86）", "o'neil", "", " 空格 ", "3-5 岁"])
def test_other_texts_stay_as_they_are(plain: str) -> None:
    assert cells(line([plain])) == [[plain]]


def test_nothing_leaves_its_cell() -> None:
    text = 'a","=1","b;=2\r\n=3\t=4\u2028=5'

    assert cells(line([text, "z"])) == [['a","=1","b;=2  =3 =4 =5', "z"]]
    assert line(["a;b"]) == '"a;b"\r\n'


def test_numbers_times_and_answers_are_written_plainly() -> None:
    at = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)

    assert line([-5, 12.5, at, True, False, None]) == '-5,12.5,"2026-03-02 10:15:00","是","否",\r\n'


def test_a_cell_is_no_longer_than_a_cell_may_be() -> None:
    assert len(safe("长" * 5000)) == 1000


def test_lines_are_put_together_into_parts_that_fit_a_row() -> None:
    lines = ["长" * 1000 + "\r\n"] * 250

    texts = parts(lines)

    assert "".join(texts) == "".join(lines)
    assert len(texts) == 3
    assert all(len(each.encode()) <= LARGEST_PART for each in texts)
    assert parts([]) == [""]


def test_a_file_that_is_full_is_followed_by_another() -> None:
    place = Place().written("a", FULL - 1, 10)
    assert (place.file, place.size, place.rows) == (0, FULL - 1, 10)

    full = Place.of(place.text()).written("b", 1, 5)

    assert (full.cursor, full.file, full.size, full.rows) == ("b", 1, 0, 15)
    assert Place.of("") == Place()
