"""Pages of lists that one query brings whole: staff, channels, tags. Hundreds of rows, not millions."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from scrm.http import paging

T = TypeVar("T")


def page_of(
    name: str, rows: Sequence[T], place: Callable[[T], str], limit: int, cursor: str | None
) -> tuple[list[T], str | None]:
    """Return the page of `rows` after `cursor` and the next cursor, None at the end.

    Rows come in the order of `place`, which names each row's position for good, so that a row inserted
    meanwhile neither hides nor repeats another. `name` is the list the cursor belongs to.
    """
    after = paging.decode(name, cursor)
    start = str(after.get("after", "")) if after else None
    rest = sorted((row for row in rows if start is None or place(row) > start), key=place)
    page = rest[:limit]
    return page, paging.encode(name, {"after": place(page[-1])} if len(rest) > limit else None)
