"""What a product of the library says: goods with a code or without, sales links (CON-08, CON-10). Pure.

A link or a mini-program's page is a template: `{share_id}`, `{userid}` and `{external_userid}` are filled in
when the product is sent, so that an order leads back to who sent it.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from scrm.http.fields import In
from scrm.library.model import Shown

Type = Literal["standard", "nonstandard"]

LONGEST_LINK = 2048
"""In bytes, filled in: what WeCom takes as a link."""
PLACEHOLDERS: Mapping[str, int] = {"share_id": 32, "userid": 64 * 3, "external_userid": 64}
"""What a template may name, and how many bytes its longest value takes in an address (`@` takes three)."""

_BRACED = re.compile(r"\{([a-z_]+)\}")
_APPID = r"^wx[0-9a-f]{16}$"
_CODE = r"^[^\s#\x00-\x1f\x7f]{1,64}$"


def rendered(template: str, values: Mapping[str, str]) -> str:
    """Return a checked template filled in for one send; `values` by placeholder, encoded for an address here.

    Raises KeyError when the template names one that `values` does not have.
    """
    return _BRACED.sub(lambda found: quote(values[found[1]], safe=""), template)


def wrong_template(template: str) -> str:
    """Return what is wrong with a template, "" for nothing: unknown names, lone braces, too long."""
    unknown = sorted({name for name in _BRACED.findall(template) if name not in PLACEHOLDERS})
    if unknown:
        return f"不支持的变量 {{{unknown[0]}}}，可用 {{share_id}}、{{userid}}、{{external_userid}}"
    if set(_BRACED.sub("", template)) & {"{", "}"}:
        return "大括号不成对，或其中不是变量"
    if any(each.isspace() or not each.isprintable() for each in template):
        return "不能含有空格或换行"
    longest = _BRACED.sub(lambda found: "x" * PLACEHOLDERS[found[1]], template)
    if len(longest.encode()) > LONGEST_LINK:
        return f"填入变量后最多 {LONGEST_LINK} 字节"
    return ""


def _link(template: str) -> str:
    if wrong := wrong_template(template):
        raise ValueError(wrong)
    try:
        parts = urlsplit(template)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"} or "{" in parts.netloc:
        raise ValueError("应为以 http:// 或 https:// 开头的网址，域名中不能有变量")
    return template


def _page(template: str) -> str:
    if wrong := wrong_template(template):
        raise ValueError(wrong)
    path = template.partition("?")[0]
    if not path.endswith(".html") or "{" in path:
        raise ValueError("页面路径应以 .html 结尾，变量只能放在 ? 之后")
    return template


Link = Annotated[str, AfterValidator(_link), Field(examples=["https://shop.example.com/p/1?sid={share_id}"])]
Code = Annotated[str, Field(pattern=_CODE, examples=["P-199"])]
PageTemplate = Annotated[str, AfterValidator(_page), Field(examples=["pages/p.html?sid={share_id}"])]


class Miniprogram(In):
    """The mini-program that a product opens instead of a link."""

    appid: Annotated[str, Field(pattern=_APPID, examples=["wx0123456789abcdef"])]
    page: PageTemplate


class ProductContent(In):
    """A product. Standard goods 标品 have the code by which orders name them; others 非标 need none.

    `category` groups them in the sidebar, e.g. 理财, 保险, 网课. Cards cut the name to what WeCom takes.
    """

    type: Type
    code: Annotated[Code | None, Field(validate_default=True)] = None
    name: Annotated[str, Field(min_length=1, max_length=200)]
    category: Annotated[str, Field(max_length=32)] = ""
    price_fen: Annotated[int, Field(ge=0, le=10**13)] | None = None
    link: Link | None = None
    description: Annotated[str, Field(max_length=2000)] = ""
    cover_file_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")] | None = None
    miniprogram: Miniprogram | None = None

    @field_validator("code")
    @classmethod
    def _standard_goods_have_a_code(cls, code: str | None, told: ValidationInfo) -> str | None:
        if code is None and told.data.get("type") == "standard":
            raise ValueError("标品须填写商品编码")
        return code


def content_of(plain: Mapping[str, Any]) -> ProductContent:
    """Return a product from its plain values. Raises pydantic's ValidationError, which names the field."""
    return ProductContent.model_validate(plain)


def plain(content: ProductContent) -> dict[str, Any]:
    """Return a product as it is stored, without what is empty."""
    kept = content.model_dump(mode="json")
    return {name: each for name, each in kept.items() if each not in (None, "")}


def shown(content: ProductContent) -> Shown:
    """Return what lists and searches know of a product."""
    summary = {
        "type": content.type,
        "code": content.code,
        "category": content.category,
        "price_fen": content.price_fen,
        "cover_file_id": content.cover_file_id,
        "opens": "miniprogram" if content.miniprogram else "link" if content.link else None,
    }
    return Shown(
        title=content.name,
        words=" ".join(each for each in (content.code, content.category, content.description[:500]) if each),
        keywords=(content.category,) if content.category else (),
        summary={name: each for name, each in summary.items() if each not in (None, "")},
    )


def files(content: ProductContent) -> tuple[str, ...]:
    """Return the files a product uses."""
    return (content.cover_file_id,) if content.cover_file_id else ()
