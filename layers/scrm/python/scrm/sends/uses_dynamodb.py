"""How often items were used: `USES#<kind>` in all, `USES#<kind>#<Beijing month>` by day, item and member.

Both are added to in the transaction that marks the send, the open or the sale as counted, so that each counts
once. Nothing of a customer is in them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pynamodb.attributes import NumberAttribute
from pynamodb.transactions import TransactWrite

from scrm.audit.dynamodb import Step
from scrm.library.model import Uses
from scrm.sends.model import CountedKind
from scrm.staff.model import key
from scrm.table import Row

USES = "USES#"


class UsesRow(Row):
    """How often something was used; a refund takes off what its order added."""

    sends = NumberAttribute(default=0)
    opens = NumberAttribute(default=0)
    forwards = NumberAttribute(default=0)
    orders = NumberAttribute(default=0)
    fen = NumberAttribute(default=0)

    def entity(self) -> Uses:
        """Return the row as the rest of the product knows it."""
        return Uses(int(self.sends), int(self.opens), int(self.forwards), int(self.orders), int(self.fen))


@dataclass(frozen=True)
class Day:
    """What one member's sends of one item came to on a Beijing day; `userid` in lower case."""

    date: str
    item_id: str
    userid: str
    uses: Uses


def uses(kind: CountedKind) -> dict[str, Uses]:
    """Return how often each item of a library was used so far, by item id: one query, by bytes."""
    return {row.sk: row.entity() for row in UsesRow.query(USES + kind)}


def uses_of(kind: CountedKind, item_id: str) -> Uses:
    """Return how often one item was used so far. 0.5 RRU."""
    try:
        return UsesRow.get(USES + kind, item_id).entity()
    except UsesRow.DoesNotExist:
        return Uses()


def days(kind: CountedKind, first: date, last: date) -> Iterator[Day]:
    """Yield what was used from one Beijing day to another, both included: a query a month, by bytes."""
    month = first.replace(day=1)
    while month <= last:
        pk = f"{USES}{kind}#{month.isoformat()[:7]}"
        for row in UsesRow.query(pk, UsesRow.sk.between(first.isoformat(), f"{last.isoformat()}#~")):
            day, _, rest = row.sk.partition("#")
            item_id, _, userid = rest.partition("#")
            yield Day(day, item_id, userid, row.entity())
        month = (month + timedelta(days=31)).replace(day=1)


def used_step(kind: CountedKind, item_id: str, userid: str, day: date, more: Uses) -> Step:
    """Return the transaction step that adds to what an item was used, in all and on a Beijing day: two rows.

    It adds whenever it is carried out: put it into the transaction that marks its cause as counted.
    """
    return used_on_step(kind, item_id, userid, {day: more})


def used_on_step(kind: CountedKind, item_id: str, userid: str, more: Mapping[date, Uses]) -> Step:
    """Return the step that adds to what an item was used on several days: a row each, and that of all.

    Of a sale, `orders` is 1 with an order's first entry and -1 where that is taken back, `fen` is below zero
    for a refund. See `used_step`.
    """
    total: Counter[str] = Counter()
    for each in more.values():
        total.update(vars(each))
    added: list[tuple[str, str, Mapping[str, int]]] = [(USES + kind, item_id, total)]
    for day, each in more.items():
        place = f"{USES}{kind}#{day.isoformat()[:7]}", f"{day.isoformat()}#{item_id}#{key(userid)}"
        added.append((*place, vars(each)))

    def step(transaction: TransactWrite) -> None:
        for pk, sk, counts in added:
            adding = [getattr(UsesRow, name).add(value) for name, value in counts.items() if value]
            if adding:
                transaction.update(UsesRow(pk, sk), actions=adding)

    return step
