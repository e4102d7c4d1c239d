"""What came of what was sent: reach, opens, forwards and sales, by item, group or member. Pure (spec 6, M11).

Reach, openers and sharers are distinct customers of the sends of the time asked for, whenever they opened;
orders and money are those of the time. A customer who was merged counts as they were recorded.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from scrm.sends.model import CountedKind, Place, Sent
from scrm.staff.model import key

GroupBy = Literal["item", "group", "staff"]


@dataclass(frozen=True)
class Sale:
    """What was bought through one member's sends of an item in the time asked for; `userid` in lower case."""

    kind: CountedKind
    item_id: str
    userid: str
    orders: int
    fen: int


@dataclass
class Line:
    """One line of the report. `kind` is None where sends of several kinds are added up."""

    id: str
    title: str = ""
    kind: CountedKind | None = None
    sends: int = 0
    opens: int = 0
    forwards: int = 0
    orders: int = 0
    fen: int = 0
    reached: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)
    shared: set[str] = field(default_factory=set)

    @property
    def open_rate(self) -> float | None:
        """Return distinct openers ÷ reach, None while nobody was reached."""
        return len(self.opened) / len(self.reached) if self.reached else None

    @property
    def forward_rate(self) -> float | None:
        """Return distinct sharers ÷ openers, None while nobody opened."""
        return len(self.shared) / len(self.opened) if self.opened else None

    def add(self, sent: Sent) -> None:
        """Add a send."""
        self.sends += 1
        self.opens += sent.opens
        self.forwards += sent.forwards
        self.reached.add(sent.customer_id)
        if sent.opens:
            self.opened.add(sent.customer_id)
        if sent.forwards:
            self.shared.add(sent.customer_id)


Home = Callable[[CountedKind, str], Place]
"""Returns the group of an item of which nothing was sent in the time asked for."""


def lines_of(
    sents: Iterable[Sent], sales: Iterable[Sale], group_by: GroupBy, home: Home
) -> tuple[Line, list[Line]]:
    """Return the sum of all, and the lines, most sends first."""
    whole, found = Line("", "合计"), dict[tuple[CountedKind | None, str], Line]()
    homes: dict[tuple[CountedKind, str], Place] = {}
    for sent in sorted(sents, key=lambda each: (each.at, each.send_id)):
        homes[sent.kind, sent.item_id] = sent.group
        line = _line(found, group_by, sent.kind, sent.item_id, sent.userid, sent.group)
        if group_by != "staff":
            line.title = sent.title if group_by == "item" else sent.group.name
        line.add(sent)
        whole.add(sent)
    for sale in sales:
        place = sale.kind, sale.item_id
        if group_by == "group" and place not in homes:
            homes[place] = home(*place)
        group = homes.get(place, Place("", ""))
        line = _line(found, group_by, sale.kind, sale.item_id, sale.userid, group)
        for each in (line, whole):
            each.orders += sale.orders
            each.fen += sale.fen
    return whole, sorted(found.values(), key=lambda each: (-each.sends, -each.fen, each.kind or "", each.id))


def _line(
    found: dict[tuple[CountedKind | None, str], Line],
    group_by: GroupBy,
    kind: CountedKind,
    item_id: str,
    userid: str,
    group: Place,
) -> Line:
    places: Mapping[GroupBy, tuple[CountedKind | None, str, str]] = {
        "item": (kind, item_id, ""),
        "group": (kind, group.group_id, group.name),
        "staff": (None, key(userid), ""),
    }
    of, name, title = places[group_by]
    return found.setdefault((of, name), Line(name, title, of))
