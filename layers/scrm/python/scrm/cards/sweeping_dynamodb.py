"""A tick: looks up whom boundaries have passed since the last one, and asks for them to be made anew.

How far each boundary has been swept is kept in `CARDS`/`BOUNDARY#<term>`, after those concerned have been
asked for: a tick that is late, doubled or killed asks for some again, and none is passed over. Boundaries are
swept as of a moment ago, since a card's postings follow it by as long; whose follow later than that is looked
at once more then (scrm.cards.following).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from scrm.cards.boundaries import PLACES, Term, customer_of, months_between
from scrm.cards.dynamodb import CARDS, added_in, months
from scrm.cards.posting import PostingRow
from scrm.cards.postings import POSTED_WITHIN, place
from scrm.table import Row

BOUNDARY = "BOUNDARY#"
A_PAGE = 1000
# An idle boundary's row is written this often, so that what is looked through again stays short.
KEPT_FRESH = timedelta(hours=6)

Ask = Callable[[Iterable[str]], object]
HasTime = Callable[[], bool]


class BoundaryRow(Row):
    """How far a boundary has been swept: below the text `swept` everybody was asked for, at `swept_at`."""

    swept = UnicodeAttribute()
    swept_at = UnicodeAttribute()


@dataclass(frozen=True)
class Sweep:
    """What one tick needs: the time it is for, `ask` for customers to be made anew, whether to go on."""

    now: datetime
    ask: Ask
    has_time: HasTime

    def over(self, terms: Iterable[tuple[Term, datetime]]) -> int:
        """Sweep every boundary, each from where it was left, a new one from where it was at the time given.

        Returns how many customers were asked for. 0.5 RRU for each boundary that nobody has passed.
        """
        swept = {row.sk.removeprefix(BOUNDARY): row for row in _rows()}
        asked = 0
        for term, since in terms:
            row = swept.get(term.name)
            start = row.swept if row else term.bound(since)
            asked += self._sweep(term, start, row)
        return asked

    def _sweep(self, term: Term, start: str, row: BoundaryRow | None) -> int:
        end, asked = term.bound(self.now - POSTED_WITHIN), 0
        for keys in _pages(term.collection, start, end):
            if not self.has_time():
                return asked
            concerned = {customer_of(each) for each in keys}
            self.ask(concerned)
            asked += len(concerned)
            # The last key itself is looked at once more: more of its kind may be on the next page.
            _keep(term, keys[-1], self.now)
        idle = row is not None and datetime.fromisoformat(row.swept_at) > self.now - KEPT_FRESH
        if asked or not idle:
            _keep(term, max(start, end), self.now)
        return asked


def _rows() -> Iterator[BoundaryRow]:
    yield from BoundaryRow.query(CARDS, BoundaryRow.sk.startswith(BOUNDARY), consistent_read=True)


def _pages(collection: str, start: str, end: str) -> Iterator[list[str]]:
    """Yield the keys from `start` up to before `end`, oldest first, a page at a time."""
    if start >= end:
        return
    found = _places(start, end) if collection == PLACES else _keys(collection, start, end)
    page: list[str] = []
    for each in found:
        page.append(each)
        if len(page) == A_PAGE:
            yield page
            page = []
    if page:
        yield page


def _keys(collection: str, start: str, end: str) -> Iterator[str]:
    for row in PostingRow.query(collection, PostingRow.sk.between(start, end)):
        yield row.sk


def _places(start: str, end: str) -> Iterator[str]:
    for month in months_between(start, end, months()):
        last_key = None
        while True:
            page = added_in(month, A_PAGE, last_key, before=start, until=end, newest_first=False)
            yield from (place(card) for card in page.cards)
            last_key = page.last_key
            if last_key is None:
                break


def _keep(term: Term, swept: str, now: datetime) -> None:
    """Record how far a boundary was swept; one that a later tick has taken further stays there. 1 WRU."""
    row = BoundaryRow(CARDS, BOUNDARY + term.name)
    further = BoundaryRow.swept.does_not_exist() | (BoundaryRow.swept <= swept)
    moved: list[Action] = [BoundaryRow.swept.set(swept), BoundaryRow.swept_at.set(now.isoformat())]
    try:
        row.update(moved, condition=further)
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
