"""Customers, what members note about them, and the pages they come in."""

import pytest


def get(wecom, friends):
    return wecom.get("externalcontact/get", external_userid=friends["external_userid"])


def test_a_customer_shows_person_and_follower(wecom, friends, clock):
    answer = get(wecom, friends)
    person, follower = answer["external_contact"], answer["follow_user"][0]
    assert (person["name"], person["type"]) == ("小雨", 1)
    assert person["unionid"].startswith("oSimU")
    assert follower["userid"] == "lisi"
    assert follower["createtime"] == int(clock.now)
    assert follower["oper_userid"] == friends["external_userid"]
    assert "state" not in follower
    assert "next_cursor" not in answer


def test_another_corps_user_has_no_unionid(wecom):
    wish = {"userid": "lisi", "kind": 2, "corp_name": "某公司", "name": "外部"}
    external = wecom.control("POST", "people/scan", wish)["external_userid"]
    person = wecom.get("externalcontact/get", external_userid=external)["external_contact"]
    assert external.startswith("wo")
    assert "unionid" not in person
    assert person["corp_name"] == "某公司"


def test_unionids_appear_only_with_a_bound_account(wecom, friends):
    wecom.control("PUT", "settings", {"unionid_bound": False})
    assert "unionid" not in get(wecom, friends)["external_contact"]


def test_unknown_lost_and_invisible_customers(wecom, friends):
    assert wecom.get("externalcontact/get", external_userid="wmNobody")["errcode"] == 40096
    wecom.control("PUT", "apps/1000002", {"visible_users": ["zhangsan"]})
    assert get(wecom, friends)["errcode"] == 60011
    wecom.control("PUT", "apps/1000002", {"visible_users": None})
    pair = {"userid": "lisi", "external_userid": friends["external_userid"]}
    wecom.control("POST", "people/customer-deletes", pair)
    assert get(wecom, friends)["errcode"] == 0
    wecom.control("POST", "people/member-deletes", pair)
    assert get(wecom, friends)["errcode"] == 84061


def test_a_half_relation_is_84061_until_the_member_adds_back(wecom):
    half = wecom.control("POST", "people/scan", {"userid": "lisi", "half": True})
    assert get(wecom, half)["errcode"] == 84061
    assert wecom.get("externalcontact/list", userid="lisi")["errcode"] == 84061
    pair = {"userid": "lisi", "external_userid": half["external_userid"]}
    wecom.control("POST", "people/accept", pair)
    assert get(wecom, half)["errcode"] == 0


def test_the_list_of_a_member_without_customers_is_84061(wecom, friends):
    assert wecom.get("externalcontact/list", userid="LISI")["external_userid"] == [friends["external_userid"]]
    empty = wecom.get("externalcontact/list", userid="wangwu")
    assert (empty["errcode"], empty["external_userid"]) == (84061, [])
    assert wecom.get("externalcontact/list", userid="nobody")["errcode"] == 40003
    assert wecom.get("externalcontact/list")["errcode"] == 41009


def test_followers_above_500_come_in_pages(wecom, simulator, friends):
    external = friends["external_userid"]
    for number in range(520):
        wish = {"userid": f"s{number}", "name": "员工", "department": [2]}
        wecom.control("POST", "people/member-joins", wish)
        wecom.control("POST", "people/scan", {"userid": f"s{number}", "external_userid": external})
    first = wecom.get("externalcontact/get", external_userid=external)
    second = wecom.get("externalcontact/get", external_userid=external, cursor=first["next_cursor"])
    assert (len(first["follow_user"]), len(second["follow_user"])) == (500, 21)
    assert "next_cursor" not in second


