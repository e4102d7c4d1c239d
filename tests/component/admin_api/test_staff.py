"""Staff from the console: listed by page and filter, given roles, and never without an administrator."""

import pytest

from scrm.staff import dynamodb as staff
from tests.component.http_world import change_member


def test_the_list_pages_and_filters(ask, corp):
    everybody = [each.userid.lower() for each in corp.world.employed()]

    seen, cursor = [], None
    while True:
        query = {"limit": "5", **({"cursor": cursor} if cursor else {})}
        page = ask("GET", "/admin/staff", query=query).json
        seen += [each["userid"].lower() for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert seen == sorted(everybody)
    leads = ask("GET", "/admin/staff", query={"role": "team_lead"}).json["items"]
    assert [each["userid"] for each in leads] == ["zhangsan"]
    below = ask("GET", "/admin/staff", query={"department": "2"}).json["items"]
    assert {each["userid"] for each in below} == {"zhangsan", "lisi", "wangwu"}
    assert ask("GET", "/admin/staff", query={"q": "刘"}).json["items"][0]["userid"] == "LiuYang"


def test_a_leader_is_suggested_team_lead_and_not_made_one(ask):
    leader = ask("GET", "/admin/staff/liuyang").json

    assert (leader["userid"], leader["role"], leader["suggested_role"]) == ("LiuYang", "staff", "team_lead")


def test_a_role_brings_its_usual_scope_and_leaves_an_audit_line(ask):
    answer = ask("PUT", "/admin/staff/lisi", {"role": "team_lead", "version": 1})

    assert (answer.status, answer.json["role"], answer.json["data_scope"]) == (200, "team_lead", "team")
    assert staff.member("lisi").role == "team_lead"
    (line,) = ask("GET", "/admin/audit", query={"subject": "STAFF#lisi"}).json["items"]
    assert (line["actor"], line["before"]) == ("admin", {"role": "staff", "data_scope": "own"})
    assert line["after"] == {"role": "team_lead", "data_scope": "team"}


def test_a_stale_version_changes_nothing(ask):
    ask("PUT", "/admin/staff/lisi", {"role": "hr", "version": 1})

    stale = ask("PUT", "/admin/staff/lisi", {"role": "finance", "version": 1})

    assert (stale.status, stale.code) == (409, "version_conflict")
    assert staff.member("lisi").role == "hr"


def test_the_last_operations_administrator_keeps_the_role(ask):
    refused = ask("PUT", "/admin/staff/admin", {"role": "staff"})
    ask("PUT", "/admin/staff/lisi", {"role": "operations_admin"})
    allowed = ask("PUT", "/admin/staff/admin", {"role": "staff"})
    then_last = ask("PUT", "/admin/staff/lisi", {"role": "staff"})

    assert (refused.status, refused.code) == (409, "last_admin")
    assert allowed.status == 200
    assert (then_last.status, then_last.code) == (409, "last_admin")


def test_two_administrators_who_demote_each_other_leave_one(ask, corp, monkeypatch):
    """The other administrator's role is a condition of the write, not of what was read before it."""
    ask("PUT", "/admin/staff/lisi", {"role": "operations_admin"})
    read = staff.load_directory()
    ask("PUT", "/admin/staff/lisi", {"role": "staff"})
    monkeypatch.setattr(staff, "load_directory", lambda: read)

    answer = ask("PUT", "/admin/staff/admin", {"role": "staff"})

    assert answer.status == 409
    assert staff.member("admin").role == "operations_admin"


@pytest.mark.parametrize("body", [{"role": "king"}, {"data_scope": "galaxy"}, {"role": "staff", "extra": 1}])
def test_a_wrong_field_is_named(ask, body):
    assert ask("PUT", "/admin/staff/lisi", body).status == 422


def test_somebody_unknown_and_somebody_who_left(ask):
    change_member("wangwu", status="left")

    assert ask("PUT", "/admin/staff/nobody", {"role": "staff"}).status == 404
    assert ask("PUT", "/admin/staff/wangwu", {"role": "hr"}).code == "member_left"


def test_departments_are_listed_and_the_organisation_is_pulled_on_command(ask, corp):
    listed = ask("GET", "/admin/departments").json["items"]
    pulled = ask("POST", "/admin/organisation:sync")

    assert [each["department_id"] for each in listed] == [1, 2, 3, 4, 5]
    assert (pulled.status, pulled.json["members"]) == (200, len(list(corp.world.employed())))
    (line,) = ask("GET", "/admin/audit", query={"action": "organisation_synced"}).json["items"]
    assert line["actor"] == "admin"
