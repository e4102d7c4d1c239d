"""Adapters: how products of another system are read as ours, page by page (CON-09).

An adapter is anything that pulls: it knows its system, and nothing of how products are kept here. Another
shop is another module with a class of this shape.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Told:
    """What another system says of a product: `fields` are those of a product's content, and only those said.

    `version` is the system's own and only grows; None where it has none, so that every word counts.
    """

    code: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None


@dataclass(frozen=True)
class Unread:
    """A product that cannot be read: what it is called over there, and why, by our field or as a code."""

    name: str
    wrong: Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """Some products, and the cursor of the next page, "" at the end."""

    products: tuple[Told | Unread, ...]
    next_cursor: str = ""


class Adapter(Protocol):
    """A system that has products."""

    def pull(self, cursor: str) -> Page:
        """Return the page at a cursor, "" the first. Repeating returns what is there then."""
        ...
