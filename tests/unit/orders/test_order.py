"""An order is the same whatever order its parts arrive in; facts are what the orders say (INT-02, CUS-08)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrm.facts.model import Orders, index_at
from scrm.orders.counting import counted
from scrm.orders.model import (
    MOST_PARTS,
    Line,
    Money,
    Order,
    Placed,
    Sale,
    TooManyParts,
    with_payment,
    with_placed,
    with_refund,
)
from scrm.settings.model import BEIJING

AT = datetime(2026, 3, 2, 10, tzinfo=BEIJING)
LINES = (Line("P", "茶", 1, 19900), Line("Q", "杯", 2, 10001))
Change = Callable[[Order], Order]


def placed(version: int = 1, **more: object) -> Placed:
    return Placed(
        **{"version": version, "customer_id": "cu_1", "amount_fen": 29901, "at": AT, "lines": LINES, **more}
    )  # type: ignore[arg-type]


def put(version: int = 1, **more: object) -> Change:
    return lambda order: with_placed(order, placed(version, **more))


def pay(amount: int, payment_id: str = "1", version: int = 1, days: int = 0, *, void: bool = False) -> Change:
    money = Money(version, amount, AT + timedelta(days=days), void=void)
    return lambda order: with_payment(order, payment_id, money)


def refund(amount: int, refund_id: str = "1", product: str = "", version: int = 1) -> Change:
    money = Money(version, amount, AT + timedelta(days=9), product)
    return lambda order: with_refund(order, refund_id, money)


def folded(*changes: Change) -> Order:
    order = Order("crm", "1")
    for change in changes:
        order = change(order)
    return order


PARTS = [put(1), put(2, cancelled=False), pay(29901), refund(5000), refund(19900, "2", "P")]


@pytest.mark.parametrize("changes", list(permutations(PARTS)))
def test_int_02_any_order_of_arrival_comes_to_the_same(changes: tuple[Change, ...]) -> None:
    sale = folded(*changes).sale()
    assert (sale.paid_at, sale.paid_fen, sale.refunded_fen, sale.net_fen) == (AT, 29901, 24900, 5001)
    assert sale.lines == (Line("Q", "杯", 2, 5001),)


@given(st.lists(st.sampled_from(range(6)), min_size=1, max_size=12))
def test_repetitions_and_older_versions_change_nothing(picks: list[int]) -> None:
    parts = [put(1, amount_fen=1), put(2), pay(100), pay(29901, version=2), refund(1), refund(2, version=3)]
    everything = folded(*parts)
    assert folded(*parts, *(parts[each] for each in picks)) == everything
    assert folded(*(parts[each] for each in picks), *reversed(parts)) == everything


def test_nothing_counts_before_the_order_is_known_or_once_it_is_cancelled() -> None:
    assert folded(pay(19900), refund(19900)).sale().paid_at is None
    assert folded(put(), pay(19900), put(2, cancelled=True)).sale() == Sale(None, 0, 0)


def test_the_orders_own_word_holds_until_payments_are_told() -> None:
    word = put(paid_at=AT, paid_fen=29901, refunded_fen=1)
    assert folded(word).sale().net_fen == 29900
    assert folded(word, pay(20000, days=1)).sale().paid_fen == 20000
    assert folded(word, pay(20000), pay(0, version=2, void=True)).sale().paid_at is None


def test_the_first_payment_says_when_it_was_paid() -> None:
    assert folded(put(), pay(9901, "2", days=3), pay(20000, "1")).sale().paid_at == AT


def test_a_refund_is_divided_to_the_fen() -> None:
    lines = tuple(Line(each, "", 1, 3333) for each in "ABC")
    sale = folded(put(lines=lines, amount_fen=9999), pay(9999), refund(1000)).sale()
    assert [each.amount_fen for each in sale.lines] == [2999, 3000, 3000]


def test_a_gift_without_a_price_stays() -> None:
    lines = (Line("P", "", 1, 100), Line("gift", "", 1, 0))
    assert [each.product_code for each in folded(put(lines=lines), pay(100), refund(50)).sale().lines] == [
        "P",
        "gift",
    ]


def test_an_order_holds_a_hundred_payments_and_no_more() -> None:
    order = folded(*(pay(1, str(each)) for each in range(MOST_PARTS)))
    with pytest.raises(TooManyParts):
        pay(1, "one more")(order)
    assert pay(2, "7", 2)(order).payments["7"].amount_fen == 2


# ------------------------------------------------------------------ facts


def sale(days: int, paid: int, refunded: int = 0, *codes: str) -> Sale:
    lines = tuple(Line(code, code, 1, paid) for code in codes)
    return Sale(AT + timedelta(days=days), paid, refunded, lines)


def facts(*sales: Sale, days: int = 30) -> Orders:
    return counted(sales, AT + timedelta(days=days))[0]


def test_facts_of_orders() -> None:
    found = facts(sale(0, 19900, 0, "P"), sale(0, 100, 40, "Q"), sale(5, 300, 300, "R"), Sale(None, 0, 0))
    assert (found.count, found.amount_fen, found.first_at, found.last_at) == (2, 19960, AT, AT)
    assert found.window == (("2026-03-02", 2, 19960),)
    assert set(found.products) == {"P", "Q"}
    assert found.paid


def test_the_window_is_366_beijing_days() -> None:
    late = sale(0, 100)
    assert facts(late, days=365).window == (("2026-03-02", 1, 100),)
    assert facts(late, days=366).window == ()
    assert facts(late, days=366).count == 1
    midnight = Sale(datetime(2026, 3, 2, 16, tzinfo=BEIJING).replace(hour=23, minute=59), 5, 0)
    assert facts(midnight).window[0][0] == "2026-03-02"


def test_an_order_refunded_wholly_counts_for_nothing_but_the_purchase() -> None:
    found, purchases = counted([sale(0, 100, 100, "P")], AT)
    assert (found.count, found.amount_fen, found.products, found.paid) == (0, 0, (), True)
    assert index_at(purchases, AT) == 10
    assert purchases.inbound_at == AT


def test_oae_15_each_purchase_weighs_ten() -> None:
    _, purchases = counted([sale(0, 1), sale(14, 1)], AT)
    assert index_at(purchases, AT + timedelta(days=14)) == 15


def test_a_hundred_products_are_kept_latest_first() -> None:
    found = facts(*(sale(each, 10, 0, f"P{each}") for each in range(120)), sale(150, 5, 0, "P0"))
    assert len(found.products) == 100
    assert found.products[:2] == ("P0", "P119")
    assert (found.bought[0].amount_fen, found.bought[0].quantity) == (15, 2)
