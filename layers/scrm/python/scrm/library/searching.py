"""Finding items by words and pinyin initials, those used most first (spec CON-16, CON-18). Pure."""

from collections.abc import Iterable
from enum import IntEnum

from scrm.library.catalogue import Catalogue
from scrm.library.model import Item, Shown
from scrm.library.pinyin import asked

MOST_WORDS = 8


class Match(IntEnum):
    """How well a word fits, best first."""

    TITLE = 0
    INITIALS = 1
    KEYWORD = 2
    WORDS = 3


def words_of(text: str) -> tuple[str, ...]:
    """Return what is searched for: the words of a query, each has to be found."""
    return tuple(dict.fromkeys(text.casefold().split()))[:MOST_WORDS]


def fit(shown: Shown, words: Iterable[str]) -> Match | None:
    """Return how well what is shown fits all words, by the worst of them; None where one is missing."""
    worst = Match.TITLE
    for word in words:
        found = _fit(shown, word)
        if found is None:
            return None
        worst = max(worst, found)
    return worst


def _fit(shown: Shown, word: str) -> Match | None:
    if word in shown.title.casefold():
        return Match.TITLE
    pattern = asked(word)
    if pattern and pattern.search(shown.initials):
        return Match.INITIALS
    if any(word in each.casefold() for each in shown.keywords):
        return Match.KEYWORD
    return Match.WORDS if word in shown.words.casefold() else None


def found(items: Iterable[Item], text: str, catalogue: Catalogue, *, drafts: bool = False) -> list[Item]:
    """Return the items that fit `text`, those sent most first, then those that fit best, then as they stand.

    `drafts`: asks what is worked on instead of what is published. An empty text finds nothing.
    """
    words = words_of(text)
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
