"""Which item of the library a product's code stands for: the first that was published with it (INT-07)."""

from datetime import datetime

from scrm.http import problems
from scrm.library import dynamodb as library
from scrm.products import dynamodb as products


def claim_code(code: str, item_id: str, name: str, price_fen: int | None, now: datetime) -> bool:
    """Let a code stand for an item; return whether it does. A deleted one makes room. Safe to repeat."""
    if products.claim(code, item_id, name, price_fen, now):
        return True
    known = products.product(code)
    if known and known.item_id:
        if _holder(known.item_id):
            return False
        products.release(code, known.item_id)
    return products.claim(code, item_id, name, price_fen, now)


def refuse_taken(code: str | None, item_id: str) -> None:
    """Raise a 422 problem when a code stands for another item of the library. 2 RRU at most."""
    known = products.product(code) if code else None
    if known and known.item_id not in {"", item_id} and (title := _holder(known.item_id)):
        raise problems.invalid_field("code", f"商品「{title}」已使用这个编码")


def _holder(item_id: str) -> str:
    """Return what an item that has a code is called, "" where it was deleted."""
    item = library.item("product", item_id)
    return "" if item is None or item.status == "deleted" else (item.live or item.draft).title or item_id
