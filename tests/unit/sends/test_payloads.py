"""CON-02 to CON-05, CON-10, CON-13: exactly what the JS-SDK's sendChatMessage is given."""

from dataclasses import replace
from typing import Any

import pytest

from scrm.sends.payloads import Fault, Means, Piece, cut, files_of, made, price_text

SHARE = "mfzwizltoq2gk3tdnf2gsy3p"
COVER = "fi_00000000000000000001"
PICTURE = "https://scrm.test/h5/files/fi_00000000000000000001/sig"
MEANS = Means(
    values={"customer": "小雨", "staff": "李四", "product": "安心保", "field.city": "成都"},
    names={"share_id": SHARE, "userid": "li@si", "external_userid": "wmE1"},
    media={"fi_00000000000000000002": "3a-media"},
    pictures={COVER: PICTURE},
    short=lambda target: f"https://scrm.test/h5/r/[{target}]",
)


def one(content: dict[str, Any], kind: str = "", means: Means = MEANS) -> Any:
    found = made([Piece(kind or content["kind"], content)], means)
    assert (found.faults, found.cold) == ([], [])
    (payload,) = found.payloads
    return payload


def faults(content: dict[str, Any], kind: str = "", place: str = "", means: Means = MEANS) -> list[Fault]:
    found = made([Piece(kind or content["kind"], content, place)], means)
    assert found.payloads == []
    return found.faults


def test_con_02_text() -> None:
    assert one({"kind": "text", "text": "{customer}您好，我是{staff}"}) == {
        "msgtype": "text",
        "text": {"content": "小雨您好，我是李四"},
    }


@pytest.mark.parametrize("kind", ["image", "video", "file"])
def test_con_02_con_04_media(kind: str) -> None:
    payload = one({"kind": kind, "file_id": "fi_00000000000000000002"})
    assert payload == {"msgtype": kind, kind: {"mediaid": "3a-media"}}


def test_con_03_news() -> None:
    content = {
        "kind": "h5",
        "title": "给{customer}的价目",
        "subtitle": "三分钟",
        "url": "https://www.example.com/a?x=1&y={z}",
        "cover_file_id": COVER,
    }
    assert one(content) == {
        "msgtype": "news",
        "news": {
            "link": "https://scrm.test/h5/r/[https://www.example.com/a?x=1&y={z}]",
            "title": "给小雨的价目",
            "desc": "三分钟",
            "imgUrl": PICTURE,
        },
    }


def test_con_04_miniprogram() -> None:
    content = {
        "kind": "miniprogram",
        "title": "预约",
        "appid": "wx0123456789abcdef",
        "page": "pages/book.html?sid={share_id}",
        "cover_file_id": COVER,
    }
    assert one(content) == {
        "msgtype": "miniprogram",
        "miniprogram": {
            "appid": "wx0123456789abcdef",
            "title": "预约",
            "imgUrl": PICTURE,
            "page": f"pages/book.html?sid={SHARE}",
        },
    }


PRODUCT = {
    "type": "standard",
    "code": "P-1",
    "name": "安心保",
    "price_fen": 19905,
    "link": "https://shop.example.com/p/1?sid={share_id}&by={userid}&to={external_userid}",
    "description": "给{customer}的保障",
    "cover_file_id": COVER,
}
FILLED = f"https://shop.example.com/p/1?sid={SHARE}&by=li%40si&to=wmE1"


def test_con_10_con_11_a_product_with_a_link_is_news_with_its_template_filled() -> None:
    assert one(PRODUCT, "product") == {
        "msgtype": "news",
        "news": {
            "link": f"https://scrm.test/h5/r/[{FILLED}]",
            "title": "安心保",
            "desc": "给小雨的保障",
            "imgUrl": PICTURE,
        },
    }
    bare = {name: each for name, each in PRODUCT.items() if name != "description"}
    assert one(bare, "product")["news"]["desc"] == "¥199.05"


