"""One customer as one caller may see them: what was read, and the card it makes. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from scrm.cards.making import cards_of
from scrm.cards.model import Card
from scrm.customers.model import Contact, Customer, Relation
from scrm.facts.model import Facts, Score, Talk
from scrm.segments.model import State
from scrm.staff.model import key


@dataclass(frozen=True)
class Profile:
    """A customer with everybody merged into them. `own` is the caller's relation, None when seen by scope.

    `relations` are those of all their contacts that were read, `facts` what is counted of them.
    """

    customer: Customer
    facts: Facts
    state: State = field(default_factory=State)
    contacts: tuple[Contact, ...] = ()
    relations: tuple[Relation, ...] = ()
    own: Relation | None = None

    def card(self, now: datetime) -> Card:
        """Return the customer's card as the caller knows them, or as the first colleague does."""
        cards = self.cards(now)
        mine = (each for each in cards if self.own and key(each.userid) == key(self.own.userid))
        return next(mine, cards[0])

    def cards(self, now: datetime, filterable: Collection[str] = ()) -> Sequence[Card]:
        """Return the cards of the customer at `now`; a bare one for who was erased or merged away."""
        segments = self.state.segments
        found = cards_of(self.customer, self.contacts, self.relations, self.facts, filterable, segments, now)
        return found or [Card(self.customer.customer_id)]

    @cached_property
    def talk(self) -> Talk | None:
        """Return how far the caller's own talk is, None without one."""
        if self.own is None:
            return None
        mine = key(self.own.userid)
        return next((each for each in self.facts.talks if key(each.userid) == mine), None)

    def scores(self, now: datetime) -> list[Score]:
        """Return the scores that hold at `now`, by name."""
        held = (each for each in self.facts.scores if each.expires_at is None or each.expires_at > now)
        return sorted(held, key=lambda each: each.name)
