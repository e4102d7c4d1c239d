"""Whose customers a caller may see (ADM-02)."""

import pytest

from scrm.http.caller import Caller
from scrm.http.scope import colleagues, may_see
from scrm.staff.model import Department, Directory, Member

DIRECTORY = Directory(
    {
        each.key: each
        for each in (
            Member("Lead", "L", departments=(2,), leads=(2,)),
            Member("Ann", "A", departments=(2,)),
            Member("Bob", "B", departments=(3,)),
            Member("Cho", "C", departments=(4,)),
            Member("Dan", "D", departments=(1, 4)),
        )
    },
    {
        1: Department(1, "corp"),
        2: Department(2, "sales", parent_id=1),
        3: Department(3, "sales east", parent_id=2),
        4: Department(4, "service", parent_id=1),
    },
)


@pytest.mark.parametrize(
    ("caller", "seen"),
    [
        (Caller("Ann", "staff", "own", (2,)), {"ann"}),
        (Caller("Lead", "team_lead", "team", (2,), (2,)), {"lead", "ann", "bob"}),
        (Caller("Ann", "staff", "team", (2,)), {"ann"}),
        (Caller("Dan", "service", "department", (1, 4)), {"dan", "cho"}),
        (Caller("Bob", "staff", "department", (3,)), {"bob"}),
        (Caller("New", "staff", "department", ()), {"new"}),
        (Caller("Root", "team_lead", "team", (), (1,)), {"root", "lead", "ann", "bob", "cho", "dan"}),
        (Caller("Admin", "operations_admin", "all"), None),
        (Caller("Ann", "hr", "all", (2,)), {"ann"}),
        (Caller("Dan", "hr", "department", (4,)), {"dan"}),
    ],
)
def test_each_scope_reaches_as_far_as_it_says(caller, seen):
    assert colleagues(caller, DIRECTORY) == seen


def test_a_customer_is_seen_through_any_of_its_members_however_spelled():
    lead = Caller("Lead", "team_lead", "team", (2,), (2,))

    assert may_see(lead, ["cho", "BOB"], DIRECTORY)
    assert not may_see(lead, ["cho"], DIRECTORY)
    assert not may_see(lead, [], DIRECTORY)


def test_who_may_see_everything_sees_what_belongs_to_nobody():
    assert may_see(Caller("a", "auditor", "all"), [], DIRECTORY)
