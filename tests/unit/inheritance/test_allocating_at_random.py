"""What holds of every allocation, on random selections, takeovers and modes (spec 5.2, 5.3)."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from scrm.inheritance.allocating import (
    MODES,
    Allocation,
    Mode,
    Takeover,
    Wanted,
    allocate,
    by_matrix,
    by_rule,
)

LIMIT = st.none() | st.integers(0, 30)
SIZES: st.SearchStrategy[Mode] = st.sampled_from([each for each in MODES if each != "matrix"])


def takeovers_of(number: int = 6) -> st.SearchStrategy[list[Takeover]]:
    """Return up to so many takeovers T0, T1 … with weights, loads and limits."""
    told = st.tuples(st.integers(1, 9), st.integers(0, 30), LIMIT, LIMIT)
    return st.lists(told, min_size=1, max_size=number).map(
        lambda rows: [Takeover(f"T{place}", *row) for place, row in enumerate(rows)]
    )


def wanted_of(marks: Sequence[int], friends: Sequence[str], *, blocks: bool = False) -> list[Wanted]:
    """Return a customer for each mark: some are friends of a takeover, some stay together."""
    return [
        Wanted(
            f"c{place}",
            (f"H{place % 3}",),
            frozenset([friends[mark]] if mark < len(friends) else []),
            block=f"b{mark % 4}" if blocks and 20 < mark < 30 else "",
            part=f"p{mark % 3}" if mark % 7 else "",
        )
        for place, mark in enumerate(marks)
    ]


MARKS = st.lists(st.integers(0, 40), max_size=60)


def hamilton(whole: int, weights: Sequence[int]) -> list[int]:
    """Return the shares by largest remainder as the specification words it, ties in order."""
    quotas = [Fraction(whole * each, sum(weights)) for each in weights]
    shares = [int(each) for each in quotas]
    order = sorted(range(len(weights)), key=lambda place: (shares[place] - quotas[place], place))
    for place in order[: whole - sum(shares)]:
        shares[place] += 1
    return shares


def nobody_is_dropped(found: Allocation, wanted: Sequence[Wanted]) -> bool:
    return (
        [*found.given, *found.unassigned]
        and sorted([*found.given, *found.unassigned]) == sorted(each.customer_id for each in wanted)
    ) or not wanted


def had(wanted: Sequence[Wanted]) -> Counter[str]:
    return Counter(friend for each in wanted for friend in each.friend_of)


@given(MARKS, takeovers_of(), SIZES, st.booleans())
def test_limits_sums_and_order(marks: list[int], takeovers: list[Takeover], mode: Mode, blocks: bool) -> None:
    wanted = wanted_of(marks, [each.userid for each in takeovers], blocks=blocks)
    found = allocate(wanted, takeovers, mode)
    assert allocate(wanted, takeovers, mode) == found, "deterministic"
    assert nobody_is_dropped(found, wanted)
    place = {each.customer_id: number for number, each in enumerate(wanted)}
    assert list(found.given) == sorted(found.given, key=place.__getitem__), "in the order of the selection"
    kept, taken = had(wanted), found.taken()
    for each in takeovers:
        assert taken[each.userid] <= max(each.room, kept[each.userid]), "nobody over max_take or max_load"
        assert taken[each.userid] == found.quotas[each.userid], "column sums are exact"
    for each in wanted:
        if each.friend_of:
            assert found.given[each.customer_id] in each.friend_of, "friends stay"
    groups = {block: {found.given.get(each.customer_id) for each in wanted if each.block == block}
              for block in {each.block for each in wanted if each.block and not each.friend_of}}  # fmt: skip
    alone = {each.block for each in wanted if each.block and each.friend_of}
    assert all(len(group) == 1 for block, group in groups.items() if block not in alone), (
        "blocks stay together"
    )
    if found.unassigned and not blocks:
        assert all(taken[each.userid] >= each.room for each in takeovers), "only when all are full"


@given(st.integers(0, 200), st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_quotas_without_limits_are_the_largest_remainders(number: int, weights: list[int]) -> None:
    wanted = [Wanted(f"c{each}", ("H",)) for each in range(number)]
    takeovers = [Takeover(f"T{place}", weight) for place, weight in enumerate(weights)]
    ratio, even = allocate(wanted, takeovers, "ratio"), allocate(wanted, takeovers, "even")
    assert list(ratio.quotas.values()) == hamilton(number, weights)
    assert list(even.quotas.values()) == hamilton(number, [1] * len(weights))
    turns = list(even.given.values())
    assert all(turns[place] == f"T{place % len(weights)}" for place in range(number)), "by round robin"


@given(st.integers(0, 100), takeovers_of())
def test_headroom_is_by_what_is_free(number: int, takeovers: list[Takeover]) -> None:
    rooms = [min(each.room, 10**9) for each in takeovers]
    found = allocate([Wanted(f"c{each}", ("H",)) for each in range(number)], takeovers, "headroom")
    whole = min(number, sum(rooms))
    assert list(found.quotas.values()) == (hamilton(whole, rooms) if any(rooms) else [0] * len(rooms))


@given(st.integers(0, 100), takeovers_of())
def test_level_fills_the_lowest_first(number: int, takeovers: list[Takeover]) -> None:
    found = allocate([Wanted(f"c{each}", ("H",)) for each in range(number)], takeovers, "level")
    taken = found.taken()
    final = {each.userid: each.load + taken[each.userid] for each in takeovers}
    open_ = [each for each in takeovers if taken[each.userid] < each.room]
    for each in takeovers:
        if taken[each.userid]:
            assert all(final[each.userid] <= final[other.userid] + 1 for other in open_)


@given(st.integers(1, 100), st.lists(st.integers(1, 9), min_size=2, max_size=5), st.integers(0, 30))
def test_what_is_clamped_is_apportioned_anew(number: int, weights: list[int], most: int) -> None:
    takeovers = [Takeover(f"T{place}", weight) for place, weight in enumerate(weights)]
    takeovers[0] = Takeover("T0", weights[0], max_take=most)
    found = allocate([Wanted(f"c{each}", ("H",)) for each in range(number)], takeovers, "ratio")
    free = hamilton(number, weights)
    first = min(most, free[0])
    rest = hamilton(number - first, weights[1:]) if free[0] > most else free[1:]
    assert list(found.quotas.values()) == [first, *rest]


@given(MARKS, takeovers_of(3), st.lists(st.integers(0, 12), min_size=9, max_size=9))
def test_a_matrix_is_kept_to_the_cell(marks: list[int], takeovers: list[Takeover], cells: list[int]) -> None:
    wanted = wanted_of(marks, [each.userid for each in takeovers])
    pairs = [(f"H{handover}", each.userid) for handover in range(3) for each in takeovers]
    counts = dict(zip(pairs, cells, strict=False))
    found = by_matrix(wanted, takeovers, counts)
    assert by_matrix(wanted, takeovers, counts) == found
    assert nobody_is_dropped(found, wanted)
    of = Counter((each.handovers[0], found.given.get(each.customer_id)) for each in wanted)
    friends = Counter((each.handovers[0], friend) for each in wanted for friend in each.friend_of)
    for handover in {each.handovers[0] for each in wanted}:
        left = of[handover, None]
        for each in takeovers:
            cell, there = counts.get((handover, each.userid), 0), of[handover, each.userid]
            assert there <= max(cell, friends[handover, each.userid]), "no cell is exceeded, but by friends"
            assert not left or there >= cell, "who is left over finds every cell full"


@given(MARKS, takeovers_of(), SIZES)
def test_a_rule_keeps_parts_apart_and_limits_over_all(
    marks: list[int], takeovers: list[Takeover], mode: Mode
) -> None:
    wanted = wanted_of(marks, [])
    parts = {f"p{part}": takeovers[part:] for part in range(3)}
    found = by_rule(wanted, parts, mode)
    assert by_rule(wanted, parts, mode) == found
    assert nobody_is_dropped(found, wanted)
    for each in wanted:
        mine = {one.userid for one in parts.get(each.part, ())}
        assert each.customer_id not in found.given or found.given[each.customer_id] in mine
    assert all(found.taken()[each.userid] <= each.room for each in takeovers), "over all parts"