def test_pages_survive_what_is_added_and_lost_meanwhile(wecom, simulator):
    wecom.control("POST", "populate", {"customers": 130, "staff": ["lisi", "zhangsan"]})
    wish = {"userid_list": ["lisi", "zhangsan"], "limit": 50}
    first = wecom.post("externalcontact/batch/get_by_user", wish)
    rows = first["external_contact_list"]
    gone = rows[0]["external_contact"]["external_userid"]
    wecom.control("POST", "people/member-deletes", {"userid": "lisi", "external_userid": gone})
    wecom.control("POST", "people/scan", {"userid": "zhangsan"})
    while cursor := first["next_cursor"]:
        first = wecom.post("externalcontact/batch/get_by_user", wish | {"cursor": cursor})
        rows += first["external_contact_list"]
    pairs = [(row["follow_info"]["userid"], row["external_contact"]["external_userid"]) for row in rows]
    assert len(set(pairs)) == len(pairs) == 131


def test_a_batch_row_has_tag_ids_instead_of_tags(wecom, friends):
    tag = wecom.control("POST", "people/tag-created", {"group_name": "意向", "names": ["高"]})["tags"]["高"]
    pair = {"userid": "lisi", "external_userid": friends["external_userid"]}
    wecom.control("POST", "people/member-edits", pair | {"add_tag": [tag], "personal_tags": ["熟客"]})
    row = wecom.post("externalcontact/batch/get_by_user", {"userid_list": ["lisi"]})["external_contact_list"][
        0
    ]
    assert row["follow_info"]["tag_id"] == [tag]
    assert "tags" not in row["follow_info"]


def test_batch_limits_and_refusals(wecom):
    wecom.control("POST", "populate", {"customers": 120, "staff": ["lisi"]})
    path = "externalcontact/batch/get_by_user"
    assert len(wecom.post(path, {"userid_list": ["lisi"]})["external_contact_list"]) == 50
    assert len(wecom.post(path, {"userid_list": ["lisi"], "limit": 500})["external_contact_list"]) == 100
    assert wecom.post(path, {"userid_list": ["lisi"], "cursor": "junk"})["errcode"] == 50100
    assert wecom.post(path, {"userid_list": ["wangwu"]})["errcode"] == 84061


def test_a_cursor_of_another_api_is_50100(wecom):
    wecom.control("POST", "populate", {"customers": 120, "staff": ["lisi"]})
    cursor = wecom.post("externalcontact/batch/get_by_user", {"userid_list": ["lisi"]})["next_cursor"]
    assert wecom.post("externalcontact/list_contact_way", {"cursor": cursor})["errcode"] == 50100


def test_remarks_change_silently(wecom, simulator, friends):
    pair = {"userid": "lisi", "external_userid": friends["external_userid"]}
    wish = pair | {"remark": "小雨-已报名", "remark_mobiles": ["13900000001"], "description": "咨询过"}
    assert wecom.post("externalcontact/remark", wish)["errcode"] == 0
    follower = get(wecom, friends)["follow_user"][0]
    assert (follower["remark"], follower["remark_mobiles"]) == ("小雨-已报名", ["13900000001"])
    assert simulator.callbacks.take() == []


@pytest.mark.parametrize("clearing", [[""], ""])
def test_phone_numbers_are_cleared_by_one_empty_string(wecom, friends, clearing):
    pair = {"userid": "lisi", "external_userid": friends["external_userid"]}
    wecom.post("externalcontact/remark", pair | {"remark_mobiles": ["139"]})
    assert wecom.post("externalcontact/remark", pair | {"remark_mobiles": clearing})["errcode"] == 0
    assert get(wecom, friends)["follow_user"][0]["remark_mobiles"] == []


def test_remark_refusals(wecom, friends):
    pair = {"userid": "lisi", "external_userid": friends["external_userid"]}
    assert wecom.post("externalcontact/remark", pair)["errcode"] == 40058
    assert wecom.post("externalcontact/remark", pair | {"remark_pic_mediaid": "x"})["errcode"] == 40007
    assert (
        wecom.post("externalcontact/remark", pair | {"userid": "wangwu", "remark": "x"})["errcode"] == 84061
    )


def test_openids_are_for_wechat_users(wecom, friends):
    path = "externalcontact/convert_to_openid"
    assert wecom.post(path, {"external_userid": friends["external_userid"]})["openid"]
    other = wecom.control("POST", "people/scan", {"userid": "lisi", "kind": 2})["external_userid"]
    assert wecom.post(path, {"external_userid": other})["errcode"] == 41056
