"""Which item of the library a product's code stands for: the first that was published with it (INT-07)."""

from datetime import datetime

from scrm.library import dynamodb as library
from scrm.products import dynamodb as products


def claim_code(code: str, item_id: str, name: str, price_fen: int | None, now: datetime) -> bool:
    """Let a code stand for an item; return whether it does. A deleted one makes room. Safe to repeat."""
    if products.claim(code, item_id, name, price_fen, now):
        return True
    holder = products.product(code)
    if holder is None or not holder.item_id:
        return products.claim(code, item_id, name, price_fen, now)
    known = library.item("product", holder.item_id)
    if known is not None and known.status != "deleted":
        return False
    products.release(code, holder.item_id)
    return products.claim(code, item_id, name, price_fen, now)
