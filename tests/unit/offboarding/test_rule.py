"""To whom the customers of somebody who is gone go by default (INH-12)."""

import pytest

from scrm.offboarding.rule import Rule, rule_of, takeovers_of, terms_asked
from scrm.staff.model import Department, Directory, Member


def people(*members: Member) -> Directory:
    departments = (Department(1, "公司"), Department(2, "销售", 1), Department(3, "华东", 2))
    return Directory({each.key: each for each in members}, {each.department_id: each for each in departments})


def member(userid: str, *departments: int, able: bool = True, leads: tuple[int, ...] = ()) -> Member:
    return Member(userid, userid, departments=departments, leads=leads, can_contact=able)


GONE = member("gone", 3, able=False)
BOSS, ANNA, BELA = member("boss", 3, leads=(3,)), member("Anna", 3), member("bela", 3)


@pytest.mark.parametrize(
    ("those", "named", "expected"),
    [
        ((BOSS, ANNA, BELA), (), ["Anna", "bela"]),
        ((BOSS, ANNA, BELA), ("BELA", "gone", "nobody"), ["bela"]),
        ((BOSS, ANNA), ("bela",), ["Anna"]),
        ((BOSS, member("anna", 3, able=False)), (), ["boss"]),
        ((member("above", 2), member("top", 1)), (), ["above"]),
        ((member("top", 1),), (), ["top"]),
        ((member("elsewhere", 4),), (), []),
    ],
)
def test_inh_12_the_first_that_has_anybody_takes_over(
    those: tuple[Member, ...], named: tuple[str, ...], expected: list[str]
) -> None:
    assert takeovers_of("Gone", Rule(takeovers=named), people(GONE, *those)) == expected


def test_inh_12_the_rule_of_the_nearest_department_counts() -> None:
    corp = people(GONE)
    rules = {"*": {"max_load": 9}, "2": {"allocation": "even", "takeovers": ["anna"]}}
    assert rule_of(GONE, rules, corp) == Rule("even", ("anna",))
    assert rule_of(GONE, {"*": {"max_load": 9}}, corp).max_load == 9
    assert rule_of(None, rules, corp).max_load == 9
    assert rule_of(GONE, {}, corp) == Rule()


def test_inh_12_what_the_caller_says_comes_before_the_rule() -> None:
    terms = terms_asked("gone", "resigned", Rule(max_load=5), people(GONE, ANNA), {"allocation": "even"})
    assert terms["takeovers"] == [{"userid": "Anna", "max_load": 5}]
    assert (terms["allocation"], terms["mode"], terms["reason"]) == ("even", "resigned", "resign")
