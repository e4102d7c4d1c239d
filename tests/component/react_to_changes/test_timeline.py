"""CUS-07: the trace, newest first, paged; and identities bound once (IDN-07)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scrm.timeline.model import KINDS, Entry

START = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)


@pytest.fixture
def trace(tables: Any) -> Any:
    from scrm.timeline.dynamodb import Timeline

    return Timeline()


def entry(number: int, minutes: int = 0) -> Entry:
    return Entry(f"e{number}", "visit", START + timedelta(minutes=minutes), facts={"page": number})


def test_cus_07_three_events_are_three_entries_newest_first_and_the_cursor_goes_on(trace: Any) -> None:
    for number, minutes in ((1, 5), (2, 1), (3, 9)):
        trace.append("cu_1", entry(number, minutes))

    first, key = trace.page("cu_1", 2)
    second, end = trace.page("cu_1", 2, key)

    assert [each.entry_id for each in (*first, *second)] == ["e3", "e1", "e2"]
    assert end is None


def test_an_entry_recorded_again_is_one(trace: Any) -> None:
    trace.append("cu_1", entry(1))
    trace.append("cu_1", entry(1))

    assert [each.facts for each in trace.page("cu_1", 10)[0]] == [{"page": 1}]


def test_a_cursor_survives_newer_entries(trace: Any) -> None:
    for number in (1, 2, 3):
        trace.append("cu_1", entry(number, number))
    _, key = trace.page("cu_1", 1)
    trace.append("cu_1", entry(4, 4))

    assert [each.entry_id for each in trace.page("cu_1", 5, key)[0]] == ["e2", "e1"]


def test_customers_have_traces_of_their_own(trace: Any) -> None:
    trace.append("cu_1", entry(1))

    assert trace.page("cu_2", 10) == ([], None)


def test_every_kind_the_sidebar_shows_is_known() -> None:
    assert {"visit", "click", "scan", "share", "order", "follow_up"} <= set(KINDS)


def test_idn_07_an_identity_belongs_to_one_customer(tables: Any) -> None:
    from scrm.identities.dynamodb import Identities, IdentityClaimed

    identities = Identities()
    identities.bind("phone", "13800138000", "cu_1", START)
    identities.bind("phone", "13800138000", "cu_1", START)

    with pytest.raises(IdentityClaimed) as claimed:
        identities.bind("phone", "13800138000", "cu_2", START)
    assert claimed.value.customer_id == "cu_1"
    assert identities.owner("phone", "13800138000") == "cu_1"
    assert identities.owner("email", "13800138000") is None


def test_a_released_identity_may_be_bound_anew(tables: Any) -> None:
    from scrm.identities.dynamodb import Identities

    identities = Identities()
    identities.bind("phone", "13800138000", "cu_1", START)
    identities.release("phone", "13800138000", "cu_1")
    identities.bind("phone", "13800138000", "cu_2", START)

    assert identities.owner("phone", "13800138000") == "cu_2"
