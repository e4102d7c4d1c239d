"""Corp tags from the console: WeCom and our rows stay alike, without waiting for a callback."""

import pytest

from scrm import clock
from scrm.customers.dynamodb import Customers
from scrm.customers.model import Contact, Relation
from scrm.customers.relation import Fact
from scrm.tags import dynamodb as tags
from tests.component.console import calls_of

GROUP = {"name": "意向", "tags": [{"name": "高", "order": 2}, {"name": "低", "order": 1}]}


@pytest.fixture
def group(ask):
    answer = ask("POST", "/admin/tag-groups", GROUP)
    assert answer.status == 201, answer.text
    return answer.json


def test_a_group_is_made_at_wecom_and_here(ask, wecom, group):
    (body,) = calls_of(wecom, "externalcontact/add_corp_tag")
    assert (body["group_name"], [each["name"] for each in body["tag"]]) == ("意向", ["高", "低"])
    assert [each["name"] for each in group["tags"]] == ["高", "低"]
    assert {each.name for each in tags.load_catalogue().tags.values()} >= {"高", "低"}
    assert group in ask("GET", "/admin/tag-groups").json["items"]


def test_a_tag_joins_its_group(ask, group):
    by_id = ask("POST", "/admin/tags", {"name": "中", "group_id": group["group_id"]})
    by_name = ask("POST", "/admin/tags", {"name": "无", "group_name": "意向"})

    assert (by_id.status, by_name.status) == (201, 201)
    assert by_name.json["group_id"] == group["group_id"]
    listed = ask("GET", "/admin/tags", query={"group_id": group["group_id"]}).json["items"]
    assert [each["name"] for each in listed][:2] == ["高", "低"]
    assert {each["name"] for each in listed} == {"高", "低", "中", "无"}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/admin/tags", {"name": "高", "group_name": "意向"}, 409),
        ("/admin/tag-groups", GROUP, 409),
        ("/admin/tags", {"name": "长" * 31, "group_name": "意向"}, 422),
        ("/admin/tags", {"name": "高"}, 422),
        ("/admin/tags", {"name": "新", "group_id": "etNone"}, 422),
        ("/admin/tag-groups", {"name": "空", "tags": []}, 422),
        ("/admin/tag-groups", {"name": "双", "tags": [{"name": "a"}, {"name": "a"}]}, 422),
    ],
)
def test_what_wecom_would_refuse_is_not_asked(ask, wecom, group, path, body, status):
    before = len(calls_of(wecom, "externalcontact/add_corp_tag"))

    assert ask("POST", path, body).status == status
    assert len(calls_of(wecom, "externalcontact/add_corp_tag")) == before


def test_no_answer_to_a_creation_is_settled_by_looking(ask, wecom):
    wecom.faults.add({"endpoint": "externalcontact/add_corp_tag", "what": "unknown_outcome"})

    answer = ask("POST", "/admin/tag-groups", GROUP)

    assert answer.status == 201
    assert len(calls_of(wecom, "externalcontact/add_corp_tag")) == 1


def test_a_new_name_holds_at_wecom_and_here_at_once(ask, wecom, group):
    tag_id = group["tags"][0]["tag_id"]

    answer = ask("PUT", f"/admin/tags/{tag_id}", {"name": "很高"})

    assert (answer.status, answer.json["name"]) == (200, "很高")
    assert wecom.world.tags[tag_id].name == "很高"
    assert tags.catalogue(clock.now()).name_of(tag_id) == "很高"
    taken = ask("PUT", f"/admin/tags/{tag_id}", {"name": "低"})
    assert (taken.status, taken.code) == (409, "name_taken")


def test_a_tag_of_another_app_is_told_to_be_another_apps(ask, wecom, group):
    tag_id = group["tags"][0]["tag_id"]
    wecom.world.tags[tag_id].agent = 99

    answer = ask("PUT", f"/admin/tags/{tag_id}", {"name": "很高"})

    assert (answer.status, answer.json["errcode"]) == (409, 81011)
    assert tags.load_catalogue().name_of(tag_id) == "高"


