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
    if pattern and pattern.search(shown.initials):
        return Match.INITIALS
    if word in keywords:
        return Match.KEYWORD
    return Match.WORDS if word in words else None


def found(items: Iterable[Item], text: str, catalogue: Catalogue, *, drafts: bool = False) -> list[Item]:
    """Return the items that fit `text`, those sent most first, then those that fit best, then as they stand.

    `drafts`: asks what is worked on instead of what is published. An empty text finds nothing.
    """
    words = [(each, asked(each)) for each in words_of(text)]
    if not words:
        return []
    ranked = []
    for place, item in enumerate(items):
        shown = item.draft if drafts else item.live
        match = fit(shown, words) if shown else None
        if match is not None:
            ranked.append((-catalogue.uses_of(item.item_id).sends, match, place, item))
    ranked.sort(key=lambda each: each[:3])
    return [each[3] for each in ranked]


def recommended(items: Iterable[Item], stage: str) -> list[Item]:
    """Return the items with those recommended for `stage` first, otherwise as they stand."""
    return sorted(items, key=lambda each: not (each.live and stage in each.live.stages))
