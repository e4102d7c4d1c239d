"""The organisation as WeCom shows it: pulled whole, repeated without harm, nobody deleted."""

import pytest

from scrm import clock
from scrm.staff import dynamodb as staff
from scrm.tags import dynamodb as tags
from tests.component.conftest import app_of
from tests.component.http_world import change_member
from wecom_simulator.acts import ACTS


@pytest.fixture
def sync(wecom, lambda_context):
    """Run the scheduled function; return what it says."""
    return lambda: app_of("sync_organisation").handler({"time": clock.now().isoformat()}, lambda_context)


def test_a_fresh_table_holds_everybody_and_one_administrator(sync, wecom):
    sync()

    directory = staff.load_directory()
    assert set(directory.departments) == {1, 2, 3, 4, 5}
    assert {each.userid for each in directory.members.values()} == {s.userid for s in wecom.world.employed()}
    admin = directory.get("admin")
    assert (admin.role, admin.data_scope) == ("operations_admin", "all")
    others = [each for each in directory.members.values() if each.key != "admin"]
    assert {(each.role, each.data_scope) for each in others} == {("staff", "own")}
    liuyang = directory.get("LIUYANG")
    assert (liuyang.userid, liuyang.departments, liuyang.leads) == ("LiuYang", (3, 4), (3,))
    assert not directory.get("zhengshi").can_contact
    assert directory.get("lisi").can_contact
    assert set(tags.load_catalogue().tags) == {t.id for t in wecom.world.tags.values() if not t.deleted}


def test_a_repetition_changes_nothing(sync, tables, at):
    sync()
    before = tables.typed()
    at("2026-03-02T11:15:00+08:00")

    again = sync()

    assert tables.typed() == before
    assert (again["staff"]["changed"], again["staff"]["first_admin"]) == (0, None)


def test_the_first_administrator_is_named_by_a_setting(sync, ask):
    for row in list(staff.StaffRow.query("STAFF")):
        row.delete()
    ask("PUT", "/admin/settings", {"first_admin": "LinJie"})

    assert sync()["staff"]["first_admin"] == "linjie"
    assert staff.member("admin").role == "staff"


def test_roles_given_here_survive_and_what_wecom_owns_follows(sync, wecom):
    sync()
    change_member("lisi", role="team_lead", data_scope="team")
    lisi = wecom.people.staff("lisi")
    lisi.name, lisi.department, lisi.is_leader_in_dept = "李四四", [4], [1]

    sync()

    member = staff.member("lisi")
    assert (member.role, member.data_scope) == ("team_lead", "team")
    assert (member.name, member.departments, member.leads) == ("李四四", (4,), (4,))


def test_somebody_who_left_is_marked_and_kept(sync, wecom):
    sync()
    ACTS["member-leaves"](wecom, userid="lisi")

    sync()

    member = staff.member("lisi")
    assert (member.status, member.can_contact, member.name) == ("left", False, "李四")


def test_a_userid_given_to_a_new_person_brings_no_rights_along(sync, wecom):
    sync()
    change_member("lisi", role="operations_admin", data_scope="all", status="left")

    sync()

    member = staff.member("lisi")
    assert (member.status, member.role, member.data_scope) == ("active", "staff", "own")


def test_somebody_outside_the_visible_range_has_not_left(sync, wecom):
    sync()
    wecom.world.apps[wecom.credentials[1]].visible_departments = [5]

    sync()

    assert staff.member("lisi").status == "active"
    assert not staff.member("lisi").can_contact


def test_a_failed_call_leaves_nobody_marked_left(sync, wecom):
    from scrm.wecom.errors import WeComError

    sync()
    wecom.faults.add({"endpoint": "user/list", "what": "errcode", "errcode": 60011, "nth": 3, "count": 0})

    with pytest.raises(WeComError):
        sync()

    assert {each.status for each in staff.load_directory().members.values()} == {"active"}


def test_without_the_customer_contact_permission_staff_still_come(sync, wecom):
    wecom.world.apps[wecom.credentials[1]].denied = ["externalcontact/*"]

    answer = sync()

    assert answer["tags"] is None
    assert staff.member("lisi").status == "active"
    assert not staff.member("lisi").can_contact
