"""What a material 素材 is made of: six kinds, each within WeCom's own limits (spec CON-02 to 04). Pure.

Where WeCom counts bytes, bytes are counted. Sources: the JS-SDK's sendChatMessage, WeCom documents 92599 and
92135.

`Part` is a content as a script holds it in line, `Material` the same with the name that staff find it by.
Both are declared in request bodies, and stored as plain JSON (`plain`, `read`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, Discriminator, Field, Tag, TypeAdapter

from scrm.http.fields import In
from scrm.library.model import Shown

Kind = Literal["text", "image", "video", "file", "h5", "miniprogram"]
KINDS: tuple[Kind, ...] = get_args(Kind)
FileKind = Literal["image", "video", "file"]

TEXT_BYTES = 4000
TITLE_BYTES = 128
SUBTITLE_BYTES = 512
URL_BYTES = 2048
CARD_TITLE_BYTES = 64
PAGE_BYTES = 1024
NAME_CHARACTERS = 100


def in_bytes(limit: int) -> AfterValidator:
    """Return the check that a text has at most `limit` bytes in UTF-8."""

    def check(text: str) -> str:
        if len(text.encode("utf-8", "surrogatepass")) > limit:
            raise ValueError(f"最多 {limit} 字节")
        return text

    return AfterValidator(check)


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        named = False
    if not named or parts.scheme not in {"http", "https"} or not text.isprintable() or " " in text:
        raise ValueError("应以 http:// 或 https:// 开头的完整网址")
    return text


def _page(text: str) -> str:
    path = text.partition("?")[0]
    if not path.endswith(".html") or not text.isprintable() or " " in text or "#" in path:
        raise ValueError("小程序页面路径应以 .html 结尾，参数写在 ? 之后")
    return text


Filled = Field(min_length=1)
FileId = Annotated[str, Field(pattern=r"^fi_[0-9a-f]{20}$", examples=["fi_0a1b2c3d4e5f60718293"])]
Url = Annotated[str, Filled, in_bytes(URL_BYTES), AfterValidator(_address)]
AppId = Annotated[str, Field(pattern=r"^wx[0-9a-f]{16}$", examples=["wx0123456789abcdef"])]
Page = Annotated[str, Filled, in_bytes(PAGE_BYTES), AfterValidator(_page)]
Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARACTERS)]


class Text(In):
    """Words."""

    kind: Literal["text"]
    text: Annotated[str, Filled, in_bytes(TEXT_BYTES)]


class Image(In):
    """A picture."""

    kind: Literal["image"]
    file_id: FileId


class Video(In):
    """A video."""

    kind: Literal["video"]
    file_id: FileId


class Document(In):
    """A file."""

    kind: Literal["file"]
    file_id: FileId


class H5(In):
    """A card that leads to a page (CON-03)."""

    kind: Literal["h5"]
    title: Annotated[str, Filled, in_bytes(TITLE_BYTES)]
    subtitle: Annotated[str, in_bytes(SUBTITLE_BYTES)] = ""
    url: Url
    cover_file_id: FileId


class MiniProgram(In):
    """A card that opens a page of a mini program bound to the corp (CON-04)."""

    kind: Literal["miniprogram"]
    title: Annotated[str, Filled, in_bytes(CARD_TITLE_BYTES)]
    appid: AppId
    page: Page
    cover_file_id: FileId


class NamedText(Text):
    """Words, as a material."""

    name: Name


class NamedImage(Image):
    """A picture, as a material."""

    name: Name


class NamedVideo(Video):
    """A video, as a material."""

    name: Name


class NamedDocument(Document):
    """A file, as a material."""

    name: Name


class NamedH5(H5):
    """A card that leads to a page, as a material."""

    name: Name


class NamedMiniProgram(MiniProgram):
    """A card of a mini program, as a material."""

    name: Name


def kind_tag(given: Any) -> str | None:
    """Return the tag of what is given by its `kind`; error messages leave it out of the field's name."""
    kind = given.get("kind") if isinstance(given, Mapping) else getattr(given, "kind", None)
    return f"form-{kind}" if isinstance(kind, str) else None


def by_kind(kinds: tuple[str, ...]) -> Discriminator:
    """Return what tells contents apart by `kind`, and names that field where it is none of `kinds`."""
    return Discriminator(
        kind_tag,
        custom_error_type="kind_unknown",
        custom_error_message="unknown kind",
        custom_error_context={"field": "kind", "expected": "、".join(kinds)},
    )


Part = Annotated[
    Annotated[Text, Tag("form-text")]
    | Annotated[Image, Tag("form-image")]
    | Annotated[Video, Tag("form-video")]
    | Annotated[Document, Tag("form-file")]
    | Annotated[H5, Tag("form-h5")]
    | Annotated[MiniProgram, Tag("form-miniprogram")],
    by_kind(KINDS),
]
"""One content without a name of its own."""

Material = Annotated[
    Annotated[NamedText, Tag("form-text")]
    | Annotated[NamedImage, Tag("form-image")]
    | Annotated[NamedVideo, Tag("form-video")]
    | Annotated[NamedDocument, Tag("form-file")]
    | Annotated[NamedH5, Tag("form-h5")]
    | Annotated[NamedMiniProgram, Tag("form-miniprogram")],
    by_kind(KINDS),
]
"""One material with its name."""


@cache
def _material() -> TypeAdapter[Any]:
    return TypeAdapter(Material)


def read(stored: Mapping[str, Any]) -> Any:
    """Return a material from its plain form. Raises pydantic's ValidationError."""
    return _material().validate_python(dict(stored))


def plain(content: In) -> dict[str, Any]:
    """Return a content in the form it is stored in."""
    return content.model_dump(mode="json")


def shown(material: Any) -> Shown:
    """Return what lists and searches know of a material; its initials are put in by who stores it."""
    texts = ("text", "title", "subtitle", "url", "appid", "page")
    words = [getattr(material, name, "") for name in texts]
    listed = ("kind", "title", "subtitle", "url", "file_id", "cover_file_id")
    summary = {name: value for name in listed if (value := getattr(material, name, ""))}
    if material.kind == "text":
        summary["text"] = material.text[:NAME_CHARACTERS]
    return Shown(material.name, words=" ".join(filter(None, words)), summary=summary)


@dataclass(frozen=True)
class FileUse:
    """A content's `field` names a file, which has to be of a kind."""

    field: str
    file_id: str
    kind: FileKind


def file_uses(content: Any) -> tuple[FileUse, ...]:
    """Return which files a content uses, and as what."""
    if content.kind in {"h5", "miniprogram"}:
        return (FileUse("cover_file_id", content.cover_file_id, "image"),)
    return (FileUse("file_id", content.file_id, content.kind),) if content.kind != "text" else ()


def files(content: Any) -> tuple[str, ...]:
    """Return the ids of the files a content uses."""
    return tuple(dict.fromkeys(each.file_id for each in file_uses(content)))
