"""The products in a foreign payload, as a feed's mapping reads them (CON-09, INT-03). Pure.

The mapping reads rows as `PUT /integrations/products` takes them; a payload is one page.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scrm.products.adapters import Page, Told, Unread

Judged = Mapping[str, Any] | Mapping[str, str]


@dataclass(frozen=True)
class Feed:
    """Rows as a mapping has read them. `judge` returns a good row's fields, or what is wrong by field."""

    rows: Sequence[Any]
    judge: Callable[[Any], tuple[Mapping[str, Any] | None, Mapping[str, str]]]

    def pull(self, cursor: str = "") -> Page:  # noqa: ARG002  # a payload is one page
        """Return every product of the payload, in its order."""
        return Page(tuple(self._told(row) for row in self.rows))

    def _told(self, row: Any) -> Told | Unread:
        fields, wrong = self.judge(row)
        if fields is None:
            named = row.get("code", "") if isinstance(row, Mapping) else ""
            return Unread(str(named)[:128], wrong)
        said = {name: each for name, each in fields.items() if name not in {"code", "version"}}
        return Told(str(fields["code"]), said, fields["version"])
