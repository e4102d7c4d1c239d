"""What an article of the knowledge base 知识库 is made of (spec CON-19). Pure."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from scrm.http.fields import In
from scrm.library.model import Shown
from scrm.materials.content import in_bytes
from scrm.scripts.content import Keywords, Title

BODY_BYTES = 20_000
SEARCHED_CHARACTERS = 2_000
"""What a search looks through: the beginning, so that a catalogue of thousands stays small."""


class Article(In):
    """An article: what is asked, and what to say."""

    title: Title
    body: Annotated[str, Field(min_length=1), in_bytes(BODY_BYTES)]
    keywords: Keywords = Field(default=[])


def read(stored: Mapping[str, Any]) -> Article:
    """Return an article from its plain form. Raises pydantic's ValidationError."""
    return Article.model_validate(dict(stored))


def plain(article: In) -> dict[str, Any]:
    """Return an article in the form it is stored in."""
    return article.model_dump(mode="json")


def shown(article: Article) -> Shown:
    """Return what lists and searches know of an article; its initials are put in by who stores it."""
    return Shown(
        article.title,
        words=" ".join(article.body[:SEARCHED_CHARACTERS].split()),
        keywords=tuple(article.keywords),
        summary={"text": article.body[:100]},
    )


def files(_article: Article) -> tuple[str, ...]:
    """Return the ids of the files an article uses: none."""
    return ()
