"""WeCom's product album as a system that has products: those with a product_sn, which is our code."""

from scrm.products.adapters import Page, Told, Unread
from scrm.wecom import products as album
from scrm.wecom.client import WeCom
from scrm.wecom.products import AlbumProduct

LONGEST_CODE = 64
LONGEST_NAME = 200


class Album:
    """The album of this corp. A product's description begins with its name, on a line of its own."""

    def __init__(self, wecom: WeCom) -> None:
        self._wecom = wecom

    def pull(self, cursor: str = "") -> Page:
        """Return a page of up to 100 products. Raises CursorExpired, and what a call to WeCom raises."""
        found, after = album.products(self._wecom, cursor)
        return Page(tuple(_told(each) for each in found), after)


def _told(product: AlbumProduct) -> Told | Unread:
    if not product.product_sn:
        return Unread(product.product_id, {"product_sn": "没有商品编码"})
    if len(product.product_sn) > LONGEST_CODE:
        return Unread(product.product_id, {"product_sn": f"商品编码超过 {LONGEST_CODE} 个字符"})
    name, _, rest = product.description.strip().partition("\n")
    fields = {
        "name": name.strip()[:LONGEST_NAME],
        "description": rest.strip() or None,
        "price_fen": product.price_fen,
    }
    return Told(product.product_sn, fields)
