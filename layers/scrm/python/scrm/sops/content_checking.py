"""What a step may send, by its mode, within what WeCom takes (spec 3.9, CON-02 to 05). Pure.

Parts are plain: as they are written, or as published with what they name in `content` (decision 0023).
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from scrm.http.problems import FieldError
from scrm.sends.variables import NAMES
from scrm.sops.model import Mode, Version

Parts = Sequence[Mapping[str, Any]]

TEXT_BYTES = 4000
MOMENT_CHARACTERS = 2000
MOST_ATTACHMENTS = 9
MOST_SHOWN = 9
"""So many parts at most are sent by hand, as those of a script."""
VARIABLES = (*sorted(NAMES), "brand", "days", "name")
SPEAKING = frozenset({"call"})
"""Modes that need no content: what is said is up to the member."""
SENT_BY_WECOM: frozenset[Mode] = frozenset({"mass", "mass_group", "welcome"})

SHARED: frozenset[Mode] = frozenset({"mass_group", "moment"})
"""Modes by which many read the same."""

_BRACED = re.compile(r"\{([a-z_]+(?:\.[^{}]*)?)\}")


def wrong_contents(
    version: Version, contents: Mapping[str, Parts], fields: Collection[str], *, complete: bool
) -> list[FieldError]:
    """Return what is wrong with what the steps of a version send; `complete`: each has to send something.

    `fields` are the keys of the customers' fields that there are.
    """
    found: list[FieldError] = []
    for place, step in enumerate(version.steps):
        parts, at = contents.get(step.key, ()), f"steps.{place}.parts"
        if complete and not parts and step.mode not in SPEAKING:
            found.append(FieldError(at, "请填写这一步的内容"))
        found += wrong_parts(step.mode, parts, fields, at)
    return found


def wrong_parts(mode: Mode, parts: Parts, fields: Collection[str], at: str) -> list[FieldError]:
    """Return what is wrong with what one step sends."""
    found = [
        FieldError(f"{at}.{place}", message)
        for place, part in enumerate(parts)
        for message in _unknown(_texts(part), fields)
    ]
    if mode in SHARED:
        found += [FieldError(at, f"发给所有人的内容不能有 {{{name}}}") for name in _personal(parts)]
    if mode in SENT_BY_WECOM:
        return found + list(_of_message(parts, at))
    if mode == "moment":
        return found + list(_of_moment(parts, at))
    if len(parts) > MOST_SHOWN:
        found.append(FieldError(at, f"最多 {MOST_SHOWN} 项"))
    return found


def _personal(parts: Parts) -> list[str]:
    """Return the variables in contents that many read alike: of them only the brand has one value."""
    named = (name for part in parts for text in _texts(part) for name in _BRACED.findall(text))
    return [each for each in dict.fromkeys(named) if each != "brand"]


def kind_of(part: Mapping[str, Any]) -> str:
    """Return what a part is sent as: "" for a material that has not been looked up yet."""
    if part["kind"] == "material":
        return str(part.get("content", {}).get("kind", ""))
    if part["kind"] == "product":
        return _product_kind(part.get("content"))
    return str(part["kind"])


def _product_kind(content: Mapping[str, Any] | None) -> str:
    if content is None:
        return ""
    if content.get("miniprogram"):
        return "miniprogram"
    return "h5" if content.get("link") and content.get("cover_file_id") else "text"


def _of_message(parts: Parts, at: str) -> Iterator[FieldError]:
    # Several become one text, a line each.
    texts = [str(_body(each).get("text", "")) for each in parts if kind_of(each) == "text"]
    if len("\n".join(texts).encode()) > TEXT_BYTES:
        yield FieldError(at, f"文字合计最多 {TEXT_BYTES} 字节")
    if sum(1 for each in parts if kind_of(each) not in {"", "text"}) > MOST_ATTACHMENTS:
        yield FieldError(at, f"文字之外最多 {MOST_ATTACHMENTS} 个附件")


def _of_moment(parts: Parts, at: str) -> Iterator[FieldError]:
    kinds = [kind for each in parts if (kind := kind_of(each))]
    attached = [each for each in kinds if each != "text"]
    texts = [str(_body(each).get("text", "")) for each in parts if kind_of(each) == "text"]
    if len(texts) > 1:
        yield FieldError(at, "朋友圈只能有一段文字")
    if any(len(each) > MOMENT_CHARACTERS for each in texts):
        yield FieldError(at, f"朋友圈的文字最多 {MOMENT_CHARACTERS} 个字符")
    if wrong := set(attached) - {"image", "video", "h5"}:
        yield FieldError(at, f"朋友圈不能发 {'、'.join(sorted(wrong))}")
    elif len(set(attached)) > 1 or (attached and attached[0] != "image" and len(attached) > 1):
        yield FieldError(at, "朋友圈可发最多 9 张图片，或一个视频，或一个链接")
    elif len(attached) > MOST_ATTACHMENTS:
        yield FieldError(at, f"最多 {MOST_ATTACHMENTS} 张图片")


def _unknown(texts: Iterable[str], fields: Collection[str]) -> Iterator[str]:
    """Yield what to say of each variable that nothing fills: it would be sent as it stands."""
    for name in dict.fromkeys(found for text in texts for found in _BRACED.findall(text)):
        kind, _, key = name.partition(".")
        if kind == "field" and key:
            if key not in fields:
                yield f"变量 {{{name}}} 对应的客户字段不存在，或不能写进消息"
        elif name not in VARIABLES:
            yield f"没有变量 {{{name}}}，可用 {'、'.join(VARIABLES)}、field.字段"


def _texts(part: Mapping[str, Any]) -> list[str]:
    return [str(part.get(name) or "") for name in ("text", "title", "subtitle")]


def _body(part: Mapping[str, Any]) -> Mapping[str, Any]:
    content: Mapping[str, Any] = part.get("content") or part
    return content
