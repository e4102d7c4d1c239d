"""Merging is a link (docs/decisions/0011): whom an id means, and everybody who is that customer."""

from dataclasses import replace
from typing import Any

import pytest

from tests.component.conftest import START


@pytest.fixture
def rows(tables: Any, at: Any) -> Any:
    """Customers a, b and c: b was merged into a, c into b before that."""
    from scrm.customers.dynamodb import Customers
    from scrm.customers.model import Customer

    found, now = Customers(), at(START)
    found.save_customer(Customer("a", absorbed=("b", "c"), identities=(("phone", "1"),)), now)
    found.save_customer(Customer("b", merged_into="a", absorbed=("c",), kind="existing", name="乙"), now)
    found.save_customer(Customer("c", merged_into="b", identities=(("crmid", "7"), ("phone", "1"))), now)
    return found


@pytest.mark.parametrize("customer_id", ["a", "b", "c"])
def test_idn_07_every_id_of_a_merged_customer_means_the_one_who_stays(rows: Any, customer_id: str) -> None:
    root = rows.root(customer_id)
    assert root.customer_id == "a"
    assert [each.customer_id for each in rows.whole(customer_id)] == ["a", "b", "c"]


def test_an_id_nobody_has_means_nobody(rows: Any) -> None:
    assert rows.root("x") is None
    assert rows.whole("x") == ()


def test_a_ring_of_links_ends(rows: Any, at: Any) -> None:
    root = rows.customer("a")
    rows.save_customer(replace(root, merged_into="c"), at(START))
    assert rows.root("b") is not None


def test_idn_07_the_whole_is_what_its_parts_are_together(rows: Any) -> None:
    from scrm.customers.whole import united

    whole = united(rows.whole("c"))
    assert (whole.customer_id, whole.kind, whole.name) == ("a", "existing", "乙")
    assert whole.identities == (("phone", "1"), ("crmid", "7"))
    assert whole.version == 3
