"""How each of the four libraries stands in the sidebar. Pure."""

from dataclasses import dataclass
from typing import Any

from scrm.http.fields import Page
from scrm.library import sidebar_models as models
from scrm.library.model import Kind


@dataclass(frozen=True)
class Shelf:
    """How one library is served: its routes, what they take and answer.

    `narrowed` are the fields of a list by which it may be narrowed.
    """

    kind: Kind
    root: str
    groups: str
    out: type[models.ItemOut]
    page: Any
    detail: type[models.ItemOut]
    query: type[models.ItemsQuery] = models.ItemsQuery
    narrowed: tuple[str, ...] = ()


SHELVES = (
    Shelf(
        "script",
        "scripts",
        "script-groups",
        models.ScriptOut,
        Page[models.ScriptOut],
        models.ScriptDetailOut,
    ),
    Shelf(
        "material",
        "materials",
        "material-groups",
        models.MaterialOut,
        Page[models.MaterialOut],
        models.MaterialDetailOut,
        models.MaterialsQuery,
        ("kind",),
    ),
    Shelf(
        "product",
        "products",
        "product-groups",
        models.ProductOut,
        Page[models.ProductOut],
        models.ProductDetailOut,
        models.ProductsQuery,
        ("category", "type"),
    ),
    Shelf(
        "article",
        "knowledge",
        "knowledge-groups",
        models.ArticleOut,
        Page[models.ArticleOut],
        models.ArticleDetailOut,
    ),
)
