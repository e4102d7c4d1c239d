"""How texts are compared: without regard to case, width and form. Pure."""

from collections.abc import Iterable
from unicodedata import normalize

LONGEST_WORDS = 1_000
"""Of an item's texts so many characters are searched: an item's row of some 4 KB is read with one unit."""


def folded(text: str) -> str:
    """Return a text as it is compared: ＶＩＰ, VIP and vip are one."""
    return normalize("NFKC", text).casefold()


def searchable(texts: Iterable[str], longest: int = LONGEST_WORDS) -> str:
    """Return what a search looks through of an item's texts: their beginning, without repeated spaces."""
    return " ".join(" ".join(texts).split())[:longest]
