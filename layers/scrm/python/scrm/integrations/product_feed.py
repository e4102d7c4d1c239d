"""Products as another system tells them, one item of the library for each (CON-09, INT-07)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from scrm.integrations.models import RowError
from scrm.integrations.order_models import ProductIn, ProductRowOut, ProductsOut
from scrm.integrations.rows import judged
from scrm.products.adapters.feed import Feed
from scrm.products.upserting import upsert_all


def take_in_products(rows: Sequence[Any], source: str, now: datetime) -> ProductsOut:
    """Record products; return what became of each. Safe to repeat, in any order. `source` tells them."""
    page = Feed(rows, partial(_judge, now)).pull()
    results = [
        ProductRowOut(
            code=each.code,
            status=each.status,
            errors=[RowError(field=name, message=message) for name, message in each.errors.items()],
        )
        for each in upsert_all(page.products, f"key:{source}", now)
    ]
    return ProductsOut(recorded=sum(each.status == "recorded" for each in results), results=results)


def _judge(now: datetime, row: Any) -> tuple[Mapping[str, Any] | None, Mapping[str, str]]:
    """Return what a row says, or what is wrong with it, by field."""
    found = judged(ProductIn, row, now)
    if isinstance(found, list):
        return None, {each.field: each.message for each in found}
    return found.model_dump(include=found.model_fields_set | {"code", "version"}), {}
