"""The calculator against the rules it states, and against the four probes on which two emulators agreed."""

import pytest

from tests.capacity.calculator import (
    Index,
    failed_write_units,
    get_units,
    index_units,
    item_size,
    number_size,
    page_units,
    write_units,
)

TABLE_KEYS = ("PK", "SK")
BY_DUE = Index("by_due", ("due_pk", "due_sk"), TABLE_KEYS)
BY_OWNER = Index("by_owner", ("owner_pk", "owner_sk"), TABLE_KEYS, frozenset({"status"}))


def row(**texts: str) -> dict[str, dict[str, str]]:
    return {"PK": {"S": "p"}, "SK": {"S": "s"}, **{name: {"S": value} for name, value in texts.items()}}


def sized(size: int) -> dict[str, dict[str, str]]:
    """An item of exactly `size` bytes."""
    return row(body="x" * (size - item_size(row(body=""))))


@pytest.mark.parametrize(
    ("typed", "size"),
    [
        ({"S": "中文"}, 6),
        ({"N": "0"}, 1),
        ({"N": "12345"}, 4),
        ({"N": "-12345"}, 5),
        ({"N": "1000000"}, 2),
        ({"B": b"abc"}, 3),
        ({"B": "YWJj"}, 3),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}]}, 6),
        ({"M": {"k": {"S": "ab"}}}, 7),
        ({"SS": ["a", "bc"]}, 3),
    ],
)
def test_a_value_has_the_documented_size(typed, size):
    assert item_size({"": typed}) == size


def test_leading_and_trailing_zeros_of_a_number_are_free():
    assert number_size("0.00120") == number_size("12")


# The recorded probes: (bytes of each item read, strong, units).
@pytest.mark.parametrize(
    ("sizes", "strong", "units"),
    [([1640] * 10, False, 2.5), ([1600] * 10, False, 2.0), ([2000] * 10, True, 5.0), ([20_480], False, 2.5)],
)
def test_the_recorded_probes_of_a_page(sizes, strong, units):
    assert page_units(sizes, strong=strong) == units


def test_a_page_is_rounded_once_and_an_empty_one_still_costs():
    assert page_units([10] * 100) == 0.5
    assert page_units([]) == 0.5
    assert page_units([], strong=True) == 1


@pytest.mark.parametrize(("size", "units"), [(1024, 1), (1025, 2), (2048, 2), (2049, 3)])
def test_a_write_is_priced_by_the_larger_image(size, units):
    assert write_units(None, sized(size)) == units
    assert write_units(sized(size), sized(100)) == units
    assert write_units(sized(size), None) == units


def test_an_index_costs_two_for_a_changed_key_one_for_a_projection_and_nothing_else():
    entered = row(due_pk="DUE", due_sk="1")
    assert index_units(BY_DUE, row(), entered) == 1
    assert index_units(BY_DUE, entered, row(due_pk="DUE", due_sk="2")) == 2
    assert index_units(BY_DUE, entered, {**entered, "note": {"S": "x"}}) == 0
    assert index_units(BY_DUE, entered, row()) == 1
    owned = row(owner_pk="O", owner_sk="1", status="active")
    assert index_units(BY_OWNER, owned, {**owned, "status": {"S": "deleted"}}) == 1


def test_the_engines_deltas_for_an_item_with_two_indexes():
    """Put 3, both keys changed 5, one unindexed attribute 1, delete 3."""
    first = row(due_pk="D", due_sk="1", owner_pk="O", owner_sk="1")
    moved = row(due_pk="D", due_sk="2", owner_pk="O", owner_sk="2")
    indexes = (BY_DUE, BY_OWNER)
    assert write_units(None, first, indexes) == 3
    assert write_units(first, moved, indexes) == 5
    assert write_units(first, {**first, "note": {"S": "x"}}, indexes) == 1
    assert write_units(moved, None, indexes) == 3


def test_a_transaction_doubles_the_table_and_not_its_indexes():
    assert write_units(None, row(), transactional=True) * 2 == 4
    assert write_units(None, row(due_pk="D", due_sk="1"), (BY_DUE,), transactional=True) == 3


def test_a_failed_condition_costs_the_item_that_is_there():
    assert failed_write_units(None) == 1
    assert failed_write_units(sized(3000)) == 3
    assert failed_write_units(sized(3000), transactional=True) == 6


def test_a_get_costs_a_block_even_when_nothing_is_there():
    assert get_units(None) == 0.5
    assert get_units(sized(4097)) == 1
    assert get_units(sized(4096), strong=True) == 1
    assert get_units(sized(4096), transactional=True) == 2
