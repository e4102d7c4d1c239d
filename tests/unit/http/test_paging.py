"""Cursors are opaque, belong to one list, and are refused when they are not ours."""

import pytest

from scrm.http import paging
from scrm.http.problems import Problem


def test_a_cursor_leads_back_to_its_key():
    cursor = paging.encode("TASKS#ann", {"PK": "MEMBER#ann", "SK": "任务#1"})

    assert paging.decode("TASKS#ann", cursor) == {"PK": "MEMBER#ann", "SK": "任务#1"}


def test_the_last_page_has_none():
    assert paging.encode("TASKS#ann", None) is None
    assert paging.decode("TASKS#ann", None) is None


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "é",
        "WyJhIl0",
        "W10",
        "bnVsbA",
        "eyJhIjoxfQ",
        "\ud800",
        "A" * 5000,
        "WyJUQVNLUyIsIFtdXQ",
        "_w",
    ],
)
def test_a_foreign_cursor_names_its_field(cursor):
    with pytest.raises(Problem) as caught:
        paging.decode("TASKS", cursor)

    assert (caught.value.status, caught.value.errors[0].field) == (422, "cursor")


def test_a_cursor_of_another_list_is_refused():
    cursor = paging.encode("TASKS#ann", {"SK": "1"})

    with pytest.raises(Problem):
        paging.decode("TASKS#bob", cursor)


@pytest.mark.parametrize("key", [{"SK": {"a": 1}}, {"SK": None}, {"SK": [1]}, {"SK": True}])
def test_a_key_holds_text_and_numbers_only(key):
    with pytest.raises(Problem):
        paging.decode("TASKS", paging.encode("TASKS", key))
