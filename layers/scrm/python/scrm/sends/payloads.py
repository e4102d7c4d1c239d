"""What the JS-SDK's sendChatMessage is given, exactly, for each kind of content. Pure (CON-02 to 05, 13).

The limits are those of the SDK in bytes. `text` holds `content`; `image`, `video` and `file` hold `mediaid`;
`news` holds `link`, `title`, `desc`, `imgUrl`; `miniprogram` holds `appid`, `title`, `imgUrl`, `page`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from scrm.products.content import rendered, wrong_template
from scrm.sends.variables import filled

TEXT_BYTES = 4000
TITLE_BYTES = 128
DESC_BYTES = 512
CARD_TITLE_BYTES = 64
LINK_BYTES = 2048

Payload = dict[str, Any]


@dataclass(frozen=True)
class Piece:
    """One part of an item, as published. `place` names it in answers, e.g. parts.2; "" of a lone one."""

    kind: str
    content: Mapping[str, Any]
    place: str = ""

    @property
    def name(self) -> str:
        """Return what staff know it by, "" for words of a script."""
        return str(self.content.get("name") or self.content.get("title") or "")

    @property
    def picture(self) -> str | None:
        """Return the file of the picture that it shows, itself or its cover."""
        return self.content.get("file_id" if self.kind == "image" else "cover_file_id")


@dataclass(frozen=True)
class Means:
    """What payloads are made with: variables, what templates name, media ids and pictures by file.

    `short` returns the address by which a target is opened.
    """

    values: Mapping[str, str]
    names: Mapping[str, str]
    media: Mapping[str, str]
    pictures: Mapping[str, str]
    short: Callable[[str], str]


@dataclass(frozen=True)
class Fault:
    """Why a part cannot be sent; `field` is the part, and the variable if one is at fault."""

    field: str
    message: str


@dataclass
class Made:
    """What became of the parts: each with its payload, None where it cannot be sent.

    `cold` files have no media id.
    """

    parts: list[tuple[Piece, Payload | None]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    cold: list[str] = field(default_factory=list)

    @property
    def payloads(self) -> list[Payload]:
        """Return the payloads of the parts that can be sent, in order."""
        return [payload for _, payload in self.parts if payload]


def made(pieces: list[Piece], means: Means) -> Made:
    """Return the payloads of an item's parts, in order, and everything that is in their way."""
    found = Made()
    for piece in pieces:
        found.parts.append((piece, _Maker(piece, means, found).payload()))
    return found


def cut(text: str, most: int) -> str:
    """Return as much of a text as `most` bytes hold, in whole characters."""
    return text.encode()[:most].decode(errors="ignore")


def price_text(fen: int) -> str:
    """Return a price as customers read it."""
    return f"¥{fen // 100}.{fen % 100:02d}"


class _Maker:
    """Makes one part's payload, and notes what is in its way."""

    def __init__(self, piece: Piece, means: Means, found: Made) -> None:
        self._piece, self._content, self._means, self._found = piece, piece.content, means, found

    def payload(self) -> Payload | None:
        """Return the arguments of sendChatMessage, None where the part cannot be sent."""
        before = len(self._found.faults), len(self._found.cold)
        kind = self._piece.kind
        if kind in {"image", "video", "file"}:
            payload = {"msgtype": kind, kind: {"mediaid": self._media(self._content["file_id"])}}
        else:
            payload = {
                "text": self._text,
                "h5": self._h5,
                "miniprogram": self._card,
                "product": self._product,
            }[kind]()
        return None if (len(self._found.faults), len(self._found.cold)) != before else payload

    def _text(self) -> Payload:
        return _text_of(self._filled("text", TEXT_BYTES))

    def _h5(self) -> Payload:
        desc = self._filled("subtitle", DESC_BYTES)
        title, picture = self._filled("title", TITLE_BYTES), self._picture(self._content["cover_file_id"])
        return self._news(self._content["url"], title, desc, picture)

    def _card(self) -> Payload:
        return _miniprogram(
            self._content["appid"],
            self._filled("title", CARD_TITLE_BYTES),
            self._picture(self._content["cover_file_id"]),
            self._rendered(self._content["page"]),
        )

    def _product(self) -> Payload:
        """Return a card where the product has what cards need, else words: no card goes without a picture."""
        opened, link = self._content.get("miniprogram"), self._content.get("link")
        cover, name = self._content.get("cover_file_id"), self._content["name"]
        if opened and cover:
            title, page = cut(name, CARD_TITLE_BYTES), self._rendered(opened["page"])
            return _miniprogram(opened["appid"], title, self._picture(cover), page)
        if opened:
            self._fault("cover_file_id", "小程序卡片需要封面图")
        price = self._content.get("price_fen")
        worth = price_text(price) if price is not None else ""
        about = self._filled("description", 10_000)
        if link and cover:
            desc = cut(about or worth, DESC_BYTES)
            return self._news(link, cut(name, TITLE_BYTES), desc, self._picture(cover))
        lines = [f"{name} {worth}".strip(), about]
        address = [self._means.short(self._target(link))] if link else []
        room = TEXT_BYTES - sum(len(each.encode()) + 1 for each in address)
        return _text_of("\n".join([cut("\n".join(filter(None, lines)), room), *address]))

    def _news(self, target: str, title: str, desc: str, picture: str) -> Payload:
        link = self._means.short(self._target(target))
        return {"msgtype": "news", "news": {"link": link, "title": title, "desc": desc, "imgUrl": picture}}

    def _filled(self, name: str, most: int) -> str:
        text, missing = filled(self._content.get(name) or "", self._means.values)
        for each in missing:
            self._fault(each, f"变量 {{{each}}} 没有可填的内容")
        if len(text.encode()) > most:
            self._fault(name, f"填入变量后最多 {most} 字节")
        return text

    def _target(self, template: str) -> str:
        target = self._rendered(template)
        if urlsplit(target).scheme not in {"http", "https"} or len(target.encode()) > LINK_BYTES:
            self._fault("link", "链接应以 http:// 或 https:// 开头，且填入变量后不能过长")
        return target

    def _rendered(self, template: str) -> str:
        """Return an address filled in where it is a template, else as it is."""
        return template if wrong_template(template) else rendered(template, self._means.names)

    def _media(self, file_id: str) -> str:
        found = self._means.media.get(file_id, "")
        if not found:
            self._found.cold.append(file_id)
        return found

    def _picture(self, file_id: str) -> str:
        found = self._means.pictures.get(file_id, "")
        if not found:
            self._fault("cover_file_id", "封面图不可用")
        return found

    def _fault(self, name: str, message: str) -> None:
        self._found.faults.append(Fault(".".join(filter(None, (self._piece.place, name))), message))


def _text_of(content: str) -> Payload:
    return {"msgtype": "text", "text": {"content": content}}


def _miniprogram(appid: str, title: str, picture: str, page: str) -> Payload:
    card = {"appid": appid, "title": title, "imgUrl": picture, "page": page}
    return {"msgtype": "miniprogram", "miniprogram": card}


def files_of(pieces: list[Piece]) -> tuple[list[str], list[str]]:
    """Return the files whose media ids, and the files whose picture addresses, the parts need."""
    media = [each.content["file_id"] for each in pieces if each.kind in {"image", "video", "file"}]
    covers = [cover for each in pieces if (cover := each.content.get("cover_file_id"))]
    return list(dict.fromkeys(media)), list(dict.fromkeys(covers))
