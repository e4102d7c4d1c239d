"""Coverage (M17): shares of customers, each counted once."""

from scrm.cards.model import Card
from scrm.reports.coverage import Coverage, of_cards, of_text


def card(number, *, identified=True, segments=(), first=True):
    return Card(f"cu_{number}", f"wm{number}", "lisi", first=first, identified=identified, segments=segments)


def test_rpt_17_m17_of_1200_customers_900_are_identified_and_810_of_these_layered():
    cards = [
        *(card(n, segments=("s",)) for n in range(810)),
        *(card(n) for n in range(810, 900)),
        *(card(n, identified=False, segments=("s",)) for n in range(900, 1200)),
        *(card(n, segments=("s",), first=False) for n in range(300)),
    ]

    found = of_cards(cards)

    assert found == Coverage(1200, 900, 810)
    assert (found.identified_share, found.layered_share) == (0.75, 0.9)


def test_parts_add_up_and_nothing_has_no_share():
    assert of_text(Coverage(3, 2, 1).text) + Coverage(1, 1, 0) == Coverage(4, 3, 1)
    assert (Coverage().identified_share, Coverage(5).layered_share) == (None, None)
