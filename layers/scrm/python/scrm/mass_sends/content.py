"""What a step says as a message of WeCom's own: its parts with the variables filled in (spec 3.9). Pure.

Words become one text, all else attachments in their order; what a customer cannot be told is told of, never
sent half filled.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from scrm.wecom import attachments as wecom

TITLE_BYTES = 128
DESC_BYTES = 512
CARD_TITLE_BYTES = 64
TEXT_BYTES = 4000
_VARIABLE = re.compile(r"\{(customer|name|remark|staff|stage|product|brand|days|field\.[0-9A-Za-z_]{1,64})\}")
_WORDED = ("text", "title", "subtitle", "description")
_OF_FILES = ("image", "video", "file")


class Incomplete(Exception):
    """A variable has nothing to be filled with, or what comes of it is too long: nothing may be sent."""


class NotReady(Exception):
    """Files have no media id that holds: they are being uploaded. `files` are those."""

    def __init__(self, files: Iterable[str]) -> None:
        super().__init__()
        self.files = tuple(dict.fromkeys(files))


@dataclass(frozen=True)
class Files:
    """Media ids and public addresses by file; a file that has none is in none."""

    media: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Content:
    """A message: its words, and attachments in WeCom's shape."""

    text: str = ""
    attachments: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to say."""
        return not self.text and not self.attachments

    @property
    def digest(self) -> str:
        """Return what tells one content from another."""
        told = json.dumps([self.text, list(self.attachments)], ensure_ascii=False, sort_keys=True)
        return sha256(told.encode()).hexdigest()[:16]


def variables_in(parts: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Return the names of the variables that the parts of a step use."""
    texts = (str(content.get(name) or "") for _, content in _pieces(parts) for name in _WORDED)
    return frozenset(name for text in texts for name in _VARIABLE.findall(text))


def files_in(parts: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the files that the parts of a step show."""
    found = (content.get(name) for _, content in _pieces(parts) for name in ("file_id", "cover_file_id"))
    return tuple(dict.fromkeys(str(each) for each in found if each))


def content_of(parts: Iterable[Mapping[str, Any]], values: Mapping[str, str], files: Files) -> Content:
    """Return the message for one customer; the same values give the same.

    Raises NotReady for files without a media id, Incomplete for a variable without a value.
    """
    texts: list[str] = []
    attached: list[Mapping[str, Any]] = []
    cold: list[str] = []
    for kind, content in _pieces(parts):
        made = _Maker(content, values, files, cold).made(kind)
        if isinstance(made, str):
            texts.append(made)
        elif made:
            attached.append(made)
    if cold:
        raise NotReady(cold)
    text = "\n".join(filter(None, texts))
    if len(text.encode()) > TEXT_BYTES or len(attached) > wecom.MOST:
        raise Incomplete
    return Content(text, tuple(attached))


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its variables filled in. Raises Incomplete where one has no value."""

    def value(found: re.Match[str]) -> str:
        known = values.get(found[1], "")
        if not known:
            raise Incomplete
        return known

    return _VARIABLE.sub(value, text)


def cut(text: str, most: int) -> str:
    """Return as much of a text as `most` bytes hold, in whole characters."""
    return text.encode()[:most].decode(errors="ignore")


def _pieces(parts: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield kind and content of each part; what a part names is in it (docs/decisions/0023)."""
    for part in parts:
        kind = str(part["kind"])
        if kind == "material":
            yield str(part["content"]["kind"]), part["content"]
        else:
            yield kind, part["content"] if kind == "product" else part


class _Maker:
    """Makes one part's words or attachment, and notes files that are not ready."""

    def __init__(
        self, content: Mapping[str, Any], values: Mapping[str, str], files: Files, cold: list[str]
    ) -> None:
        self._content, self._values, self._files, self._cold = content, values, files, cold

    def made(self, kind: str) -> str | Mapping[str, Any] | None:
        if kind == "text":
            return self._filled("text")
        if kind in _OF_FILES:
            media = self._media(self._content["file_id"])
            made = {"image": lambda: wecom.image(media_id=media), "video": lambda: wecom.video(media)}
            return made.get(kind, lambda: wecom.file(media))() if media else None
        if kind == "h5":
            return self._link(self._filled("title"), self._content["url"], self._filled("subtitle"))
        if kind == "miniprogram":
            return self._card(self._filled("title"), self._content["appid"], self._content["page"])
        return self._product()

    def _product(self) -> str | Mapping[str, Any] | None:
        """Return a card where the product has what cards need, else words."""
        name, cover = str(self._content["name"]), self._content.get("cover_file_id")
        opened, link = self._content.get("miniprogram"), _plain_address(self._content.get("link"))
        if opened and cover and (page := _plain_address(opened["page"])):
            return self._card(name, opened["appid"], page)
        if link and cover:
            return self._link(name, link, self._filled("description"))
        lines = [name, self._filled("description"), link]
        return "\n".join(filter(None, lines))

    def _link(self, title: str, url: str, desc: str) -> Mapping[str, Any]:
        picture = self._files.pictures.get(self._content.get("cover_file_id") or "", "")
        return wecom.link(cut(title, TITLE_BYTES), url, description=cut(desc, DESC_BYTES), picture=picture)

    def _card(self, title: str, appid: str, page: str) -> Mapping[str, Any] | None:
        media = self._media(self._content["cover_file_id"])
        return wecom.mini_program(cut(title, CARD_TITLE_BYTES), appid, page, media) if media else None

    def _media(self, file_id: str) -> str:
        found = self._files.media.get(file_id, "")
        if not found:
            self._cold.append(file_id)
        return found

    def _filled(self, name: str) -> str:
        return filled(str(self._content.get(name) or ""), self._values)


def _plain_address(template: str | None) -> str:
    """Return an address without the query that names who sent it to whom: one message goes to many."""
    address = template or ""
    return address if "{" not in address else address.partition("?")[0].partition("{")[0]
