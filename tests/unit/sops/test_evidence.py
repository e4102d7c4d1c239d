"""spec 3.5, 3.6, SOP-14: what it takes for a member's step to be done, and until when it may be put off."""

from dataclasses import replace

import pytest

from scrm.sops.acts import with_result
from scrm.sops.enrollment import Run
from scrm.sops.evidence import missing, postponable_until, result_of, results_of, told_results
from scrm.sops.model import Branch, Step
from tests.unit.sops.journeys import SOP_A, SOP_T, at, in_sop, with_policy

CALL = Step("C1", "电话", "call", requires=("budget", "deadline"))
BRANCHED = replace(
    CALL,
    branches={
        "同意加微": Branch(goto="C2"),
        "no_answer": Branch(again_days=2, most=3),
        "号码错误": Branch(exit="stopped"),
        "考虑中": Branch(),
    },
)


def test_every_call_has_the_four_results_each_in_one_word() -> None:
    assert results_of(CALL) == ("connected", "no_answer", "refused", "agreed")
    assert results_of(BRANCHED) == (*BRANCHED.branches, "connected", "refused")
    assert results_of(Step("A1", "x")) == ()


def test_results_are_told_as_people_say_them() -> None:
    assert told_results(BRANCHED) == "同意加微、未接、号码错误、考虑中、接通、拒绝"


def test_points_are_given_for_a_result_by_either_word() -> None:
    for word in ("接通", "connected"):
        step = replace(CALL, points={word: 10})
        it = in_sop(SOP_A, "02 10:15")
        assert with_result(it, step, "connected", SOP_A, at("02 10:20")).points == 10, word
    assert with_result(it, step, "refused", SOP_A, at("02 10:20")).points == 0


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("agreed", "同意加微"),
        ("同意加微", "同意加微"),
        ("added", "同意加微"),
        ("未接", "no_answer"),
        ("failed", "no_answer"),
        ("answered", "connected"),
        ("拒绝", "refused"),
        ("号码错误", "号码错误"),
        ("delivered", None),
        ("", None),
    ],
)
def test_a_result_is_known_by_either_word_and_by_that_of_touches(given: str, known: str | None) -> None:
    assert result_of(BRANCHED, given) == known


@pytest.mark.parametrize(
    ("result", "needed"),
    [
        ("同意加微", True),
        ("考虑中", True),
        ("connected", True),
        (None, True),
        ("no_answer", False),
        ("号码错误", False),
        ("refused", False),
    ],
)
def test_fields_are_asked_for_where_somebody_was_reached(result: str | None, needed: bool) -> None:
    assert missing(BRANCHED, result, {"budget": 0}) == (("deadline",) if needed else ())


@pytest.mark.parametrize("value", [None, "", []])
def test_what_is_empty_is_missing_and_false_and_nought_are_said(value: object) -> None:
    step = Step("A1", "x", requires=("area",))
    assert missing(step, None, {"area": value}) == ("area",)
    assert missing(step, None, {"area": False}) == missing(step, None, {"area": 0}) == ()


def test_3_6_until_when_a_step_may_be_put_off() -> None:
    run = Run("D0", 1, "DISPATCHED", at("02 10:20"), at("02 10:21"))
    assert postponable_until(run, SOP_T.steps[0], SOP_T) == at("02 16:20")
    assert postponable_until(run, replace(SOP_T.steps[0], late_minutes=30), SOP_T) == at("02 10:50")
    assert postponable_until(run, SOP_A.steps[1], SOP_A) == at("09 10:21")
    assert postponable_until(run, SOP_A.steps[1], with_policy(SOP_A, max_wait_days=1)) == at("03 10:21")
