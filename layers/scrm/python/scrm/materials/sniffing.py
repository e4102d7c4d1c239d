"""What a file really is, told from its bytes and not from its name or what was claimed (spec CON-02). Pure.

A picture is walked from its first byte to its end: what follows (another file hidden behind it) is cut off,
what never ends was truncated. A video has whole boxes from the first to the last byte.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_SIDE = 10_800
"""Pixels, WeCom document 95098."""
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_END_OF_IMAGE = b"\xff\xd9"
_PROGRAMS: tuple[tuple[bytes, str], ...] = (
    (b"MZ", "Windows 程序"),
    (b"\x7fELF", "Linux 程序"),
    (b"\xfe\xed\xfa", "macOS 程序"),
    (b"\xce\xfa\xed\xfe", "macOS 程序"),
    (b"\xcf\xfa\xed\xfe", "macOS 程序"),
    (b"\xca\xfe\xba\xbe", "程序"),
    (b"dex\n", "安卓程序"),
    (b"#!", "脚本"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "快捷方式"),
)
_PROGRAM_ENDINGS = re.compile(
    r"aab|apk|app|application|appx|bat|chm|cmd|com|command|cpl|deb|dll|dmg|exe|gadget|hap|hta|html?|ipa|iso|jar|"
    r"jnlp|jse?|lnk|mht|mhtml|ms[cipu]|msix|pif|pkg|ps[12]|psm1|reg|rpm|run|scf|scr|sct|sh|shtml|svgz?|sys|url|"
    r"vb|vbe|vbs|vhd|ws|wsc|wsf|wsh|xapk|xht|xhtml|xll"
)
_RENAMED_BY_WECHAT = re.compile(r"(apk)\.[0-9]+$", re.IGNORECASE)
"""WeChat calls a program for Android a.apk.1; taking the number off makes it one again."""
_MOST_BRANDS = 64
_VIDEO_BRANDS = frozenset(
    (
        b"isom",
        b"iso2",
        b"iso4",
        b"iso5",
        b"iso6",
        b"mp41",
        b"mp42",
        b"avc1",
        b"M4V ",
        b"MSNV",
        b"dash",
        b"mmp4",
    )
)


class Unfit(ValueError):
    """What arrived may not be sent as this kind of file; `field` is what of it is wrong.

    `str` of it is a Chinese sentence.
    """

    def __init__(self, field: str, told: str) -> None:
        super().__init__(told)
        self.field = field


@dataclass(frozen=True)
class Picture:
    """A picture: its type, its size in pixels, and how many of the bytes are the picture."""

    content_type: str
    width: int
    height: int
    length: int


def ending_of(name: str) -> str:
    """Return the ending of a file's name in lower case, without the dot."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def refuse_programs(name: str, content: bytes) -> None:
    """Raise Unfit for what could run on a customer's device, by its name or its first bytes."""
    plain = _RENAMED_BY_WECHAT.sub(r"\1", name.rstrip(". "))
    if _PROGRAM_ENDINGS.fullmatch(ending_of(plain)):
        raise Unfit("name", "不能发送程序、脚本或网页文件")
    for start, what in _PROGRAMS:
        if content.startswith(start):
            raise Unfit("type", f"文件内容是{what}，不能发送")


def picture(content: bytes) -> Picture:
    """Return what a JPEG or PNG is. Raises Unfit for anything else, a truncated one included."""
    if content.startswith(_PNG):
        found = _png(content)
    elif content.startswith(_JPEG):
        found = _jpeg(content)
    else:
        raise Unfit("type", "不是 JPG 或 PNG 图片")
    if not 0 < found.width <= LONGEST_SIDE or not 0 < found.height <= LONGEST_SIDE:
        raise Unfit("size", f"图片的边长应为 1 到 {LONGEST_SIDE} 像素")
    return found


def refuse_no_video(content: bytes) -> None:
    """Raise Unfit for what is no whole MP4."""
    if content[4:8] != b"ftyp":
        raise Unfit("type", "不是 MP4 视频")
    boxes = list(_boxes(content))
    names = {name for name, _, _ in boxes}
    start, end = boxes[0][1:]
    named = range(start + 8, min(end, start + 8 + 4 * _MOST_BRANDS), 4)
    brands = {content[at : at + 4] for at in (start, *named)}
    if not brands & _VIDEO_BRANDS:
        raise Unfit("type", "不是 MP4 视频")
    if not {b"moov", b"mdat"} <= names:
        raise Unfit("size", "视频不完整，请重新上传")


def _boxes(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield (name, start, end) of what each outermost box of an MP4 holds."""
    at = 0
    while at < len(content):
        size, head = int.from_bytes(content[at : at + 4]), 8
        name = content[at + 4 : at + 8]
        if size == 1:
            size, head = int.from_bytes(content[at + 8 : at + 16]), 16
        end = len(content) if size == 0 else at + size
        if end < at + head or end > len(content):
            raise Unfit("size", "视频不完整，请重新上传")
        yield name, at + head, end
        at = end


def _png(content: bytes) -> Picture:
    at = len(_PNG)
    width = height = 0
    first = True
    while True:
        head = content[at : at + 8]
        if len(head) < 8:
            raise _truncated()
        length, name = struct.unpack(">I4s", head)
        end = at + 12 + length
        if end > len(content):
            raise _truncated()
        if first:
            if name != b"IHDR" or length != 13:
                raise _truncated()
            width, height = struct.unpack(">II", content[at + 8 : at + 16])
            first = False
        if name == b"IEND":
            return Picture("image/png", width, height, end)
        at = end


def _jpeg(content: bytes) -> Picture:
    at = 2
    width = height = 0
    while True:
        at, marker = _next_marker(content, at)
        if marker == 0xD9:
            if not width:
                raise _truncated()
            return Picture("image/jpeg", width, height, at)
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            continue
        length = int.from_bytes(content[at : at + 2])
        if length < 2 or at + length > len(content):
            raise _truncated()
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC} and length >= 8:
            height, width = struct.unpack(">HH", content[at + 3 : at + 7])
        at += length
        if marker == 0xDA:
            at = _end_of_scan(content, at)


def _next_marker(content: bytes, at: int) -> tuple[int, int]:
    """Return where what follows the marker at `at` begins, and the marker; fill bytes may stand before it."""
    if content[at : at + 1] != b"\xff":
        raise _truncated()
    while content[at : at + 1] == b"\xff":
        at += 1
    if at >= len(content):
        raise _truncated()
    return at + 1, content[at]


def _end_of_scan(content: bytes, at: int) -> int:
    """Return where the marker after a scan's data stands: an FF that no 00 or restart follows."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            raise _truncated()
        follows = content[at + 1]
        if follows != 0x00 and not 0xD0 <= follows <= 0xD7 and follows != 0xFF:
            return at
        at += 1 if follows == 0xFF else 2


def _truncated() -> Unfit:
    return Unfit("size", "图片已损坏或不完整，请重新上传")
