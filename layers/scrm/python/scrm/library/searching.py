"""Finding items by words and pinyin initials, those used most first (spec CON-16, CON-18). Pure."""

import re
from collections.abc import Iterable
from enum import IntEnum

from scrm.library.catalogue import Catalogue
from scrm.library.model import Item, Shown
from scrm.library.pinyin import asked
from scrm.library.wording import folded

MOST_WORDS = 8


class Match(IntEnum):
    """How well a word fits, best first."""

    TITLE = 0
    INITIALS = 1
    KEYWORD = 2
    WORDS = 3


def words_of(text: str) -> tuple[str, ...]:
    """Return what is searched for: the words of a query, each has to be found."""
    return tuple(dict.fromkeys(folded(text).split()))[:MOST_WORDS]


Asked = tuple[str, re.Pattern[str] | None]
"""A word, and what finds it among initials."""


def fit(shown: Shown, words: Iterable[Asked]) -> Match | None:
    """Return how well what is shown fits all words, by the worst of them; None where one is missing."""
    worst = Match.TITLE
    for word, pattern in words:
        found = _fit(shown, word, pattern)
        if found is None:
            return None
        worst = max(worst, found)
    return worst


def _fit(shown: Shown, word: str, pattern: re.Pattern[str] | None) -> Match | None:
    title, keywords, words = shown.texts
    if word in title:
        return Match.TITLE
    initials = shown.initials
    if pattern and word[0] in initials and word[-1] in initials and pattern.search(initials):
        return Match.INITIALS
    if word in keywords:
        return Match.KEYWORD
    return Match.WORDS if word in words else None


def matching(items: Iterable[Item], text: str, *, drafts: bool = False) -> dict[str, tuple[Item, Match]]:
    """Return the items that fit `text` by their id, as they stand, and how well. An empty text finds nothing.

    `drafts`: asks what is worked on instead of what is published.
    """
    words = [(each, asked(each)) for each in words_of(text)]
    fits: dict[str, tuple[Item, Match]] = {}
    for item in items if words else ():
        shown = item.draft if drafts else item.live
        match = fit(shown, words) if shown else None
        if match is not None:
            fits[item.item_id] = item, match
    return fits


def found(items: Iterable[Item], text: str, catalogue: Catalogue, *, drafts: bool = False) -> list[Item]:
    """Return the items that fit `text`, the most sent first, then the best fits, then as they stand."""
    fits = matching(items, text, drafts=drafts)

    def rank(item: Item) -> tuple[int, Match]:
        return -catalogue.uses_of(item.item_id).sends, fits[item.item_id][1]

    return sorted((item for item, _ in fits.values()), key=rank)