def test_con_11_a_product_of_a_mini_program_is_its_card() -> None:
    opened = {"appid": "wx0123456789abcdef", "page": "pages/p.html?sid={share_id}"}
    long = {**PRODUCT, "name": "保" * 30, "miniprogram": opened}
    assert one(long, "product") == {
        "msgtype": "miniprogram",
        "miniprogram": {
            "appid": "wx0123456789abcdef",
            "title": "保" * 21,
            "imgUrl": PICTURE,
            "page": f"pages/p.html?sid={SHARE}",
        },
    }
    assert faults({**long, "cover_file_id": None}, "product") == [
        Fault("cover_file_id", "小程序卡片需要封面图")
    ]


def test_a_product_without_a_picture_is_words_with_its_link_whole() -> None:
    plain = {**PRODUCT, "cover_file_id": None}
    assert one(plain, "product") == {
        "msgtype": "text",
        "text": {"content": f"安心保 ¥199.05\n给小雨的保障\nhttps://scrm.test/h5/r/[{FILLED}]"},
    }
    long = one({**plain, "description": "长" * 2000}, "product")["text"]["content"]
    assert len(long.encode()) <= 4000
    assert long.endswith(f"\nhttps://scrm.test/h5/r/[{FILLED}]")
    service = {"type": "nonstandard", "name": "上门咨询"}
    assert one(service, "product") == {"msgtype": "text", "text": {"content": "上门咨询"}}


def test_con_05_what_cannot_be_filled_is_named_by_part_and_variable() -> None:
    content = {"kind": "text", "text": "{remark}{stage}{field.city}{field.none}{stage}{other}"}
    assert [each.field for each in faults(content, place="parts.2")] == [
        "parts.2.remark",
        "parts.2.stage",
        "parts.2.field.none",
    ]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"kind": "text", "text": "长" * 1332 + "{customer}"}, "text"),
        (
            {
                "kind": "h5",
                "title": "题" * 41 + "{customer}",
                "url": "https://a.example",
                "cover_file_id": COVER,
            },
            "title",
        ),
        (
            {
                "kind": "miniprogram",
                "title": "题" * 20 + "{customer}",
                "appid": "wx0123456789abcdef",
                "page": "a.html",
                "cover_file_id": COVER,
            },
            "title",
        ),
        ({"kind": "h5", "title": "题", "url": "javascript:alert(1)", "cover_file_id": COVER}, "link"),
        ({"kind": "h5", "title": "题", "url": "https://a.example", "cover_file_id": "fi_x"}, "cover_file_id"),
    ],
)
def test_limits_hold_in_bytes_after_filling(content: dict[str, Any], field: str) -> None:
    assert [each.field for each in faults(content, place="parts.0")] == [f"parts.0.{field}"]


def test_a_text_that_just_fits_goes() -> None:
    assert len(one({"kind": "text", "text": "长" * 1331 + "{customer}a"})["text"]["content"].encode()) == 4000


def test_con_20_a_file_without_media_id_is_cold_and_the_rest_is_made() -> None:
    pieces = [
        Piece("text", {"text": "一"}, "parts.0"),
        Piece("image", {"file_id": "fi_cold"}, "parts.1"),
        Piece("video", {"file_id": "fi_00000000000000000002"}, "parts.2"),
    ]
    found = made(pieces, MEANS)
    assert [each["msgtype"] for each in found.payloads] == ["text", "video"]
    assert (found.cold, found.faults) == (["fi_cold"], [])
    assert files_of([*pieces, Piece("product", PRODUCT)]) == (
        ["fi_cold", "fi_00000000000000000002"],
        [COVER],
    )


def test_a_target_too_long_after_filling_is_refused() -> None:
    long = replace(MEANS, names={**MEANS.names, "userid": "x" * 2100})
    assert [each.field for each in faults(PRODUCT, "product", means=long)] == ["link"]


def test_cuts_between_characters_and_shows_prices() -> None:
    assert (cut("价目表", 7), cut("价", 2), cut("ab", 9)) == ("价目", "", "ab")
    assert (price_text(5), price_text(120_000)) == ("¥0.05", "¥1200.00")
