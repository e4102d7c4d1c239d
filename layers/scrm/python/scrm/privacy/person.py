"""Everything by which a person is found in our rows. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

PSEUDONYM = "er_"
"""What the pseudonyms of the erased begin with: nothing is counted of them."""
TELLING = 6
"""A shorter id or number is met in what has nothing to do with the person."""


@dataclass(frozen=True)
class Person:
    """A customer with all who were merged into them, and every id, number and name of theirs.

    `members` are the keys of everybody who has or had a relation with them, `channels` and `states` those
    they came through, `since` is when they became known and `at` when all
    this was gathered, RFC 3339. `pseudonym` stands for them in what is kept.
    """

    customer_ids: tuple[str, ...]
    external_userids: tuple[str, ...] = ()
    identities: tuple[tuple[str, str], ...] = ()
    numbers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    since: str = ""
    at: str = ""
    pseudonym: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids under which rows speak of the person."""
        return (*self.external_userids, *self.customer_ids)

    @property
    def words(self) -> tuple[str, ...]:
        """Return everything that may not be left anywhere, longest first."""
        values = (value for _, value in self.identities)
        every = {*self.ids, *values, *self.numbers, *self.names} - {""}
        return tuple(sorted(every, key=lambda word: (-len(word), word)))

    @property
    def telling(self) -> tuple[str, ...]:
        """Return the ids and numbers that are nobody else's wherever they are met."""
        values = (value for _, value in self.identities)
        every = dict.fromkeys((*self.ids, *values, *self.numbers))
        return tuple(each for each in every if len(each) >= TELLING)

    def plain(self) -> dict[str, Any]:
        """Return the person as JSON data."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "Person":
        """Return the person of JSON data."""
        lists = {name: tuple(value) for name, value in plain.items() if isinstance(value, list | tuple)}
        pairs = tuple((kind, value) for kind, value in plain.get("identities", ()))
        return cls(**{**plain, **lists, "identities": pairs})


def mentions(text: str, words: Iterable[str]) -> bool:
    """Return whether any of the words is in a text, also where JSON wrote it with escapes."""
    return any(each in text or any(form in text for form in _escaped(each)) for each in words)


def _escaped(word: str) -> tuple[str, ...]:
    """Return how JSON writes a word, and JSON within JSON as rows hold it; none where that is as it is."""
    if word.isascii():
        return ()
    once = json.dumps(word)[1:-1]
    return once, json.dumps(once)[1:-1]


def without(text: str, person: Person) -> str:
    """Return a text, or JSON as text, with the pseudonym for the person's ids, *** for names and numbers."""
    if text[:1] in {"{", "["}:
        try:
            plain = json.loads(text)
        except ValueError:
            return _cleaned(text, person)
        return json.dumps(_walked(plain, person))
    return _cleaned(text, person)


def _walked(value: Any, person: Person) -> Any:
    if isinstance(value, dict):
        return {_cleaned(name, person): _walked(each, person) for name, each in value.items()}
    if isinstance(value, list):
        return [_walked(each, person) for each in value]
    if isinstance(value, str):
        return _cleaned(value, person)
    return 0 if type(value) is int and str(value) in person.telling else value


def _cleaned(text: str, person: Person) -> str:
    """A short word, e.g. a CRM id of two digits, is replaced where it stands alone."""
    ids = set(person.ids)
    for word in person.words:
        instead = person.pseudonym if word in ids else "***"
        if len(word) >= TELLING or not word.isascii():
            text = text.replace(word, instead)
            # As a message in hand is kept: JSON within JSON.
            text = text if word.isascii() else text.replace(json.dumps(word)[1:-1], instead)
        elif text == word:
            return instead
    return text
