"""Pages of a list that is in memory, in an order made by hand. Pure."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from scrm.http import paging

T = TypeVar("T")


def page(
    name: str, rows: Sequence[T], id_of: Callable[[T], str], limit: int, cursor: str | None
) -> tuple[list[T], str | None]:
    """Return the rows that follow the one a cursor names, and the next cursor, None at the end.

    The cursor goes with its row when the list is reordered; when the row is gone, the page begins where it
    was. Raises a 422 problem for a cursor of another list.
    """
    key = paging.decode(name, cursor, free=("after", "place"))
    start = 0
    if key:
        places = {id_of(row): place for place, row in enumerate(rows)}
        was = key["place"] if isinstance(key["place"], int) else 0
        start = places.get(str(key["after"]), max(was, 0) - 1) + 1
    found = list(rows[start : start + limit])
    end = start + len(found)
    more = bool(found) and end < len(rows)
    return found, paging.encode(name, {"after": id_of(found[-1]), "place": end - 1} if more else None)
