"""How far the customers of channels got (M3), and what became of adds (IDN-15). Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
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


def step_of_card(card: Card) -> str:
    """Return how far somebody who was added got by themselves: they wrote, or paid."""
    if card.first_order_at is not None:
        return "paid"
    return "inbound" if card.customer_message_at is not None else "add"


def furthest_steps(
    added: Mapping[str, Sequence[Card]],
    leads: Iterable[Lead],
    later: Iterable[Lead] = (),
    before: Collection[str] = (),
) -> list[str]:
    """Return the furthest step of each customer of a cohort (M3): those added, by contact, and others' leads.

    A lead is of the contact it names, or else of its customer, or else of somebody of its own. Leads that
    came `later` count for those of the cohort alone; those whose ids are in `before` are of an earlier one.
    """
    whose = {card.customer_id: contact for contact, cards in added.items() for card in cards}
    found = {
        contact: max((step_of_card(each) for each in cards), key=FUNNEL.index, default="add")
        for contact, cards in added.items()
    }
    for lead, own in (*((each, True) for each in leads), *((each, False) for each in later)):
        contact = contact_of(lead)
        name = contact if contact in added else whose.get(lead.customer_id, "")
        if not name:
            if not own or lead.lead_id in before:
                continue
            name = lead.customer_id or lead.lead_id
        step = step_of_lead(lead)
        found[name] = max(found.get(name, step), step, key=FUNNEL.index)
    return list(found.values())


def contact_of(lead: Lead) -> str:
    """Return the contact a lead names; empty for none."""
    return next((value for kind, value in lead.keys if kind == "external_userid"), "")


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
