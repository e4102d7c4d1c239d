"""The product album, as its document prints its answers, and the limits that are checked before a call."""

import json

import httpx
import pytest

from scrm.wecom import products
from scrm.wecom.checks import BreaksLimit, Missing
from scrm.wecom.errors import QuotaUsedUp, UnknownOutcome, UnknownProduct
from tests.component.wecom.conftest import OK

API = "/cgi-bin/externalcontact"
LISTED = {
    "product_id": "pdHq7CDAAA01",
    "description": "春季班 12 课时",
    "price": 128000,
    "product_sn": "SP2026",
    "attachments": [{"type": "image", "image": {"media_id": "At2_7"}}],
}


def test_a_page_of_products_reads_with_the_cursor_of_the_next(wecom, scripted):
    scripted.script[f"{API}/get_product_album_list"] = [
        {**OK, "next_cursor": "c2", "product_list": [LISTED]},
        {**OK, "product_list": []},
    ]
    (found,), cursor = products.products(wecom)
    assert (found.product_sn, found.price_fen, found.media_ids) == ("SP2026", 128000, ("At2_7",))
    assert (cursor, products.products(wecom, cursor)) == ("c2", ((), ""))
    (_, second) = scripted.calls(f"{API}/get_product_album_list")
    assert json.loads(second.content) == {"limit": 100, "cursor": "c2"}


def test_pictures_go_out_with_the_key_type(wecom, scripted):
    scripted.script[f"{API}/add_product_album"] = [{**OK, "product_id": "pd1"}]
    assert products.add(wecom, "春季班", 128000, ["At2_7"], product_sn="SP2026") == "pd1"
    (call,) = scripted.calls(f"{API}/add_product_album")
    assert json.loads(call.content) == {
        "description": "春季班",
        "price": 128000,
        "attachments": [{"type": "image", "image": {"media_id": "At2_7"}}],
        "product_sn": "SP2026",
    }


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (("长" * 301, 1, ["m"], "S"), BreaksLimit),
        (("", 1, ["m"], "S"), Missing),
        (("好", 5_000_001, ["m"], "S"), BreaksLimit),
        (("好", 1, [], "S"), Missing),
        (("好", 1, ["m"] * 10, "S"), BreaksLimit),
        (("好", 1, ["m"], "S-1"), BreaksLimit),
        (("好", 1, ["m"], "S" * 129), BreaksLimit),
    ],
)
def test_what_breaks_a_limit_is_not_sent(wecom, scripted, given, error):
    description, price, media, sn = given
    with pytest.raises(error):
        products.add(wecom, description, price, media, product_sn=sn)
    assert not scripted.calls(f"{API}/add_product_album")


def test_an_add_without_an_answer_is_not_repeated(wecom, scripted):
    scripted.script[f"{API}/add_product_album"] = [httpx.ReadTimeout("late")]
    with pytest.raises(UnknownOutcome):
        products.add(wecom, "春季班", 1, ["m"])
    assert len(scripted.calls(f"{API}/add_product_album")) == 1


@pytest.mark.parametrize(
    ("code", "error"), [(41074, UnknownProduct), (41075, UnknownProduct), (41202, QuotaUsedUp)]
)
def test_refusals_are_told_apart(wecom, scripted, code, error):
    scripted.script[f"{API}/update_product_album"] = [{"errcode": code, "errmsg": "no"}]
    with pytest.raises(error):
        products.update(wecom, "pd1", price_fen=2)
