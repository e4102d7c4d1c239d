"""Channel codes and the customers they bring."""

import pytest

ADD = "externalcontact/add_contact_way"
QR = {"type": 2, "scene": 2}


@pytest.fixture
def code(wecom):
    wish = QR | {"user": ["zhangsan", "LIUYANG"], "state": "ch_0007", "remark": "春季地推"}
    return wecom.post(ADD, wish)["config_id"]


def test_a_code_is_kept_as_it_was_made(wecom, code):
    row = wecom.post("externalcontact/get_contact_way", {"config_id": code})["contact_way"]
    assert len(code) == 32
    assert int(code, 16)
    assert row["user"] == ["zhangsan", "LiuYang"]
    assert (row["state"], row["skip_verify"], row["is_temp"]) == ("ch_0007", True, False)
    assert row["qr_code"].startswith("https://wework.qpic.cn/")
    assert not {"agent", "created_at", "scans"} & set(row)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"scene": 2, "user": ["lisi"]}, 41037),
        ({"type": 1, "user": ["lisi"]}, 41038),
        ({"type": 3, "scene": 2, "user": ["lisi"]}, 41039),
        ({"type": 1, "scene": 3, "user": ["lisi"]}, 41040),
        ({"type": 1, "scene": 2, "user": ["lisi", "wangwu"]}, 41041),
        ({"type": 2, "scene": 2, "user": ["lisi"] * 101}, 41041),
        ({"type": 2, "scene": 1, "style": 3, "user": ["lisi"]}, 41042),
        ({"type": 1, "scene": 2}, 40058),
        ({"type": 2, "scene": 2, "user": ["nobody"]}, 40003),
        ({"type": 2, "scene": 2, "user": ["zhengshi"]}, 84074),
        ({"type": 2, "scene": 2, "user": ["lisi"], "state": "x" * 31}, 40058),
        ({"type": 2, "scene": 2, "party": [77]}, 60003),
    ],
)
def test_codes_that_are_refused(wecom, wish, code):
    assert wecom.post(ADD, wish)["errcode"] == code


def test_members_must_be_active_real_and_visible(wecom):
    wish = QR | {"user": ["lisi"]}
    wecom.control("POST", "people/member-changes", {"userid": "lisi", "status": 4})
    assert wecom.post(ADD, wish)["errcode"] == 41054
    wecom.control("POST", "people/member-changes", {"userid": "lisi", "status": 1, "real_named": False})
    assert wecom.post(ADD, wish)["errcode"] == 40098
    wecom.control("PUT", "apps/1000002", {"visible_users": ["zhangsan"]})
    assert wecom.post(ADD, wish)["errcode"] == 60011


def test_a_mini_program_code_has_no_picture(wecom):
    assert "qr_code" not in wecom.post(ADD, {"type": 1, "scene": 1, "style": 1, "user": ["lisi"]})


def test_scans_go_round_the_members_and_carry_the_state(wecom, code):
    scans = [wecom.control("POST", "people/scan", {"state": "ch_0007"}) for _ in range(3)]
    assert [scan["userid"] for scan in scans] == ["zhangsan", "LiuYang", "zhangsan"]
    follower = wecom.get("externalcontact/get", external_userid=scans[0]["external_userid"])["follow_user"][0]
    assert (follower["state"], follower["add_way"]) == ("ch_0007", 1)


def test_scans_pass_over_members_who_left(wecom, code):
    wecom.control("POST", "people/member-leaves", {"userid": "zhangsan"})
    assert wecom.control("POST", "people/scan", {"config_id": code})["userid"] == "LiuYang"


def test_a_department_code_leads_to_its_members(wecom):
    wecom.post(ADD, QR | {"party": [4], "state": "dept"})
    found = {wecom.control("POST", "people/scan", {"state": "dept"})["userid"] for _ in range(3)}
    assert found == {"LiuYang", "sunqi", "zhouba"}


def test_updating_replaces_members_for_later_scans(wecom, code):
    assert (
        wecom.post("externalcontact/update_contact_way", {"config_id": code, "user": ["lisi"]})["errcode"]
        == 0
    )
    assert wecom.control("POST", "people/scan", {"config_id": code})["userid"] == "lisi"
    row = wecom.post("externalcontact/get_contact_way", {"config_id": code})["contact_way"]
    assert (row["user"], row["state"]) == (["lisi"], "ch_0007")


def test_a_deleted_or_unknown_code_is_41044(wecom, simulator, code):
    assert wecom.post("externalcontact/del_contact_way", {"config_id": code})["errcode"] == 0
    for path in ("get", "update", "del"):
        assert wecom.post(f"externalcontact/{path}_contact_way", {"config_id": code})["errcode"] == 41044
    assert wecom.post("externalcontact/get_contact_way", {})["errcode"] == 41043
    assert simulator.handle("POST", "/_control/people/scan", b'{"state": "ch_0007"}')[0] == 400


def test_codes_list_in_pages_without_temporary_ones(wecom, code):
    made = [wecom.post(ADD, QR | {"user": ["lisi"]})["config_id"] for _ in range(2)]
    wecom.post(ADD, QR | {"user": ["lisi"], "is_temp": True})
    first = wecom.post("externalcontact/list_contact_way", {"limit": 2})
    second = wecom.post("externalcontact/list_contact_way", {"limit": 2, "cursor": first["next_cursor"]})
    rows = [row["config_id"] for row in first["contact_way"] + second["contact_way"]]
    assert rows == [code, *made]
    assert second["next_cursor"] == ""


def test_a_temporary_code_dies(wecom, simulator, clock):
    made = wecom.post(ADD, QR | {"user": ["lisi"], "is_temp": True, "expires_in": 60, "state": "temp"})[
        "config_id"
    ]
    clock.advance(seconds=60)
    assert simulator.handle("POST", "/_control/people/scan", b'{"state": "temp"}')[0] == 400
    wish = {"config_id": made, "user": ["lisi"]}
    assert wecom.post("externalcontact/update_contact_way", wish)["errcode"] == 41044


def test_friends_who_scan_again_change_nothing(wecom, simulator, friends):
    again = wecom.control(
        "POST", "people/scan", {"userid": "lisi", "external_userid": friends["external_userid"]}
    )
    assert again["added"] is False
    assert simulator.callbacks.take() == []


def test_pictures_can_be_served_here(wecom, simulator):
    wecom.control("PUT", "settings", {"public_url": "http://127.0.0.1:9"})
    picture = wecom.post(ADD, QR | {"user": ["lisi"]})["qr_code"]
    status, headers, _ = simulator.handle("GET", picture.removeprefix("http://127.0.0.1:9"))
    assert (status, headers["Content-Type"]) == (200, "image/svg+xml")


def test_departments_count_by_their_members(wecom):
    for number in range(100):
        wish = {"userid": f"s{number}", "name": "员工", "department": [3]}
        wecom.control("POST", "people/member-joins", wish)
    assert wecom.post(ADD, QR | {"party": [3]})["errcode"] == 41041
