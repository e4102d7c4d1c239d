"""What payments and refunds come to, to the fen: L19, L19b, and that nothing ever drifts."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from scrm.apportioning import apportion, crossed
from scrm.attribution.booking import Told, bookings, with_told
from scrm.attribution.deciding import decide
from scrm.attribution.model import Decision, Evidence, Lead, Shared, Terms
from scrm.orders.model import Line, Money, Order, Placed

# A machine that is busy draws slowly, which says nothing of the rules.
AT = datetime(2026, 3, 20, 2, 15, tzinfo=UTC)
DAY = timedelta(days=1)


def placed(fen, lines=(), **more):
    return Placed(1, "cu_1", fen, AT, tuple(lines), AT, fen, **more)


def decided(members=(("U1", 1),), channels=(("", 1),)):
    return Decision("share", members, channels, Terms())


def of(found, dimension=lambda entry: [(entry.userid, entry.fen)]):
    """Return what the entries sum to."""
    sums = Counter()
    for booking in found:
        for entry in booking.entries:
            for name, fen in dimension(entry):
                sums[name] += fen
    return {name: fen for name, fen in sums.items() if fen}


def by_channel(entry):
    return entry.channels


def by_product(entry):
    return entry.products


def test_l19_1000_yuan_is_one_entry_of_whoever_made_the_sale():
    decision = decide(Evidence((Shared(AT - 10 * DAY, "U1", "s1"),)), AT, Terms())
    assert of(bookings(Order("shop", "1", placed(100_000)), decision)) == {"U1": 100_000}


def test_l19b_33_33_yuan_inherited_5_days_before_and_10_yuan_refunded():
    decision = decide(Evidence(lead=Lead("U2", "U1", AT - 5 * DAY)), AT, Terms())
    order = Order("shop", "1", placed(3333), refunds={"r1": Money(1, 1000, AT + DAY)})

    sale, refund = bookings(order, decision)

    assert of([sale]) == {"U1": 2000, "U2": 1333}
    assert of([refund]) == {"U1": -600, "U2": -400}
    assert (sale.at, refund.at) == (AT, AT + DAY)


def test_ties_go_to_the_new_owner():
    decision = decide(Evidence(lead=Lead("U2", "U1", AT)), AT, Terms(old_percent=50))
    assert of(bookings(Order("shop", "1", placed(1)), decision)) == {"U2": 1}


def test_a_refund_that_names_its_product_is_taken_from_that_and_what_exceeds_it_from_the_rest():
    lines = (Line("A", amount_fen=600), Line("B", amount_fen=400))
    order = Order("shop", "1", placed(1000, lines), refunds={"r": Money(1, 500, AT + DAY, "B")})
    assert of(bookings(order, decided()), by_product) == {"A": 500}


def test_nothing_is_booked_before_a_payment_nor_for_a_cancelled_order():
    unpaid = Placed(1, "cu_1", 1000, AT)
    assert bookings(Order("shop", "1", unpaid), decided()) == []
    assert bookings(Order("shop", "1", None, {"p": Money(1, 1000, AT)}), decided()) == []
    assert bookings(Order("shop", "1", placed(1000, cancelled=True)), decided()) == []


def test_an_order_s_own_word_on_refunds_is_dated_when_it_was_heard():
    told: Told = ()
    for day, fen in ((1, 100), (2, 100), (3, 300), (4, 250)):
        order = Order("shop", "1", placed(1000, refunded_fen=fen))
        told = with_told(told, order, AT + day * DAY)
    assert told == ((100, AT + DAY), (250, AT + 4 * DAY))
    dated = [(each.at, each.fen) for each in bookings(order, decided(), told)]
    assert dated == [(AT, 1000), (AT + DAY, -100), (AT + 4 * DAY, -150)]


fens = st.integers(0, 10**7)
moments = st.integers(0, 60).map(lambda days: AT + days * DAY)
moneys = st.builds(Money, st.just(1), fens, moments, st.sampled_from(["", "A", "B", "C"]), st.booleans())
parts = st.dictionaries(st.sampled_from("pqrstu"), moneys, max_size=6)
named_lines = st.lists(st.builds(Line, st.sampled_from("ABC"), amount_fen=fens), max_size=4)
weights = st.lists(st.integers(1, 100), min_size=1, max_size=5)


def weighted(names):
    return weights.map(lambda found: tuple((f"{names}{place}", each) for place, each in enumerate(found)))


decisions = st.builds(decided, weighted("U"), weighted("ch"))
orders = st.builds(
    lambda fen, lines, payments, refunds, told: Order(
        "shop", "1", placed(fen, lines, refunded_fen=told), payments, refunds
    ),
    fens,
    named_lines,
    parts,
    parts,
    fens,
)


@given(orders, decisions)
def test_entries_always_sum_to_the_order_s_net_in_every_dimension(order, decision):
    found = bookings(order, decision, with_told((), order, AT))
    net = order.sale().net_fen if order.sale().paid_at else 0
    for dimension in (lambda entry: [("", entry.fen)], by_channel, by_product):
        assert sum(of(found, dimension).values()) == net
    for booking in found:
        for entry in booking.entries:
            assert sum(fen for _, fen in entry.channels) == entry.fen
            assert sum(fen for _, fen in entry.products) == entry.fen


@given(orders, decisions)
def test_refunds_so_far_are_always_the_refunded_sum_apportioned_by_the_booked_shares(order, decision):
    found = bookings(order, decision)
    names = [name for name, _ in decision.members]
    booked = of(each for each in found if each.event.startswith("pa"))
    so_far = []
    for booking in (each for each in found if each.event.startswith("refund")):
        so_far.append(booking)
        back = -sum(each.fen for each in so_far)
        expected = apportion(back, [booked.get(name, 0) for name in names])
        shares = of(so_far)
        assert [-shares.get(name, 0) for name in names] == expected


@given(orders, decisions)
def test_a_full_refund_leaves_zero_everywhere(order, decision):
    paid = order.sale()
    if paid.paid_at is None:
        return
    rest = Money(1, paid.paid_fen, AT + 99 * DAY)
    whole = Order("shop", "1", order.placed, order.payments, {**order.refunds, "zz": rest})
    found = bookings(whole, decision)
    for dimension in (lambda entry: [(entry.userid, entry.fen)], by_channel, by_product):
        assert of(found, dimension) == {}


@given(orders, decisions, st.randoms(use_true_random=False))
def test_the_order_of_arrival_makes_no_difference(order, decision, chance: Random):
    payments, refunds = list(order.payments.items()), list(order.refunds.items())
    chance.shuffle(payments)
    chance.shuffle(refunds)
    other = Order("shop", "1", order.placed, dict(payments), dict(refunds))
    assert bookings(other, decision) == bookings(order, decision)


@given(st.lists(fens, min_size=1, max_size=5), st.lists(st.integers(1, 100), min_size=1, max_size=5))
def test_a_crossed_table_has_exactly_its_margins_and_nothing_below_zero(rows, by):
    columns = apportion(sum(rows), by)
    table = crossed(rows, columns)
    assert [sum(row) for row in table] == rows
    assert [sum(column) for column in zip(*table, strict=True)] == columns
    assert min(min(row) for row in table) >= 0
