"""The product album: limits and errors as the sheet 10.1 prints them."""

import pytest

from tests.simulator.conftest import PNG

ADD = "externalcontact/add_product_album"


def picture(wecom, scene=2):
    found = wecom.upload("media/upload_attachment", PNG, media_type="image", attachment_type=scene)
    return {"type": "image", "image": {"media_id": found["media_id"]}}


def body(wecom, **changed):
    told = {"description": "春季班 12 课时", "price": 128_000, "product_sn": "SP2026"}
    return {**told, "attachments": [picture(wecom)], **changed}


def test_a_product_is_added_read_listed_changed_and_deleted(wecom, clock):
    key = wecom.post(ADD, body(wecom))["product_id"]
    read = wecom.post("externalcontact/get_product_album", {"product_id": key})["product"]
    assert (read["product_sn"], read["create_time"]) == ("SP2026", int(clock.now))
    change = {"product_id": key, "price": 118_000}
    assert wecom.post("externalcontact/update_product_album", change)["errcode"] == 0
    (listed,) = wecom.post("externalcontact/get_product_album_list", {})["product_list"]
    assert (listed["price"], listed["description"], "create_time" in listed) == (
        118_000,
        "春季班 12 课时",
        False,
    )
    assert wecom.post("externalcontact/delete_product_album", {"product_id": key})["errcode"] == 0
    assert wecom.post("externalcontact/get_product_album", {"product_id": key})["errcode"] == 41074
    assert wecom.post("externalcontact/delete_product_album", {"product_id": key})["errcode"] == 41074
    assert wecom.post("externalcontact/get_product_album_list", {})["product_list"] == []


def test_pages_of_the_list(wecom):
    for number in range(3):
        wecom.post(ADD, body(wecom, product_sn=f"SN{number}"))
    first = wecom.post("externalcontact/get_product_album_list", {"limit": 2})
    rest = wecom.post("externalcontact/get_product_album_list", {"limit": 2, "cursor": first["next_cursor"]})
    assert [len(each["product_list"]) for each in (first, rest)] == [2, 1]
    assert rest["next_cursor"] == ""
    assert wecom.post("externalcontact/get_product_album_list", {"cursor": "x"})["errcode"] == 50100


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"description": ""}, 41087),
        ({"price": 5_000_001}, 41086),
        ({"price": -1}, 41086),
        ({"product_sn": "SP-1"}, 41085),
        ({"attachments": []}, 41088),
        ({"attachments": [{"msgtype": "image", "image": {"media_id": "x"}}]}, 41065),
        ({"attachments": [{"type": "image", "image": {"media_id": "x"}}]}, 40007),
        ({"attachments": [{"type": "image", "image": {"media_id": "x"}}] * 10}, 41064),
    ],
)
def test_products_that_are_refused(wecom, changed, code):
    assert wecom.post(ADD, body(wecom, **changed))["errcode"] == code


def test_a_picture_for_moments_is_not_one_for_the_album(wecom):
    assert wecom.post(ADD, body(wecom, attachments=[picture(wecom, scene=1)]))["errcode"] == 41072


def test_another_app_s_product_is_not_there(wecom):
    assert wecom.post("externalcontact/get_product_album", {"product_id": "pd0"})["errcode"] == 41075
