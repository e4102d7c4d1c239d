"""What is known of a customer and their owner when a step is due: read anew each time (spec 3.3)."""

from dataclasses import dataclass
from datetime import datetime

from scrm.cards import dynamodb as cards
from scrm.cards.model import Card
from scrm.conditions.tree import of_plain, selects
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Customer, Relation
from scrm.customers.whole import united
from scrm.fields.dynamodb import fields
from scrm.privacy.consent import may_market
from scrm.sops.enrollment import Enrollment
from scrm.sops.evidence import either_word
from scrm.sops.model import Goal, Step, Version
from scrm.staff.dynamodb import member
from scrm.staff.model import key

GONE = frozenset({"disabled", "left"})
customers = Customers()


@dataclass(frozen=True)
class Person:
    """A customer as the worker found them: everybody they are, their cards, and who is friends with them."""

    customer: Customer
    cards: tuple[Card, ...]
    relations: tuple[Relation, ...]

    @property
    def customer_id(self) -> str:
        """Return whom the subject means today: caps count under this id."""
        return self.customer.customer_id

    def relation(self, external_userid: str, userid: str) -> Relation | None:
        """Return the relation of a chat."""
        wanted = (external_userid, key(userid))
        return next(
            (each for each in self.relations if (each.external_userid, key(each.userid)) == wanted), None
        )

    def friends(self) -> list[Relation]:
        """Return the relations that hold, the latest first."""
        held = (each for each in self.relations if each.status == "active")
        return sorted(held, key=_since, reverse=True)

    def cards_with(self, owner: str) -> tuple[Card, ...]:
        """Return the customer as their owner knows them; everybody's cards where the owner has none."""
        own = tuple(each for each in self.cards if key(each.userid) == key(owner))
        return own or self.cards


def person_of(customer_id: str) -> Person | None:
    """Return a customer by any of their ids, strongly but for the cards; None for one who is not there.

    1 RRU for the customer and each one merged, a query for each contact, one for the cards.
    """
    parts = customers.whole(customer_id, consistent=True)
    if not parts:
        return None
    whole = united(parts)
    relations = [
        relation
        for external_userid in whole.external_userids
        for relation in customers.collection(external_userid, consistent=True)[1]
    ]
    return Person(whole, tuple(cards.of_customer(whole.customer_id)), tuple(relations))


def fits(condition: object, person: Person, owner: str, now: datetime) -> bool:
    """Return whether a condition selects the customer as their owner knows them; none selects everybody."""
    if not condition:
        return True
    node = of_plain(condition, fields(now))  # type: ignore[arg-type]  # checked when it was stored
    return any(selects(node, each, now) for each in person.cards_with(owner))


def applies(step: Step, was: Enrollment, person: Person, now: datetime) -> bool:
    """Return whether a step is for this customer: its condition, and results of earlier steps (SOP-16)."""
    return is_answered(step, was) and fits(step.condition, person, was.owner, now)


def is_answered(step: Step, was: Enrollment) -> bool:
    """Return whether earlier steps have the results that a step asks for (SOP-16)."""
    for step_key, results in step.when.items():
        run = was.latest(step_key)
        if run is None or not either_word(run.result) & set(results):
            return False
    return True


def achieved(version: Version, was: Enrollment, person: Person | None, now: datetime) -> bool:
    """Return whether a goal has been reached since the SOP was entered; acts are told, not looked up."""
    return any(_reached(goal, was, person, now) for goal in version.goals)


def still_in(version: Version, was: Enrollment, person: Person) -> bool:
    """Return whether somebody is in a segment that made them enter; whoever entered otherwise is.

    One query, by bytes, for who entered by a segment.
    """
    ids = {each for trigger in version.triggers if trigger.kind == "segment" for each in trigger.ids}
    if was.trigger != "segment" or not ids:
        return True
    return bool(ids & cards.collection(person.customer_id)[0].entered.keys())


def is_gone(userid: str) -> bool:
    """Return whether a member has left or is disabled, strongly read: they get nothing to do. 1 RRU.

    Whom the directory has never told of is not gone.
    """
    there = member(userid, consistent=True) if userid else None
    return there is not None and there.status in GONE


def is_handed_over(it: Enrollment, person: Person) -> bool:
    """Return whether a handover of the chat that a bar is carried out in is under way."""
    relation = person.relation(it.external_userid, it.owner)
    return relation is not None and bool(relation.transfer_to)


def opted_out(person: Person, now: datetime) -> bool:
    """Return whether nothing may be marketed to the customer (OAE-13)."""
    return not may_market(person.customer, now)


def _reached(goal: Goal, was: Enrollment, person: Person | None, now: datetime) -> bool:
    if goal.kind == "points":
        return was.points >= goal.points
    if person is None:
        return False
    if goal.kind == "condition":
        return bool(goal.condition) and fits(goal.condition, person, was.owner, now)
    if goal.kind == "order":
        return any(each.last_order_at and _is_news(each.last_order_at, was) for each in person.cards)
    return False


def _is_news(ordered_at: datetime, was: Enrollment) -> bool:
    """Return whether an order came after entering; the one that made somebody enter did not."""
    return ordered_at > was.entered_at or (ordered_at == was.entered_at and was.trigger != "order")


def _since(relation: Relation) -> float:
    return relation.added_at.timestamp() if relation.added_at else 0.0
