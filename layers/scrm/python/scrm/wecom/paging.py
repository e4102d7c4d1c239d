"""Lists that WeCom answers page by page: the end is an empty cursor, or none (sheet 0.2)."""

from collections.abc import Iterator, Mapping
from typing import Any

from scrm.wecom.client import WeCom
from scrm.wecom.errors import UnknownOutcome


def pages(wecom: WeCom, path: str, body: Mapping[str, Any], rows: str, most: int) -> Iterator[dict[str, Any]]:
    """Yield the rows of every page, `most` pages at most.

    Raises UnknownOutcome where more follow: a list that was cut off never shows that something is not there.
    """
    cursor = ""
    for _ in range(most):
        asked = {**body, **({"cursor": cursor} if cursor else {})}
        answer = wecom.call("POST", path, json=asked, idempotent=True)
        yield from answer.get(rows) or ()
        cursor = str(answer.get("next_cursor") or "")
        if not cursor:
            return
    raise UnknownOutcome(path, "more pages than are read")
