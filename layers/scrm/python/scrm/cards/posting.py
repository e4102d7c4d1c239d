"""Keeping the postings of cards, from the stream's records of the cards (docs/decisions/0010).

What a card came to have is put; what it no longer has is taken away only when, read strongly, no card of the
customer has it. A posting too many does no harm, since whoever reads one asks the card itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from scrm.cards.dynamodb import of_customer
from scrm.cards.model import Card
from scrm.cards.postings import Posting, postings
from scrm.table import Row


class PostingRow(Row):
    """A posting: a key without content."""


@dataclass(frozen=True)
class CardChange:
    """A card as it was and as it is; None where there was or is none."""

    before: Card | None
    after: Card | None


def post(customer_id: str, changes: Iterable[CardChange]) -> None:
    """Write what follows from changes of a customer's cards. Safe to repeat and to do late.

    1 WRU for each key that comes or goes; the cards are read, strongly, only when something goes.
    """
    came: set[Posting] = set()
    went: set[Posting] = set()
    for each in changes:
        before = postings(each.before) if each.before else frozenset()
        after = postings(each.after) if each.after else frozenset()
        came |= after - before
        went |= before - after
    if went:
        moved = came | went
        held = _held(customer_id)
        came, went = moved & held, moved - held
    _write(came, went)


def post_anew(customer_id: str) -> None:
    """Put every posting that the customer's cards ought to have. 1 WRU each."""
    _write(_held(customer_id), frozenset())


def _held(customer_id: str) -> frozenset[Posting]:
    cards = of_customer(customer_id, consistent=True)
    return frozenset(posting for card in cards for posting in postings(card))


def _write(came: Iterable[Posting], went: Iterable[Posting]) -> None:
    with PostingRow.batch_write() as batch:
        for each in sorted(came, key=_key):
            batch.save(PostingRow(each.pk, each.sk))
        for each in sorted(went, key=_key):
            batch.delete(PostingRow(each.pk, each.sk))


def _key(posting: Posting) -> tuple[str, str]:
    return posting.pk, posting.sk
