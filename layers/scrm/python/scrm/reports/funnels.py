"""How far the customers of channels got (M3), and what became of adds (IDN-15). Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scrm.cards.model import Card
from scrm.leads.model import Lead
from scrm.leads.steps import furthest
from scrm.reports.formulas import FUNNEL

_OF_LEAD: Mapping[str, str] = {
    "": "lead",
    "FOLLOWING": "potential",
    "QUALIFIED": "intention",
    "INTENT": "intention",
    "SIGNED": "signed",
    "WON": "paid",
}


def step_of_lead(lead: Lead) -> str:
    """Return how far a lead got: by the furthest status it ever had, or as a potential once converted."""
    step = _OF_LEAD[furthest(lead)]
    return "potential" if step == "lead" and lead.customer_id and lead.trigger == "convert" else step


def step_of_card(card: Card | None) -> str:
    """Return how far somebody who was added got by themselves: they wrote, or paid."""
    if card is None:
        return "add"
    if card.first_order_at is not None:
        return "paid"
    return "inbound" if card.customer_message_at is not None else "add"


def furthest_steps(added: Mapping[str, Card | None], leads: Iterable[Lead]) -> list[str]:
    """Return the furthest step of each customer: those added, by contact, and the leads of others.

    A lead is of the contact it names, or else of its customer, or else of somebody of its own.
    """
    whose = {card.customer_id: contact for contact, card in added.items() if card}
    found = {contact: step_of_card(card) for contact, card in added.items()}
    for lead in leads:
        contact = next((value for kind, value in lead.keys if kind == "external_userid"), "")
        name = contact if contact in found else whose.get(lead.customer_id, lead.customer_id or lead.lead_id)
        step = step_of_lead(lead)
        found[name] = max(found.get(name, step), step, key=FUNNEL.index)
    return list(found.values())


@dataclass
class Added:
    """What became of the adds of a channel; `converted` are customers who have paid since."""

    adds: int = 0
    retained: int = 0
    deleted: int = 0
    deleted_by_staff: int = 0
    handed_over: int = 0
    converted: int = 0

    def add(self, card: Card | None) -> None:
        """Add one relation, as it is now. One without a card is taken as it began."""
        self.adds += 1
        status = card.status if card else "active"
        self.retained += status == "active"
        self.deleted += status in {"deleted_by_customer", "both_deleted"}
        self.deleted_by_staff += status == "deleted_by_staff"
        self.handed_over += status == "transferred_out"


def converted(cards: Iterable[Card]) -> int:
    """Return how many customers paid for the first time after they were added."""
    paid = {
        each.customer_id
        for each in cards
        if each.first_order_at and each.added_at and each.first_order_at >= each.added_at
    }
    return len(paid)
