"""The condition language refuses what cannot be asked and names the place (contract.md, HTTP conventions)."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from scrm.conditions.language import MAX_DEPTH, MAX_QUESTIONS, Condition, WrongCondition, checked, plain
from scrm.conditions.tree import of_plain
from scrm.http import validation

JUDGE: TypeAdapter[Any] = TypeAdapter(Condition)
CUSTOM = {"size": "number"}
NOON = "2026-03-02T12:00:00+08:00"
ONE = {"field": "order_count", "op": "gte", "value": 1}


def wrong(given: Any) -> set[str]:
    """Return the places that are wrong."""
    try:
        checked(JUDGE.validate_python(given), CUSTOM)
    except ValidationError as error:
        return {each.field for each in validation.field_errors(error, "condition")}
    except WrongCondition as error:
        return {each.field for each in error.errors}
    return set()


def nested(depth: int) -> dict[str, Any]:
    found: dict[str, Any] = ONE
    for _ in range(depth - 1):
        found = {"not": found}
    return found


def test_what_was_checked_reads_back_as_the_same_tree():
    given = {"all": [{"any": [ONE, {"field": "field.size", "op": "lt", "value": 2.5}]}, {"not": ONE}]}
    parsed = JUDGE.validate_python(given)

    assert plain(parsed) == given
    assert of_plain(plain(parsed), CUSTOM).parts[1] == checked(parsed, CUSTOM).parts[1]


def test_the_depth_and_the_number_of_questions_have_a_limit_that_is_kept_to_the_letter():
    assert wrong(nested(MAX_DEPTH)) == set()
    assert wrong(nested(MAX_DEPTH + 1)) == {"condition" + ".not" * MAX_DEPTH}
    assert wrong({"all": [ONE] * MAX_QUESTIONS}) == set()
    assert wrong(
        {"all": [{"all": [ONE] * (MAX_QUESTIONS // 2)}, {"all": [ONE] * (MAX_QUESTIONS // 2 + 1)}]}
    ) == {"condition"}


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"all": [{"field": "nothing", "op": "is", "value": True}]}, "condition.all.0.field"),
        ({"field": "field.unknown", "op": "is", "value": "x"}, "condition.field"),
        ({"field": "tags", "op": "gte", "value": 1}, "condition.op"),
        ({"any": [ONE, {"not": {"field": "tags", "op": "any", "value": []}}]}, "condition.any.1.not.value"),
        ({"field": "added_at", "op": "before", "value": "2026-03-02T10:15:00"}, "condition.value"),
        ({"field": "added_at", "op": "between", "value": [NOON, NOON]}, "condition.value"),
        ({"field": "added_at", "op": "within_days", "value": 0}, "condition.value"),
        ({"field": "added_at", "op": "within_days", "value": True}, "condition.value"),
        ({"field": "lifecycle", "op": "in", "value": ["dead"]}, "condition.value"),
        ({"field": "order_count", "op": "eq", "value": True}, "condition.value"),
        ({"field": "unreplied", "op": "is", "value": "yes"}, "condition.value"),
        ({"field": "staff", "op": "in", "value": [1]}, "condition.value"),
        ({"field": "name", "op": "contains", "value": 5}, "condition.value"),
        ({"field": "name", "op": "like", "value": "x"}, "op"),
        ({"all": [{"field": "name"}]}, "all.0.op"),
        ({"all": [], "any": []}, "any"),
        ({"not": []}, "not"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_named(given, place):
    assert place in wrong(given)
