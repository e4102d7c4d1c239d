"""Corp tags, on one member's relation at a time."""

import pytest


@pytest.fixture
def library(wecom):
    wish = {"group_name": "意向", "tag": [{"name": "高", "order": 2}, {"name": "中", "order": 1}]}
    group = wecom.post("externalcontact/add_corp_tag", wish)["tag_group"]
    return {"group": group["group_id"]} | {tag["name"]: tag["id"] for tag in group["tag"]}


def mark(wecom, friends, **wish):
    pair = {"userid": "lisi", "external_userid": friends["external_userid"]}
    return wecom.post("externalcontact/mark_tag", pair | wish)["errcode"]


def tags_of(wecom, external_userid, userid="lisi"):
    rows = wecom.get("externalcontact/get", external_userid=external_userid)["follow_user"]
    return [tag["tag_name"] for row in rows if row["userid"] == userid for tag in row["tags"]]


def test_the_library_lists_by_order_and_deleted_only_by_id(wecom, library):
    group = wecom.post("externalcontact/get_corp_tag_list")["tag_group"][0]
    assert [tag["name"] for tag in group["tag"]] == ["高", "中"]
    assert "deleted" not in group
    wecom.post("externalcontact/del_corp_tag", {"tag_id": [library["中"]]})
    asked = wecom.post("externalcontact/get_corp_tag_list", {"tag_id": [library["中"]]})["tag_group"][0]
    assert asked["tag"][0]["deleted"] is True
    assert wecom.post("externalcontact/get_corp_tag_list", {"tag_id": ["no"]})["errcode"] == 40068


def test_a_known_group_name_is_appended_to(wecom, library):
    more = wecom.post(
        "externalcontact/add_corp_tag", {"group_name": "意向", "tag": [{"name": "低"}, {"name": "高"}]}
    )
    assert more["tag_group"]["group_id"] == library["group"]
    assert [tag["name"] for tag in more["tag_group"]["tag"]] == ["低"]
    again = wecom.post(
        "externalcontact/add_corp_tag", {"group_id": library["group"], "tag": [{"name": "低"}]}
    )
    assert again["errcode"] == 40071


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"tag": [{"name": "x"}]}, 40058),
        ({"group_name": "新", "tag": []}, 40058),
        ({"group_name": "新", "tag": [{"name": "长" * 31}]}, 40058),
        ({"group_id": "no", "tag": [{"name": "x"}]}, 40068),
    ],
)
def test_additions_that_are_refused(wecom, wish, code):
    assert wecom.post("externalcontact/add_corp_tag", wish)["errcode"] == code


def test_a_tag_sits_on_one_members_relation(wecom, library, friends):
    external = friends["external_userid"]
    wecom.control("POST", "people/scan", {"userid": "zhangsan", "external_userid": external})
    assert mark(wecom, friends, add_tag=[library["高"], library["高"]]) == 0
    assert mark(wecom, friends, add_tag=[library["高"]]) == 0
    assert tags_of(wecom, external) == ["高"]
    assert tags_of(wecom, external, "zhangsan") == []


def test_marking_is_refused_without_relation_tag_or_wish(wecom, library, friends):
    assert mark(wecom, friends) == 40058
    assert mark(wecom, friends, add_tag=["no"]) == 40068
    wecom.post("externalcontact/del_corp_tag", {"tag_id": [library["中"]]})
    assert mark(wecom, friends, add_tag=[library["中"]]) == 40068
    assert mark(wecom, friends | {"external_userid": "wmNo"}, add_tag=[library["高"]]) == 40096
    pair = {"userid": "lisi", "external_userid": friends["external_userid"]}
    wecom.control("POST", "people/member-deletes", pair)
    assert mark(wecom, friends, add_tag=[library["高"]]) == 84061


def test_deleting_a_tag_takes_it_off_everybody_and_the_last_one_its_group(wecom, library, friends):
    mark(wecom, friends, add_tag=[library["高"], library["中"]])
    wecom.post("externalcontact/del_corp_tag", {"tag_id": [library["高"]]})
    assert tags_of(wecom, friends["external_userid"]) == ["中"]
    wecom.post("externalcontact/del_corp_tag", {"tag_id": [library["中"]]})
    assert wecom.post("externalcontact/get_corp_tag_list")["tag_group"] == []
    assert wecom.post("externalcontact/del_corp_tag", {})["errcode"] == 40063


def test_editing_is_for_own_tags_and_free_names(wecom, library):
    path = "externalcontact/edit_corp_tag"
    assert wecom.post(path, {"id": library["中"], "name": "一般"})["errcode"] == 0
    assert wecom.post(path, {"id": library["中"], "name": "高"})["errcode"] == 40071
    foreign = wecom.control("POST", "people/tag-created", {"group_name": "后台", "names": ["a"]})
    assert wecom.post(path, {"id": foreign["tags"]["a"], "name": "b"})["errcode"] == 81011
    assert wecom.post(path, {"id": "no", "name": "b"})["errcode"] == 40068


def test_the_api_is_silent_and_the_client_is_not(wecom, simulator, library):
    assert simulator.callbacks.listed() == []
    made = wecom.control("POST", "people/tag-created", {"group_name": "后台", "names": ["a"]})
    wecom.control("POST", "people/tag-changed", {"tag_id": made["tags"]["a"], "name": "b"})
    wecom.control("POST", "people/tag-deleted", {"tag_id": made["group_id"]})
    xml = [row["xml"] for row in simulator.callbacks.listed()]
    kinds = [
        ("tag_group" in text, text.partition("<ChangeType><![CDATA[")[2].partition("]")[0]) for text in xml
    ]
    assert kinds == [(True, "create"), (False, "create"), (False, "update"), (True, "delete")]
