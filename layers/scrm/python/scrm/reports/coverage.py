"""How much of the customers is known, and how much of those is layered (M17, RPT-17). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from scrm.cards.model import Card


@dataclass(frozen=True)
class Coverage:
    """Customers, those identified, and those of these who are in one segment at least."""

    customers: int = 0
    identified: int = 0
    layered: int = 0

    def __add__(self, other: "Coverage") -> "Coverage":
        return Coverage(
            self.customers + other.customers,
            self.identified + other.identified,
            self.layered + other.layered,
        )

    @property
    def identified_share(self) -> float | None:
        """Return identified ÷ customers; None without customers."""
        return self.identified / self.customers if self.customers else None

    @property
    def layered_share(self) -> float | None:
        """Return those in one segment at least ÷ identified; None without any identified."""
        return self.layered / self.identified if self.identified else None

    @property
    def text(self) -> str:
        """Return the three numbers as one text, which `of_text` reads."""
        return f"{self.customers}/{self.identified}/{self.layered}"


def of_text(text: str) -> Coverage:
    """Return the numbers that `Coverage.text` wrote."""
    return Coverage(*(int(each) for each in text.split("/")))


def of_cards(cards: Iterable[Card]) -> Coverage:
    """Return the numbers of the customers whose first card is among these: each customer counts once."""
    counted = [each for each in cards if each.first]
    identified = [each for each in counted if each.identified]
    return Coverage(len(counted), len(identified), sum(bool(each.segments) for each in identified))
