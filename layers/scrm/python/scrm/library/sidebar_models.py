"""What the sidebar's routes of the libraries take and answer."""

from typing import Annotated, Any, Literal

from pydantic import Field

from scrm.http.fields import Limit, Moment, Out, PageQuery

ItemId = Annotated[str, Field(min_length=1, max_length=64)]


class ItemsQuery(PageQuery):
    """Which items are asked for, all by default.

    `group_id`: of that group and those below. `q`: words and pinyin initials, each has to be found. `stage`,
    or that of the customer `external_userid`: what is recommended for it comes first.
    """

    group_id: ItemId | None = None
    q: Annotated[str, Field(max_length=64)] | None = None
    stage: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    external_userid: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    pinned: bool = False
    recent: bool = False
    limit: Limit = 50


class MaterialsQuery(ItemsQuery):
    """The same, and of one kind of material."""

    kind: Literal["text", "image", "video", "file", "h5", "miniprogram"] | None = None


class ProductsQuery(ItemsQuery):
    """The same, and of one category, of standard or other goods."""

    category: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    type: Literal["standard", "nonstandard"] | None = None


class ItemOut(Out):
    """One item as a list shows it. `usage` is how often it was sent, some minutes ago."""

    item_id: str
    title: str
    group_id: str
    keywords: list[str]
    usage: int
    pinned: bool
    number: int
    published_at: Moment | None


class ScriptOut(ItemOut):
    """A script 话术: the kinds of its parts in order, and how its first text begins."""

    stages: list[str]
    recommended: bool
    kinds: list[str] = Field(default=[])
    text: str = ""


class MaterialOut(ItemOut):
    """A material 素材. `subtitle` and `url` are those of a card; `picture` is the address of its picture."""

    kind: str = ""
    text: str = ""
    subtitle: str = ""
    url: str = ""
    picture: str | None = None


class ProductOut(ItemOut):
    """A product 商品; `opens` is what a customer is sent: a link, a mini-program, or null.

    `picture` is the address of its cover.
    """

    type: str = ""
    code: str | None = None
    category: str | None = None
    price_fen: int | None = None
    opens: str | None = None
    picture: str | None = None


class ArticleOut(ItemOut):
    """An article of the knowledge base 知识库, and how it begins."""

    text: str = ""


class ScriptDetailOut(ScriptOut):
    """A script with its parts as they were published."""

    content: dict[str, Any]


class MaterialDetailOut(MaterialOut):
    """A material as it was published."""

    content: dict[str, Any]


class ProductDetailOut(ProductOut):
    """A product as it was published."""

    content: dict[str, Any]


class ArticleDetailOut(ArticleOut):
    """An article as it was published."""

    content: dict[str, Any]


class GroupOut(Out):
    """One group that holds something for the caller; `parent_id` "": at the top.

    `count` is how many items, those of groups below too.
    """

    group_id: str
    name: str
    parent_id: str
    count: int


class GroupsOut(Out):
    """The groups as a tree is read, each before those below it; `total` counts what is in no group too."""

    items: list[GroupOut]
    total: int


class CategoryOut(Out):
    """One category of products that the caller may see, and how many there are."""

    category: str
    count: int


class CategoriesOut(Out):
    """The categories by name."""

    items: list[CategoryOut]
