"""Texts are compared without regard to case, width and form, and searched as far as a row can hold them."""

import pytest

from scrm.library.wording import LONGEST_WORDS, folded, searchable


@pytest.mark.parametrize(
    ("text", "compared"), [("ＶＩＰ", "vip"), ("Straße", "strasse"), ("①", "1"), ("价格", "价格")]
)
def test_forms_of_one_text_are_one(text, compared):
    assert folded(text) == compared


def test_spaces_are_one_and_of_a_long_text_the_beginning():
    assert searchable(["您好 \n  请看", "", "价格"]) == "您好 请看 价格"
    assert len(searchable(["价" * 3_000])) == LONGEST_WORDS