def test_the_last_tag_takes_its_group_along(ask, wecom, group):
    first, last = (each["tag_id"] for each in group["tags"])

    assert ask("DELETE", f"/admin/tags/{first}").status == 204
    assert group["group_id"] in tags.load_catalogue().groups
    assert ask("DELETE", f"/admin/tags/{last}").status == 204

    assert group["group_id"] not in tags.load_catalogue().groups
    assert wecom.world.tag_groups[group["group_id"]].deleted
    assert ask("DELETE", f"/admin/tags/{last}").status == 404


def test_a_group_goes_with_all_its_tags(ask, group):
    assert ask("DELETE", f"/admin/tag-groups/{group['group_id']}").status == 204

    catalogue = tags.load_catalogue()
    assert group["group_id"] not in catalogue.groups
    assert not catalogue.in_group(group["group_id"])


def test_a_full_pull_adds_renames_and_removes(ask, wecom, group):
    high, low = (each["tag_id"] for each in group["tags"])
    wecom.world.tags[high].name = "客户端改过"
    wecom.world.drop_tag(wecom.world.tags[low])
    tags.remove_groups([group["group_id"]])

    answer = ask("POST", "/admin/tags:sync")

    assert answer.status == 200
    catalogue = tags.load_catalogue()
    assert catalogue.name_of(high) == "客户端改过"
    assert low not in catalogue.tags
    assert group["group_id"] in catalogue.groups
    again = ask("POST", "/admin/tags:sync").json
    assert (again["changed"], again["removed"]) == (0, 0)


@pytest.fixture
def friend(wecom):
    """A customer of lisi, here and at WeCom; return the external_userid."""
    scanned = wecom.people.scan(userid="lisi")
    external_userid = scanned["external_userid"]
    customers = Customers()
    customers.save_contact(Contact(external_userid, customer_id="cu_1", name="李女士"), clock.now())
    at = int(clock.now().timestamp())
    customers.save_relation(Relation(external_userid, "lisi", facts=(Fact("add", at, "e1"),)), clock.now())
    return external_userid


def test_an_administrator_edits_a_customers_tags(ask, wecom, group, friend):
    tag_id = group["tags"][0]["tag_id"]

    answer = ask("PUT", f"/admin/customers/{friend}/tags", {"add": [tag_id]})

    assert answer.status == 200, answer.text
    assert answer.json["relations"] == [{"userid": "lisi", "tags": [tag_id]}]
    assert Customers().relation(friend, "lisi").tags == (tag_id,)
    (body,) = calls_of(wecom, "externalcontact/mark_tag")
    assert (body["userid"], body["add_tag"]) == ("lisi", [tag_id])
    lines = ask("GET", "/admin/audit", query={"subject": f"CONTACT#{friend}*"}).json["items"]
    assert [(each["actor"], each["after"]) for each in lines] == [("admin", {"tags": [tag_id]})]


def test_nobody_else_edits_them_from_the_console(ask, wecom, group, friend):
    for role in ("staff", "team_lead", "marketing", "auditor"):
        assert ask("PUT", f"/admin/customers/{friend}/tags", {"add": ["t"]}, role=role).status == 403
    assert ask("PUT", f"/admin/customers/{friend}/tags", {"add": ["t"]}, role=None).status == 401
    assert calls_of(wecom, "externalcontact/mark_tag") == []


def test_a_customer_unknown_and_a_tag_unknown(ask, group, friend):
    tag_id = group["tags"][0]["tag_id"]
    assert ask("PUT", "/admin/customers/wmNobody/tags", {"add": [tag_id]}).status == 404
    assert ask("PUT", f"/admin/customers/{friend}/tags", {"add": ["etNone"]}).status == 422
    assert ask("PUT", f"/admin/customers/{friend}/tags", {}).status == 422
    assert ask("PUT", f"/admin/customers/{friend}/tags", {"userid": "wangwu", "add": [tag_id]}).status == 409
