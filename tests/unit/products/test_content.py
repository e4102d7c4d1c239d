"""What a product of the library says (CON-08, CON-10)."""

import pytest
from pydantic import ValidationError

from scrm.http.validation import field_errors
from scrm.products.content import LONGEST_LINK, content_of, files, plain, rendered, shown

GOODS = {"type": "standard", "code": "P-199", "name": "润肤霜 50ml", "category": "护肤", "price_fen": 19900}
COURSE = {
    "type": "nonstandard",
    "name": "理财入门课",
    "category": "网课",
    "link": "https://course.example.com/buy?sid={share_id}&by={userid}#{external_userid}",
}


def wrong(**changed):
    """Return what is wrong with the goods when something of them is changed, by field."""
    with pytest.raises(ValidationError) as caught:
        content_of(GOODS | changed)
    return {each.field: each.message for each in field_errors(caught.value, "body")}


def test_con_08_goods_with_and_without_a_code_are_read_and_stored_the_same():
    for told in (GOODS, COURSE):
        assert plain(content_of(told)) == told


def test_con_08_standard_goods_need_a_code():
    assert wrong(code=None) == {"code": "标品须填写商品编码"}
    with pytest.raises(ValidationError):
        content_of({"type": "standard", "name": "无编码"})


def test_con_08_lists_know_the_category_the_code_and_what_it_opens():
    card = shown(content_of(COURSE | {"cover_file_id": "f_1"}))
    assert card.title == "理财入门课"
    assert card.summary == {
        "type": "nonstandard",
        "category": "网课",
        "opens": "link",
        "cover_file_id": "f_1",
    }
    assert "P-199" in shown(content_of(GOODS)).words


def test_files_are_those_it_uses():
    assert files(content_of(GOODS)) == ()
    assert files(content_of(GOODS | {"cover_file_id": "f_1"})) == ("f_1",)


def test_con_10_a_link_is_rendered_with_the_share_id_and_each_value_is_encoded():
    filled = rendered(
        content_of(COURSE).link, {"share_id": "abc234", "userid": "a@b c", "external_userid": "wmA_-1"}
    )
    assert filled == "https://course.example.com/buy?sid=abc234&by=a%40b%20c#wmA_-1"


@pytest.mark.parametrize(
    "link",
    [
        "ftp://shop.example.com/",
        "shop.example.com/p",
        "https:///p",
        "https://{userid}.example.com/",
        "https://shop.example.com/?x={phone}",
        "https://shop.example.com/?x={share_id",
        "https://shop.example.com/?x={}",
        "https://shop.example.com/a b",
        "https://shop.example.com/?x=" + "y" * (LONGEST_LINK - 28 - 191) + "{userid}",
        "http://[",
    ],
)
def test_con_10_a_link_that_cannot_be_filled_is_refused_by_name(link):
    assert set(wrong(link=link)) == {"link"}


def test_con_10_the_longest_values_fit():
    link = "https://shop.example.com/?x=" + "y" * (LONGEST_LINK - 28 - 192) + "{userid}"

    assert content_of(GOODS | {"link": link}).link == link
    assert set(wrong(link=link.replace("?x=", "?x=y"))) == {"link"}


@pytest.mark.parametrize(
    "page", ["pages/p", "pages/{share_id}.html", "pages/p?x=.html", "pages/p.html?x={who}"]
)
def test_a_mini_program_page_is_checked_like_a_link(page):
    assert set(wrong(miniprogram={"appid": "wx0123456789abcdef", "page": page})) == {"miniprogram.page"}


def test_a_mini_program_needs_an_appid():
    assert set(wrong(miniprogram={"page": "pages/p.html"})) == {"miniprogram.appid"}
    assert set(wrong(miniprogram={"appid": "wx12", "page": "pages/p.html"})) == {"miniprogram.appid"}
    content_of(GOODS | {"miniprogram": {"appid": "wx0123456789abcdef", "page": "pages/p.html?s={share_id}"}})
