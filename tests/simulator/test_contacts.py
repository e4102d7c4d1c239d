"""Members and departments."""

import pytest

from tests.simulator.conftest import Wecom


def test_a_fresh_corp_has_departments_and_staff(wecom):
    names = {row["name"] for row in wecom.get("department/list")["department"]}
    assert names == {"总部", "销售一部", "销售二部", "客服部", "运营部"}
    admin = wecom.get("user/get", userid="admin")
    assert (admin["name"], admin["status"], admin["is_leader_in_dept"]) == ("运营管理员", 1, [1])
    assert wecom.get("user/get", userid="lisi")["direct_leader"] == ["zhangsan"]


def test_all_but_one_have_customer_contact(wecom):
    followers = wecom.get("externalcontact/get_follow_user_list")["follow_user"]
    everybody = {
        row["userid"] for id_ in range(1, 6) for row in wecom.get("user/list", department_id=id_)["userlist"]
    }
    assert everybody - set(followers) == {"zhengshi"}


def test_a_userid_is_found_in_any_case_and_answered_in_its_own(wecom):
    assert wecom.get("user/get", userid="LIUyang")["userid"] == "LiuYang"


def test_members_carry_no_private_fields(wecom):
    assert not {"mobile", "email", "gender", "avatar"} & set(wecom.get("user/get", userid="lisi"))


def test_unknown_left_and_out_of_range_members(wecom):
    assert wecom.get("user/get", userid="nobody")["errcode"] == 60111
    wecom.control("POST", "people/member-leaves", {"userid": "lisi"})
    assert wecom.get("user/get", userid="lisi")["errcode"] == 60111
    wecom.control("PUT", "apps/1000002", {"visible_departments": [3]})
    assert wecom.get("user/get", userid="zhangsan")["errcode"] == 60011
    assert wecom.get("user/get", userid="LiuYang")["errcode"] == 0


def test_a_department_lists_its_own_members_only(wecom):
    names = {
        row["userid"] for row in wecom.get("user/simplelist", department_id=1, fetch_child=1)["userlist"]
    }
    assert names == {"linjie", "zhengshi"}
    assert {"LiuYang"} < {row["userid"] for row in wecom.get("user/simplelist", department_id=4)["userlist"]}
    assert wecom.get("user/simplelist", department_id=99)["errcode"] == 60003


def test_departments_come_with_those_below_and_with_leaders(wecom):
    wecom.control(
        "POST", "people/department-added", {"department_id": 21, "name": "销售一部一组", "parentid": 2}
    )
    assert [row["id"] for row in wecom.get("department/simplelist", id=2)["department_id"]] == [2, 21]
    assert wecom.get("department/get", id=2)["department"]["department_leader"] == ["zhangsan"]
    assert wecom.get("department/get", id=77)["errcode"] == 60003


def test_ids_are_for_the_contacts_secret_only(wecom, simulator):
    assert wecom.post("user/list_id", {"limit": 5})["errcode"] == 48002
    contacts = Wecom(simulator, "simulated-contacts-secret")
    rows, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        answer = contacts.post("user/list_id", {"limit": 5, "cursor": cursor})
        rows += answer["dept_user"]
        cursor, pages = answer["next_cursor"], pages + 1
    assert pages == 3
    assert len(rows) == 13  # twelve members, one of them in two departments
    assert {"userid": "LiuYang", "department": 4} in rows
    assert contacts.get("externalcontact/get_follow_user_list")["errcode"] == 48002


@pytest.mark.parametrize("long", [False, True])
def test_contact_events_go_to_the_contacts_receiver_alone(wecom, simulator, long):
    joined = {"userid": "NewOne", "name": "新人", "department": [2]}
    wecom.control("POST", "people/member-joins", joined)
    assert simulator.callbacks.listed()[0]["state"] == "unrouted"

    wecom.control("PUT", "settings", {"long_contact_events": long})
    key = "x" * 43
    wecom.control(
        "PUT", "receivers/contacts", {"token": "t", "aes_key": key, "url": "http://c.test/contacts"}
    )
    wecom.control("POST", "people/member-changes", {"userid": "newone", "position": "顾问"})
    xml = simulator.callbacks.listed()[1]["xml"]
    assert "<Department><![CDATA[2]]></Department>" in xml
    assert ("<Name>" in xml) is long
    assert simulator.callbacks.take()[0].url == "http://c.test/contacts"
