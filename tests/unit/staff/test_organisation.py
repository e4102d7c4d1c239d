"""What the directory becomes when WeCom shows the organisation (spec ADM-05)."""

from scrm.staff.model import Department, Directory, Member
from scrm.staff.organisation import (
    SeenMember,
    arrived,
    gone,
    is_last_admin,
    leads_by_department,
    suggested_role,
    vanished,
    with_first_admin,
)

AT = "2026-03-02T02:15:00Z"
OLD = "2026-01-01T00:00:00Z"
STORED = Member("Ann", "安", role="team_lead", data_scope="team", version=3, created_at=OLD, updated_at=OLD)


def test_somebody_new_is_plain_staff():
    member = arrived(SeenMember("Ann", "安", (2,)), None, AT, can_contact=True)

    assert (member.role, member.data_scope, member.version, member.created_at) == ("staff", "own", 1, AT)


def test_what_is_ours_stays_and_nothing_new_writes_nothing():
    seen = SeenMember("Ann", "安", (2,))
    changed = arrived(seen, STORED, AT, can_contact=True)

    assert (changed.role, changed.data_scope, changed.version) == ("team_lead", "team", 3)
    assert (changed.updated_at, changed.created_at) == (AT, OLD)
    assert arrived(seen, changed, "later", can_contact=True) == changed


def test_a_short_answer_without_a_name_keeps_the_one_we_have():
    assert arrived(SeenMember("Ann"), STORED, AT, can_contact=False).name == "安"


def test_somebody_who_comes_back_starts_anew():
    left = gone(STORED, "left", AT)
    back = arrived(SeenMember("Ann", "安安"), left, AT, can_contact=True)

    assert (left.status, left.role) == ("left", "team_lead")
    assert (back.role, back.data_scope, back.version, back.created_at) == ("staff", "own", 4, OLD)


def test_somebody_out_of_range_keeps_the_status():
    hidden = gone(STORED, "out_of_range", AT)

    assert (hidden.status, hidden.can_contact) == ("active", False)


def test_leaders_are_named_by_either_side():
    departments = [Department(2, "二", leaders=("ANN",)), Department(3, "三"), Department(4, "四")]

    assert leads_by_department(SeenMember("Ann", leads=(4,)), departments) == (2, 4)


def test_the_first_administrator_only_when_there_is_none():
    plain, boss = Member("ann", "安"), Member("Boss", "老", role="operations_admin")

    assert with_first_admin({"ann": plain}, "ANN", AT).role == "operations_admin"
    assert with_first_admin({"ann": plain}, "nobody", AT) is None
    assert with_first_admin({"ann": plain, "boss": boss}, "ann", AT) is None
    left = gone(boss, "left", AT)
    assert with_first_admin({"ann": plain, "boss": left}, "ann", AT).data_scope == "all"
    assert with_first_admin({"boss": left}, "boss", AT) is None


def test_a_leader_is_suggested_team_lead_until_somebody_decides():
    assert suggested_role(Member("ann", "安", leads=(2,))) == "team_lead"
    assert suggested_role(Member("ann", "安", leads=(2,), role="hr")) is None
    assert suggested_role(Member("ann", "安")) is None


def test_who_is_the_last_administrator():
    one = Member("one", "一", role="operations_admin")
    off = Member("off", "离", role="operations_admin", status="disabled")
    two = Member("two", "二", role="operations_admin")

    assert is_last_admin(one, Directory({"one": one, "off": off}))
    assert not is_last_admin(one, Directory({"one": one, "two": two}))


def test_only_those_still_here_can_vanish():
    left = gone(Member("gone", "去"), "left", AT)
    stored = Directory({"ann": STORED, "gone": left, "bob": Member("bob", "波")})

    assert [each.userid for each in vanished(stored, {"bob"})] == ["Ann"]


def test_leaders_above_somebody_are_the_direct_ones_first():
    people = {
        "ann": Member("ann", "安", departments=(2,), direct_leaders=("Boss",)),
        "boss": Member("Boss", "老", leads=(1,)),
        "lead": Member("lead", "领", leads=(2,), departments=(2,)),
        "old": Member("old", "旧", leads=(2,), status="left"),
    }
    directory = Directory(people, {2: Department(2, "二", parent_id=1)})

    assert [each.userid for each in directory.leaders_of("ANN")] == ["Boss", "lead"]
    assert directory.below([1]) == {1, 2}
    assert [each.userid for each in directory.in_departments([2])] == ["ann", "lead"]
