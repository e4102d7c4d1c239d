"""Pinyin initials of a title, so that 价格表 is found by jgb (spec CON-16, ui-guide 5.2). Pure."""

import re
from functools import lru_cache

from scrm.library.wording import folded

_LONGEST = 60
_ASKED = re.compile(r"[a-z0-9]+")


def initials(text: str) -> str:
    """Return the initials of each character of `text`: `<j><g><b>`; of one read two ways both, `<xh>`.

    Letters and digits stand for themselves; everything else is left out. Of long texts the beginning.
    """
    from pypinyin import Style, pinyin  # costs a cold start 40 ms, and only writers need it

    found = []
    for char in folded(text)[:_LONGEST]:
        if char.isascii():
            found.append(char if char.isalnum() else "")
            continue
        readings = pinyin(char, style=Style.FIRST_LETTER, heteronym=True, errors="ignore")
        found.append("".join(dict.fromkeys(each[0] for each in readings[0] if each)) if readings else "")
    return "".join(f"<{each}>" for each in found if each)


@lru_cache(maxsize=256)
def asked(word: str) -> re.Pattern[str] | None:
    """Return what finds `word` among initials, or None where it is not made of letters and digits."""
    if not _ASKED.fullmatch(word):
        return None
    return re.compile("".join(f"<[^>]*{each}[^>]*>" for each in word))
