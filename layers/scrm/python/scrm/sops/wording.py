"""What texts of SOPs say beside the variables of sends: `{name}`, `{brand}`, `{days}` (spec 3.12). Pure."""

from collections.abc import Iterable
from datetime import datetime

from scrm.cards.model import Card
from scrm.moments import BEIJING


def variables(brand: str, name: str, cards: Iterable[Card], now: datetime) -> dict[str, str]:
    """Return these variables by name, "" where nothing can be said.

    `{name}` is the customer as their owner calls them, `{brand}` the company (a setting), `{days}` how many
    Beijing days ago they last paid an order: what a service of theirs is counted from.
    """
    last = max((each.last_order_at for each in cards if each.last_order_at), default=None)
    days = (now.astimezone(BEIJING).date() - last.astimezone(BEIJING).date()).days if last else 0
    return {"name": name, "brand": brand, "days": str(max(days, 0)) if last else ""}
