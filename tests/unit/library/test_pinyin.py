"""Titles are found by their pinyin initials, however a character is read (CON-16)."""

import pytest

from scrm.library.pinyin import asked, initials


def finds(word: str, title: str) -> bool:
    pattern = asked(word)
    return bool(pattern and pattern.search(initials(title)))


@pytest.mark.parametrize(
    ("title", "found", "not_found"),
    [
        ("价格表", ["jgb", "jg", "gb", "b"], ["jb", "bgj", "jgbb"]),
        ("银行卡绑定", ["yhkbd", "yxkbd", "hk"], ["ykbd"]),
        ("重庆门店", ["cqmd", "zqmd"], ["qcmd"]),
        ("VIP客户2026", ["vip", "vipkh", "kh2026", "pk"], ["vk"]),
        ("您好，欢迎！", ["nhhy"], ["nh,"]),
        ("ＶＩＰ权益", ["vipqy"], []),
    ],
)
def test_con_16_initials_find_a_title(title: str, found: list[str], not_found: list[str]) -> None:
    assert [word for word in found if not finds(word, title)] == []
    assert [word for word in not_found if finds(word, title)] == []


def test_a_character_read_two_ways_has_both_initials() -> None:
    assert initials("银行") in {"<y><xh>", "<y><hx>"}
    assert set(initials("重")) == set("<zct>")


@pytest.mark.parametrize("text", ["", "，。！", "😀", "   "])
def test_what_has_no_initials_has_none(text: str) -> None:
    assert initials(text) == ""


def test_of_a_long_title_the_beginning() -> None:
    assert initials("价" * 500) == "<j>" * 60


@pytest.mark.parametrize("word", ["", "价格", "j g", "<", ".*", "j[", "\n"])
def test_what_is_not_made_of_letters_and_digits_asks_for_no_initials(word: str) -> None:
    assert asked(word) is None
