"""WeCom's product album 商品图册: what members show from their toolbar. WeCom document 95096.

An app edits and deletes only products it made; the list shows no others. Changes cause no callback.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scrm.wecom.checks import BreaksLimit, Missing, at_most, in_bytes, in_characters, required
from scrm.wecom.client import WeCom

MOST_FEN = 5_000_000
MOST_PICTURES = 9
PAGE = 100
_SN = re.compile(r"[0-9A-Za-z]*")


@dataclass(frozen=True)
class AlbumProduct:
    """A product of the album; `price_fen` in fen. `created_at` is 0 in lists."""

    product_id: str
    description: str
    price_fen: int
    product_sn: str = ""
    media_ids: tuple[str, ...] = ()
    created_at: int = 0


def products(wecom: WeCom, cursor: str = "") -> tuple[tuple[AlbumProduct, ...], str]:
    """Return one page of the app's own products and the cursor of the next, "" at the end.

    Raises CursorExpired.
    """
    body: dict[str, Any] = {"limit": PAGE, **({"cursor": cursor} if cursor else {})}
    answer = wecom.call("POST", f"{_API}/get_product_album_list", json=body, idempotent=True)
    rows = answer.get("product_list") or ()
    return tuple(_product(row) for row in rows), str(answer.get("next_cursor") or "")


def product(wecom: WeCom, product_id: str) -> AlbumProduct:
    """Return one product. Raises UnknownProduct."""
    answer = wecom.call("POST", f"{_API}/get_product_album", json={"product_id": product_id}, idempotent=True)
    return _product(answer.get("product") or {})


def add(
    wecom: WeCom, description: str, price_fen: int, media_ids: Sequence[str], *, product_sn: str = ""
) -> str:
    """Add a product with pictures from `upload_attachment` 2; return its id.

    Not safe to repeat blindly: after UnknownOutcome look for its `product_sn` in the list. Raises
    BreaksLimit, Missing, QuotaUsedUp, MediaGone.
    """
    body = {"description": _description(description), "price": _price(price_fen), **_pictures(media_ids)}
    if product_sn:
        body["product_sn"] = _sn(product_sn)
    answer = wecom.call("POST", f"{_API}/add_product_album", json=body, idempotent=False)
    return str(answer["product_id"])


def update(
    wecom: WeCom,
    product_id: str,
    *,
    description: str | None = None,
    price_fen: int | None = None,
    media_ids: Sequence[str] | None = None,
) -> None:
    """Change what is given of an own product. Safe to repeat. Raises UnknownProduct, BreaksLimit."""
    body: dict[str, Any] = {"product_id": product_id}
    if description is not None:
        body["description"] = _description(description)
    if price_fen is not None:
        body["price"] = _price(price_fen)
    if media_ids is not None:
        body |= _pictures(media_ids)
    wecom.call("POST", f"{_API}/update_product_album", json=body, idempotent=True)


def delete(wecom: WeCom, product_id: str) -> None:
    """Delete an own product. Safe to repeat: UnknownProduct then means that it is gone."""
    wecom.call("POST", f"{_API}/delete_product_album", json={"product_id": product_id}, idempotent=True)


_API = "/cgi-bin/externalcontact"


def is_sn(text: str) -> bool:
    """Return whether the album takes `text` as a product_sn: letters and digits, 128 at most."""
    return 0 < len(text) <= 128 and text.isascii() and _SN.fullmatch(text) is not None


def _sn(text: str) -> str:
    if not is_sn(text):
        raise BreaksLimit("商品编码", 128, "个字母或数字")
    return in_bytes("商品编码", text, 128)


def _description(text: str) -> str:
    return in_characters("商品描述", required("商品描述", text), 300)


def _price(fen: int) -> int:
    if not 0 <= fen <= MOST_FEN:
        raise BreaksLimit("商品价格", MOST_FEN // 100, "元")
    return fen


def _pictures(media_ids: Sequence[str]) -> dict[str, Any]:
    if not media_ids:
        raise Missing("商品图片")
    at_most("商品图片", media_ids, MOST_PICTURES)
    return {"attachments": [{"type": "image", "image": {"media_id": each}} for each in media_ids]}


def _product(row: dict[str, Any]) -> AlbumProduct:
    pictures = (each.get("image") or {} for each in row.get("attachments") or ())
    return AlbumProduct(
        product_id=str(row.get("product_id") or ""),
        description=str(row.get("description") or ""),
        price_fen=int(row.get("price") or 0),
        product_sn=str(row.get("product_sn") or ""),
        media_ids=tuple(str(each["media_id"]) for each in pictures if each.get("media_id")),
        created_at=int(row.get("create_time") or 0),
    )
